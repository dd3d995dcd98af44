"""A notebook as the REPL of a Recursive Language Model.

``%load_ext rlm_kernel`` brings ``%%rlm``, ``%rlm`` and the functions `llm_query`,
`rlm_query` and their family into a notebook; `run` and `load` do the same from Python, and
`widget` shows a run where there is no labextension.
Importing the package is silent and imports nothing heavy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlm_kernel._version import __version__
from rlm_kernel.registry import runs

if TYPE_CHECKING:
    import os

    from rlm_kernel.frontend.widget import RunWidget
    from rlm_kernel.rlm import Run

__all__ = [
    "__version__",
    "load",
    "load_ipython_extension",
    "run",
    "runs",
    "unload_ipython_extension",
    "widget",
]


def run(question: str, context: Any = None, **options: Any) -> Run:
    """Ask a question about an object, and return the run that answers it.

    Parameters
    ----------
    question
        What is to be found out.
    context
        Any object; the model finds it in the variable ``context``.  A dict given as
        ``contexts={"name": obj}`` binds several.
    **options
        The options of ``%%rlm`` with underscores: ``model``, ``sub_model``, ``max_steps``,
        ``max_cost``, ``schema``, ``out``…

    Returns
    -------
    Run
        Finished, or paused with the reason; in IPython it has run in the user's namespace,
        in a plain script in a fresh one.  Called by a model's cell it is a child run.

    Raises
    ------
    UsageError
        For a mistake in the call, before anything was started.
    QueryError
        As early, for a model that nobody knows, or that has no key.
    """
    from rlm_kernel.entry import run as start  # noqa: PLC0415

    return start(question, context, **options)


def load(path: str | os.PathLike[str]) -> Run:
    """Read a run back from its trajectory (``.jsonl``) or from a notebook that holds one.

    Raises UsageError when the file holds no run.
    """
    from rlm_kernel.entry import load as read  # noqa: PLC0415

    return read(path)


def widget(run: Run) -> RunWidget:
    """Show a run to look into and to act on, where the labextension is not: VS Code, Colab.

    Parameters
    ----------
    run
        A run of this kernel, running or not, or one that `load` read; of a child run the whole
        run is shown, with the child chosen.

    Returns
    -------
    RunWidget
        A widget of ipywidgets with the run's card, tree, timeline and details, which follows the
        run while it goes on.  Its buttons are ``%rlm`` commands: resume, step, accept, skip,
        branch, stop; like all that a widget sends they wait while the kernel is busy.  A run
        read from a file has none.
        Each call makes a widget of its own; ``close()`` ends it.

    Raises
    ------
    UsageError
        When `run` is no run, or the package was installed without the widget's front end.
    """
    from rlm_kernel.entry import widget as show  # noqa: PLC0415

    return show(run)


def load_ipython_extension(shell: Any) -> None:
    """``%load_ext rlm_kernel``."""
    from rlm_kernel.magics import load  # noqa: PLC0415

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """``%unload_ext rlm_kernel``; leaves no trace."""
    from rlm_kernel.magics import unload  # noqa: PLC0415

    unload(shell)
