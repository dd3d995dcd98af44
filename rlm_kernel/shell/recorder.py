"""Recording what a cell shows, as one ordered list of nbformat outputs.

A cell may show a lot; what is kept is bounded, and of text that has no room any more the
end is kept for the model.  No cut goes through a known secret, because only whole ones are
recognised where they are masked.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from rlm_kernel.interfaces import Output
from rlm_kernel.secrets import safe_cut
from rlm_kernel.shell.bundles import storable
from rlm_kernel.shell.tracebacks import bounded_lines, bounded_message

SHOWN = 1_000_000
"""Characters of text a cell may show; the rest is counted, and its tail kept for the model."""
TAIL = 20_000
_LONGEST_SECRET = 10_000
"""Characters kept before the tail, so that a secret at its beginning is seen whole."""


class Recorder:
    """The outputs of one cell.

    Each method that records returns what is to be shown of it.

    Parameters
    ----------
    live
        Whether output also goes on to where it would have gone (the root's cells do).
    shares_output
        Whether the front end shows the cell's output below that of others, which
        ``clear_output`` must then leave alone (a model's cells, below the run's card).
    shows_all
        Whether everything is shown, however long, and only the record is bounded (a
        human's cells).
    """

    def __init__(self, *, live: bool, shares_output: bool = False, shows_all: bool = False) -> None:
        self.live = live
        self.shares_output = shares_output
        self.omitted = 0
        self.shown_error: BaseException | None = None
        """The last exception whose traceback was shown, whether or not it left the cell."""
        self._shows_all = shows_all
        self._outputs: list[Output] = []
        self._clears_next = False
        self._room = SHOWN
        self._kept = 0
        self._tail = ""
        self._lock = threading.Lock()

    def stream(self, name: str, text: str) -> str:
        """Record text written to ``stdout`` or ``stderr``."""
        with self._lock:
            kept = self._within_room(text)
            if kept:
                self._append_text(name, kept)
            return text if self._shows_all else kept

    def display(
        self, kind: str, data: Mapping[str, Any], metadata: Mapping[str, Any], **more: Any
    ) -> Mapping[str, Any]:
        """Record a ``display_data`` or ``execute_result``.

        Only its ``text/plain`` counts as text, being all that the model is told of it.
        """
        kept = storable(data)
        with self._lock:
            plain = kept.get("text/plain")
            if isinstance(plain, str):
                kept["text/plain"] = _with_length(self._within_room(plain), plain)
            self._append({"output_type": kind, "data": kept, "metadata": dict(metadata), **more})
        return data if self._shows_all else kept

    def update(
        self, display_id: str, data: Mapping[str, Any], metadata: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Record ``update_display_data``: the displays of that id change where they stand."""
        kept = storable(data)
        plain = kept.get("text/plain")
        if isinstance(plain, str):  # it takes the place of a text that was counted
            kept["text/plain"] = _with_length(plain[: safe_cut(plain, SHOWN)], plain)
        with self._lock:
            for output in self._outputs:
                if output.get("transient", {}).get("display_id") == display_id:
                    output["data"], output["metadata"] = kept, dict(metadata)
        return data if self._shows_all else kept

    def error(
        self,
        ename: str,
        evalue: str,
        traceback: Sequence[str],
        exception: BaseException | None = None,
    ) -> tuple[str, list[str]]:
        """Record an error as the front end shows it; returns its message and traceback."""
        message, lines = bounded_message(evalue), bounded_lines(traceback)
        with self._lock:
            self.shown_error = exception
            self._append({"output_type": "error", "ename": ename, "evalue": message, "traceback": lines})
        return (evalue, list(traceback)) if self._shows_all else (message, lines)

    def clear(self, *, wait: bool = False) -> None:
        """Record ``clear_output``; with `wait` it happens when the next output comes."""
        with self._lock:
            self._clears_next = True
            if not wait:
                self._clear_if_asked()

    def so_far(self) -> list[Output]:
        """The outputs by now, as nbformat stores them; from any thread."""
        with self._lock:
            return [_without_transient(output) for output in self._outputs]

    def finish(self) -> list[Output]:
        """The outputs, as nbformat stores them; what did not fit is summed up."""
        with self._lock:
            if self._tail:
                tail = self._tail[safe_cut(self._tail, max(0, len(self._tail) - TAIL)) :]
                marker = f"\n[… {self.omitted - len(tail):,} characters are not kept …]\n"
                # What is kept and what is omitted add up to the true length.
                self.omitted -= len(marker) + len(tail)
                self._append_text("stdout", marker + tail)
                self._tail = ""
            return [_without_transient(output) for output in self._outputs]

    def note(self) -> str | None:
        """What the human is told when output was cut."""
        if not self.omitted:
            return None
        return f"\n[output cut: {self._kept:,} of {self._kept + self.omitted:,} characters are shown]\n"

    def _append(self, output: Output) -> None:
        self._clear_if_asked()
        self._outputs.append(output)

    def _clear_if_asked(self) -> None:
        if self._clears_next:
            self._outputs.clear()
            self._clears_next = False

    def _append_text(self, name: str, text: str) -> None:
        self._clear_if_asked()
        last = self._outputs[-1] if self._outputs else None
        if last is None or last["output_type"] != "stream" or last["name"] != name:
            last = {"output_type": "stream", "name": name, "text": _Pieces()}
            self._outputs.append(last)
        last["text"].append(text)

    def _within_room(self, text: str) -> str:
        """The beginning of `text` that there is room for; the rest is counted, and its end kept."""
        if len(text) <= self._room:
            self._room -= len(text)
            self._kept += len(text)
            return text
        kept = text[: safe_cut(text, self._room)] if self._room else ""
        rest = text[len(kept) :]
        self._room = 0
        self._kept += len(kept)
        self.omitted += len(rest)
        held = TAIL + _LONGEST_SECRET
        self._tail = (self._tail + rest[-held:])[-held:]
        return kept


class _Pieces(list[str]):
    """A text that grows; joined once, at the end."""


def _with_length(kept: str, text: str) -> str:
    return kept if len(kept) == len(text) else f"{kept}\n[… cut: {len(text):,} characters in all …]"


def _without_transient(output: Output) -> Output:
    plain = {key: value for key, value in output.items() if key != "transient"}
    if isinstance(plain.get("text"), _Pieces):
        plain["text"] = "".join(plain["text"])
    return plain
