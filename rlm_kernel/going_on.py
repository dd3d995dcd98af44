"""The ``%rlm`` commands by which a run goes on, or a branch of it, and what a cell shows at the end."""

from __future__ import annotations

from collections.abc import Callable

from rlm_kernel.command import Command
from rlm_kernel.edited_cells import edits_of
from rlm_kernel.interfaces import UsageError
from rlm_kernel.lines import Quoted, split
from rlm_kernel.options import LIMITS, add_options
from rlm_kernel.parser import Parser
from rlm_kernel.rlm import MAY_GO_ON, Run
from rlm_kernel.session import Session
from rlm_kernel.stopped import stopped_sentence


class NotFinished(Exception):
    """The run came to a stop without an answer; the text says why and how to go on.

    `is_shown` is whether a card in the notebook says so too.
    """

    def __init__(self, text: str, *, is_shown: bool = False) -> None:
        super().__init__(text)
        self.is_shown = is_shown


def conclude(session: Session, run: Run) -> None:
    """Display the answer of a run that has one; raise NotFinished for one that stopped."""
    if run.status == "finished":
        session.display.show_answer(run.answer)
    elif run.status in MAY_GO_ON and not session.offer_proposed(run):
        raise NotFinished(stopped_sentence(run), is_shown=session.card_tells(run))


def _going_on(name: str, go_on: Callable[..., Run]) -> Callable[[Session, str], None]:
    """A command that makes a run go on: ``resume`` and its kin take the same words."""

    def act(session: Session, line: str) -> None:
        parser = Parser(f"%rlm {name}")
        parser.add_argument("words", nargs="*")
        parser.add_argument("--hint")
        add_options(parser, LIMITS)
        given = vars(parser.parse_mixed(split(line)))
        words = given.pop("words")
        run, hint = _run_and_hint(session, words, given.pop("hint"))
        if run.status == "finished" and not words and hint is None:
            # Run All repeats the command, but not the interrupt that it was an answer to.
            session.display.write(f"rlm: run {run.id} is finished: only a paused run can be resumed")
            return
        if name in {"accept", "step"}:
            session.take_edits(run)
        go_on(run, hint, **given)
        conclude(session, run)

    return act


def _branch(session: Session, line: str) -> None:
    parser = Parser("%rlm branch")
    parser.add_argument("at", nargs="?", default="")
    parser.add_argument("words", nargs="*")
    parser.add_argument("--hint")
    parser.add_argument("--step", action="store_true", dest="propose")
    parser.add_argument("--edited", action="store_true")
    add_options(parser, LIMITS)
    given = vars(parser.parse_mixed(split(line)))
    step, is_edited = given.pop("at"), given.pop("edited")
    if not step.isdecimal():
        why = f"{step!r} is no number: " if step else ""
        raise UsageError(f"which step? {why}%rlm branch STEP, such as %rlm branch 4")
    run, hint = _run_and_hint(session, given.pop("words"), given.pop("hint"), session.to_branch)
    edits = edits_of(run, int(step), session.stored_runs()) if is_edited else None
    if edits is not None and edits.branch:
        session.display.write(f"rlm: the edited cells are those of the earlier branch {edits.branch}")
    code = None if edits is None else edits.cells
    conclude(session, run.branch(int(step), hint, code=code, **given))


def _run_and_hint(
    session: Session, words: list[str], hint: str | None, otherwise: Callable[[], Run] | None = None
) -> tuple[Run, str | None]:
    """A bare word names the run, without one it is `otherwise`, the latest; a quoted one is the hint."""
    hints = [word for word in words if isinstance(word, Quoted)] + ([] if hint is None else [hint])
    names = [word for word in words if not isinstance(word, Quoted)]
    if len(hints) > 1:
        raise UsageError(f"give one hint, not {len(hints)}")
    for name in names[1:] or [name for name in names if not session.is_run(name)]:
        raise UsageError(f'there is no run {name!r}; a hint is quoted, as in "look at the appendix"')
    run = session.latest(names[0]) if names else (otherwise or session.latest)()
    return run, hints[0] if hints else None


GOING_ON = (
    Command(
        "resume",
        "resume [RUN] [--hint TEXT] [--max-… N]",
        "go on with a paused run; a quoted text is the hint",
        _going_on("resume", Run.resume),
    ),
    Command(
        "step",
        "step [RUN] [--hint TEXT] [--max-… N]",
        "run the cells that wait, if some do, and propose those of the next step",
        _going_on("step", Run.step),
    ),
    Command(
        "accept",
        "accept [RUN] [--hint TEXT] [--max-… N]",
        "run the proposed cells, and go on",
        _going_on("accept", Run.accept),
    ),
    Command(
        "skip",
        "skip [RUN] [--hint TEXT] [--max-… N]",
        "leave the proposed cells out, and go on",
        _going_on("skip", Run.skip),
    ),
    Command(
        "branch",
        "branch STEP [RUN] [--hint TEXT] [--step] [--max-… N]",
        "go another way after a step, in a new run; --step: its next cells wait for you",
        _branch,
    ),
)
