"""How a cell ends whose run did not finish: as failed, so that nothing queued behind it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class RunStopped(Exception):
    """The cell ends here because its run did not finish; the text says how to go on.

    Parameters
    ----------
    text
        The sentence.
    is_shown
        Whether a card says the same, and goes on to say what becomes of the run.
    """

    def __init__(self, text: str, *, is_shown: bool = False) -> None:
        super().__init__(text)
        self.is_shown = is_shown

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def end_quietly(shell: Any) -> Callable[[], None]:
    """Show no error where a card says what it would; returns what undoes it.

    The reply of the cell is that of one that failed all the same.
    """
    was_its_own = "_showtraceback" in vars(shell)
    show = shell._showtraceback  # noqa: SLF001  (a shell's own hook for how an error is shown)

    def show_what_no_card_shows(etype: type[BaseException], evalue: BaseException, stb: list[str]) -> None:
        if isinstance(evalue, RunStopped) and evalue.is_shown:
            shell._last_traceback = stb  # noqa: SLF001  (which ipykernel puts into the reply)
        else:
            show(etype, evalue, stb)

    shell._showtraceback = show_what_no_card_shows  # noqa: SLF001

    def undo() -> None:
        if vars(shell).get("_showtraceback") is not show_what_no_card_shows:
            return  # somebody else has put theirs over it
        if was_its_own:
            shell._showtraceback = show  # noqa: SLF001
        else:
            del shell._showtraceback  # noqa: SLF001

    return undo
