"""What ``%%rlm`` and ``%rlm <command>`` do."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from pathlib import Path

from rlm_kernel.command import Command, needed, only
from rlm_kernel.entry import load
from rlm_kernel.going_on import GOING_ON, conclude
from rlm_kernel.interfaces import UsageError
from rlm_kernel.lines import leading_options, split
from rlm_kernel.looking import LOOKING
from rlm_kernel.options import SWITCHES, add_options, parse_line
from rlm_kernel.parser import Parser
from rlm_kernel.providers import PROVIDERS
from rlm_kernel.registry import make_latest, runs
from rlm_kernel.rlm import Run
from rlm_kernel.roster import roster_text
from rlm_kernel.saving import export
from rlm_kernel.session import Session

SUMMARY = """Ask a question about data that may be far larger than a model's context window.

The body is the question.  The data becomes a variable of this notebook; the model never gets
it in its prompt, but writes and runs cells here to look at it, calls other models on pieces
of it, and returns a Python object, bound to `result` and displayed.

    %%rlm -c report.txt -m anthropic/claude-sonnet-4-5
    Which commitments does the report make, and by when?

The line is split as a shell would and not expanded.  Interrupting the kernel pauses the run;
`%rlm resume` goes on.  `%rlm?` lists the commands.
"""


def ask(session: Session, line: str, question: str) -> None:
    """``%%rlm``: run the question and show the answer; raises NotFinished when paused."""
    run = session.ask(question, parse_line(line))
    conclude(session, run)


def command(session: Session, line: str) -> None:
    """``%rlm``: the first word is the command, none is ``status``."""
    name, _, rest = line.strip().partition(" ")
    if name.endswith("?") and not rest:
        session.display.write(command_documentation())
        return
    chosen = COMMANDS.get(name or "status")
    if chosen is None:
        raise UsageError(
            f"there is no command %rlm {name}: the commands are {', '.join(COMMANDS)}, and %rlm? explains"
            " them; a question is asked with %rlm ask QUESTION"
        )
    chosen.act(session, rest.strip())


def refused_to_model() -> UsageError:
    """What a model's cell is told when it calls the magics."""
    return UsageError(
        "a model's cell cannot use %rlm or %%rlm: call rlm_query(prompt, context=…) for a sub-problem"
    )


def documentation() -> str:
    """The help of ``%%rlm``, with its options."""
    parser = Parser("%%rlm")
    add_options(parser)
    return f"{SUMMARY}\n{_options_text(parser)}"


def command_documentation() -> str:
    """The help of ``%rlm``, with its commands."""
    width = max(len(c.usage) for c in COMMANDS.values())
    lines = [f"    %rlm {c.usage:<{width}}  {c.help}" for c in COMMANDS.values()]
    return (
        "Commands for runs; RUN is an id or at least its last four characters, by default the latest.\n\n"
        + "\n".join(lines)
    )


# -- the commands ---------------------------------------------------------------------


def _status(session: Session, line: str) -> None:
    run = session.latest(only(line, "status", "[RUN]"))
    session.display.show(run)


def _stop(session: Session, line: str) -> None:
    run = session.latest(only(line, "stop", "[RUN]"))
    run.stop()
    session.display.write(f"stopped {run.id}; what it made stays")


def _undo(session: Session, line: str) -> None:
    run = session.latest(only(line, "undo", "[RUN]"))
    session.display.write("\n".join([*run.undo().sentences(), *_still(run)]))


def _still(run: Run) -> list[str]:
    """What taking a step back leaves of a run that has ended."""
    if run.status != "finished":
        return []
    return [f"Run {run.id} is still finished: rlm_kernel.runs[{run.id!r}].answer is its answer."]


def _runs(session: Session, line: str) -> None:
    only(line, "runs", "")
    listed = roster_text(runs.values(), session.stored_runs())
    session.display.write(listed or "there is no run yet: start one with %%rlm")


def _models(session: Session, line: str) -> None:
    only(line, "models", "")
    chosen = session.chosen_models()
    keys = [
        f"{p.name}: {'key set' if p.has_key(os.environ) else 'no key'} ({p.key_variables[0]})"
        for p in PROVIDERS
    ]
    session.display.write("\n".join([*chosen, "offline: always there, a small program", *keys]))


def _restore(session: Session, line: str) -> None:
    run = session.latest(only(line, "restore", "[RUN]"))
    if not run.shadowed:
        session.display.write("nothing to restore: the run took no name of yours")
        return
    names = ", ".join(run.shadowed)
    run.namespace.update(run.shadowed)
    run.shadowed.clear()
    session.display.write(f"put back: {names}")


def _export(session: Session, line: str) -> None:
    words = split(line)
    if len(words) not in (1, 2):
        raise UsageError("usage: %rlm export [RUN] PATH")
    path = Path(words[-1])
    export(session.latest(words[0] if len(words) > 1 else None), path)
    session.display.write(f"wrote {path}")


def _import(session: Session, line: str) -> None:
    run = load(needed(line, "import", "PATH"))
    live = runs.get(run.id, run)  # a run of this kernel stays the one that can go on
    make_latest(live)
    session.display.show(live)
    session.display.write(f"read as rlm_kernel.runs[{run.id!r}]")


def _ask(session: Session, line: str) -> None:
    options, question = leading_options(line, SWITCHES)
    conclude(session, session.ask(question, parse_line(options)))


COMMANDS: Mapping[str, Command] = {
    c.name: c
    for c in (
        Command("status", "status [RUN]", "show a run; also %rlm alone", _status),
        *GOING_ON,
        Command("stop", "stop [RUN]", "end a paused run for good", _stop),
        Command("undo", "undo [RUN]", "take back what the last step did to names", _undo),
        *LOOKING,
        Command(
            "runs",
            "runs",
            "list the runs of this kernel and of the trajectory folder, the newest first",
            _runs,
        ),
        Command("models", "models", "the models in use, and which providers have a key", _models),
        Command("restore", "restore [RUN]", "put back your values of names that the run took", _restore),
        Command(
            "export",
            "export [RUN] PATH",
            "write a run as an .ipynb of its cells, or its trajectory as .jsonl",
            _export,
        ),
        Command("import", "import PATH", "read a run from .jsonl or .ipynb, to look at", _import),
        Command("ask", "ask [options] QUESTION", "%%rlm in one line", _ask),
    )
}


def _options_text(parser: argparse.ArgumentParser) -> str:
    formatter = argparse.HelpFormatter(prog=parser.prog, width=100, max_help_position=32)
    formatter.start_section("options")
    formatter.add_arguments(parser._actions)  # noqa: SLF001  (argparse has no other way to one section)
    formatter.end_section()
    return formatter.format_help()
