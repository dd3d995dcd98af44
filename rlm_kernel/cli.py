"""``jupyter rlm``: a run without a notebook, the demo, and converting runs."""

from __future__ import annotations

import argparse
import os
import pprint
import sys
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, TextIO

from rlm_kernel.interfaces import RLMError, UsageError
from rlm_kernel.options import add_options
from rlm_kernel.parser import Parser
from rlm_kernel.rlm import MAY_GO_ON, Run
from rlm_kernel.steps import where_stopped

DEMO = "01_first_run.ipynb"
DEMOS = (DEMO, "02_debug_a_trajectory.ipynb")
"""The notebooks of the demo, of which the first is opened."""

ANSWERED, FAILED, BAD_USAGE, LIMIT, STOPPED, INTERRUPTED = 0, 1, 2, 3, 4, 130

EXIT_STATUS = """exit status of run:
  0  answered                       3  stopped by a limit
  1  failed, or no model reached    4  stopped or paused otherwise
  2  bad usage                    130  interrupted
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if sys.stderr is None:  # closed by whoever called; what would go there goes nowhere
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - as lasting as the process
    try:
        given, more = _parser().parse_known_args(words)
        if given.act is not _demo:
            given.parser.refuse(more)
        given.more = more
        act: Callable[[argparse.Namespace], int] = given.act
        return act(given)
    except UsageError as error:
        return _complain(str(error), BAD_USAGE)
    except RLMError as error:
        return _complain(str(error), FAILED)
    except KeyboardInterrupt:
        return _complain("interrupted", INTERRUPTED)


def _complain(sentence: str, status: int) -> int:
    sys.stderr.write(f"jupyter rlm: {sentence}\n")
    return status


def _parser() -> Parser:
    parser = Parser("jupyter rlm", description="Recursive Language Models in Jupyter.", help_by="--help")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", parser_class=Parser)
    _add_run(commands)
    demo = commands.add_parser(
        "demo",
        help="copy the notebooks here and open the first in JupyterLab, which gets all other options",
        help_by="--help",
    )
    demo.add_argument("--no-browser", action="store_true", help="start the server without opening a browser")
    demo.set_defaults(act=_demo)
    convert = commands.add_parser(
        "convert", help="turn a .jsonl run into an .ipynb, or back", help_by="--help"
    )
    convert.add_argument("source", metavar="IN")
    convert.add_argument("target", metavar="OUT")
    convert.set_defaults(act=_convert, parser=convert)
    return parser


def _add_run(commands: Any) -> None:
    run = commands.add_parser(
        "run",
        help="ask one question and print the answer",
        help_by="--help",
        epilog=EXIT_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    run.add_argument("question", metavar="QUESTION")
    run.add_argument("--notebook", metavar="PATH", help="write the run as a notebook, .ipynb")
    add_options(run)
    run.set_defaults(act=_run, parser=run)


# -- run ------------------------------------------------------------------------------


def _run(given: argparse.Namespace) -> int:
    from rlm_kernel.headless import headless_session, take_stdout  # noqa: PLC0415

    options = {
        name: value
        for name, value in vars(given).items()
        if name not in {"act", "parser", "more", "question", "notebook"}
    }
    if options.pop("step", False):
        raise UsageError(
            "--step waits for somebody who looks at each step: ask in a notebook, with %%rlm --step"
        )
    notebook = _notebook_path(given.notebook)
    _check_folder()
    with take_stdout() as stdout:
        session = headless_session(quiet=options.pop("quiet", False))
        run = session.ask(given.question, options)
        status = _tell(run, stdout)
        # The answer is out by now: it is not lost where the notebook cannot be written.
        return status if notebook is None else _save(run, notebook) or status


def _check_folder() -> None:
    try:
        Path.cwd()
    except OSError:
        raise UsageError("the working directory is gone: change to one that exists") from None


def _tell(run: Run, stdout: TextIO) -> int:
    """Print the answer, or say why there is none; returns the exit status."""
    if run.status != "finished":
        return _complain(_stopped(run), exit_status(run))
    try:
        stdout.write(f"{_printed(run.answer)}\n")
        stdout.flush()
    except OSError as error:
        return _complain(f"cannot write the answer: {error.strerror or error}", FAILED)
    return ANSWERED


def _save(run: Run, notebook: Path) -> int:
    try:
        run.save(notebook)
    except UsageError as error:
        return _complain(str(error), FAILED)
    sys.stderr.write(f"wrote {notebook}\n")
    return ANSWERED


def exit_status(run: Run) -> int:
    """What a run that has come to a stop means to a shell."""
    if run.status == "finished":
        return ANSWERED
    if run.reason == "interrupt":
        return INTERRUPTED
    if run.reason.startswith("max_"):
        return LIMIT
    return FAILED if run.reason == "error" else STOPPED


def _stopped(run: Run) -> str:
    """Where a run stopped, why, and what to do about it."""
    sentence = f"{run.status} {where_stopped(run.steps)}: {run.message or run.reason}"
    if run.reason.startswith("max_"):
        return f"{sentence}; allow more with --{run.reason.replace('_', '-')}"
    if run.status not in MAY_GO_ON or not run.trajectory.path:
        return sentence
    how = "accept" if run.status == "proposed" else "resume"
    return f"{sentence}; %rlm {how} {run.id} goes on, in a notebook in this folder"


def _notebook_path(text: str | None) -> Path | None:
    """The path to write to, checked before a run is paid for."""
    if text is None:
        return None
    path = Path(text)
    if path.suffix != ".ipynb":
        raise UsageError(f"--notebook {text}: name a file that ends in .ipynb")
    if not path.parent.is_dir():
        raise UsageError(f"--notebook {text}: there is no folder {path.parent}")
    if path.is_dir():
        raise UsageError(f"--notebook {text}: that is a folder")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise UsageError(f"--notebook {text}: you may not write there")
    return path


def _printed(answer: Any) -> str:
    return answer if isinstance(answer, str) else pprint.pformat(answer, width=100, sort_dicts=False)


# -- demo and convert -----------------------------------------------------------------


def _demo(given: argparse.Namespace) -> int:
    for name in DEMOS:
        _copy_demo(Path(name))
    words = [sys.executable, "-m", "jupyterlab", DEMO, f"--LabApp.default_url=/lab/tree/{DEMO}"]
    words += ["--no-browser"] * given.no_browser + given.more
    sys.stdout.flush()
    os.execv(sys.executable, words)  # noqa: S606  (JupyterLab takes this process's place)


def _copy_demo(target: Path) -> None:
    """Copy a notebook of the demo here, unless it is here already."""
    if target.exists():
        sys.stderr.write(f"{target} is here already and stays as it is\n")
        return
    with demo_notebook(target.name) as source:
        notebook = source.read_bytes()
    try:
        with target.open("xb") as file:
            file.write(notebook)
    except FileExistsError:  # though nothing is at the end of it
        raise UsageError(f"{target} is a link that leads nowhere: remove it first") from None
    except OSError as error:
        raise UsageError(
            f"cannot write {target} here ({error.strerror or error}): go to a folder that you may write to"
        ) from None
    sys.stderr.write(f"wrote {target}\n")


def demo_notebook(name: str) -> Any:
    """A notebook of the demo: in the wheel beside the package's modules, in a checkout beside the package."""
    package = resources.files("rlm_kernel")
    installed = package / "notebooks" / name
    source = installed if installed.is_file() else package.joinpath("..", "notebooks", name)
    return resources.as_file(source)


def _convert(given: argparse.Namespace) -> int:
    from rlm_kernel.entry import load  # noqa: PLC0415

    kinds = Path(given.source).suffix, Path(given.target).suffix
    if sorted(kinds) != [".ipynb", ".jsonl"]:
        raise UsageError(
            f"cannot convert {given.source} to {given.target}: one is to be a .jsonl, the other an .ipynb"
        )
    target = load(given.source).save(given.target)
    sys.stderr.write(f"wrote {target}\n")
    return ANSWERED


if __name__ == "__main__":
    sys.exit(main())
