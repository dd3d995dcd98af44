"""Recording what a cell shows, as one ordered list of nbformat outputs.

Output is recorded where it passes and goes on to the front end.  Which cell it belongs to
is decided by a context variable, because children run side by side and swapping
`sys.stdout` is global to the process; bare threads fall back to the root's running cell.
"""

from __future__ import annotations

import base64
import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TextIO

from rlm_kernel.interfaces import Output

SHOWN = 1_000_000
"""Characters of text a cell may show; the rest is counted, and its tail kept for the model."""
TAIL = 20_000


class Recorder:
    """The outputs of one cell.

    Parameters
    ----------
    live
        Whether output also goes on to where it would have gone (the root's cells do).
    shares_output
        Whether the front end shows the cell's output below that of others, which
        ``clear_output`` must then leave alone (a model's cells, below the run's card).
    """

    def __init__(self, *, live: bool, shares_output: bool = False) -> None:
        self.live = live
        self.shares_output = shares_output
        self.omitted = 0
        self.shown_error: BaseException | None = None
        """The last exception whose traceback was shown, whether or not it left the cell."""
        self._outputs: list[Output] = []
        self._clears_next = False
        self._room = SHOWN
        self._tail = ""
        self._lock = threading.Lock()

    def stream(self, name: str, text: str) -> str:
        """Record text written to ``stdout`` or ``stderr``; returns the part to show."""
        with self._lock:
            shown = text[: self._room]
            if shown:
                self._room -= len(shown)
                self._append_text(name, shown)
            self._overflow(text[len(shown) :])
            return shown

    def display(
        self, kind: str, data: Mapping[str, Any], metadata: Mapping[str, Any], **more: Any
    ) -> dict[str, Any]:
        """Record a ``display_data`` or ``execute_result``; returns the data to show."""
        with self._lock:
            kept = {mime: self._bounded(mime, storable(value)) for mime, value in data.items()}
            self._append({"output_type": kind, "data": kept, "metadata": dict(metadata), **more})
            return kept

    def update(self, display_id: str, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
        """Record ``update_display_data``: the displays of that id change where they stand."""
        with self._lock:
            for output in self._outputs:
                if output.get("transient", {}).get("display_id") == display_id:
                    output["data"], output["metadata"] = dict(data), dict(metadata)

    def error(
        self, ename: str, evalue: str, traceback: list[str], exception: BaseException | None = None
    ) -> None:
        """Record an error as the front end shows it."""
        with self._lock:
            self.shown_error = exception
            self._append(
                {"output_type": "error", "ename": ename, "evalue": evalue, "traceback": list(traceback)}
            )

    def clear(self, *, wait: bool = False) -> None:
        """Record ``clear_output``; with `wait` it happens when the next output comes."""
        with self._lock:
            self._clears_next = True
            if not wait:
                self._clear_if_asked()

    def finish(self) -> list[Output]:
        """The outputs, as nbformat stores them; what did not fit is summed up."""
        with self._lock:
            if self._tail:
                marker = f"\n[… {self.omitted - len(self._tail):,} characters are not kept …]\n"
                # What is kept and what is omitted add up to the true length.
                self.omitted -= len(marker) + len(self._tail)
                self._append_text("stdout", marker + self._tail)
                self._tail = ""
            return [_without_transient(output) for output in self._outputs]

    def note(self) -> str | None:
        """What the human is told when output was cut."""
        if not self.omitted:
            return None
        shown = SHOWN - self._room
        return f"\n[output cut: {shown:,} of {shown + self.omitted:,} characters are shown]\n"

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

    def _overflow(self, text: str) -> None:
        if text:
            self.omitted += len(text)
            self._tail = (self._tail + text[-TAIL:])[-TAIL:]

    def _bounded(self, mime: str, value: Any) -> Any:
        if not isinstance(value, str) or mime.startswith(("image/", "audio/", "video/", "application/")):
            return value
        if len(value) <= self._room:
            self._room -= len(value)
            return value
        shown, self._room = value[: self._room], 0
        self._overflow(value[len(shown) :])
        return f"{shown}\n[… cut: {len(value):,} characters in all …]"


def storable(value: Any) -> Any:
    """A value of a MIME bundle as nbformat can store it: bytes as base64, what JSON cannot hold as text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return repr(value)
    return value


class _Pieces(list[str]):
    """A text that grows; joined once, at the end."""


def _without_transient(output: Output) -> Output:
    plain = {key: value for key, value in output.items() if key != "transient"}
    if isinstance(plain.get("text"), _Pieces):
        plain["text"] = "".join(plain["text"])
    return plain


# -- which recorder the running code belongs to ---------------------------------------

_PASS = Recorder(live=True)
"""Stands for: do not record, let through."""
_current: ContextVar[Recorder | None] = ContextVar("rlm_recorder", default=None)
_root: list[Recorder] = []


def current_recorder() -> Recorder | None:
    """The recorder of the calling code, or None where nothing is recorded."""
    recorder = _current.get() or (_root[-1] if _root else None)
    return None if recorder is _PASS else recorder


@contextmanager
def recording(recorder: Recorder, *, is_root: bool = False) -> Iterator[None]:
    """Record what the code run inside writes to stdout and stderr.

    What threads without a context of their own write goes to the root's cell.
    """
    token = _current.set(recorder)
    if is_root:
        _root.append(recorder)
    with _streams.routed():
        try:
            yield
        finally:
            _current.reset(token)
            if is_root:
                _root.remove(recorder)


@contextmanager
def recording_all(recorder: Recorder) -> Iterator[None]:
    """Record whatever is written and not recorded otherwise.

    It touches no context variable: IPython begins a cell that awaits in one task and ends it
    in another.
    """
    _root.append(recorder)
    with _streams.routed():
        try:
            yield
        finally:
            _root.remove(recorder)


@contextmanager
def not_recording() -> Iterator[None]:
    """Let output through unrecorded, where it was recorded in another form already."""
    token = _current.set(_PASS)
    try:
        yield
    finally:
        _current.reset(token)


class _RoutedStream:
    """Stands in for `sys.stdout` or `sys.stderr`: records, and passes on."""

    def __init__(self, name: str, original: TextIO) -> None:
        self._name = name
        self._original = original

    def write(self, text: str) -> int:
        recorder = current_recorder()
        if recorder is None:
            return self._original.write(text)
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        shown = recorder.stream(self._name, text)
        if recorder.live and shown:
            self._original.write(shown)
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


class _Streams:
    """Puts the routed streams into `sys` while any cell runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._restore: Callable[[], None] = lambda: None

    @contextmanager
    def routed(self) -> Iterator[None]:
        with self._lock:
            self._users += 1
            if self._users == 1:
                self._install()
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if self._users == 0:
                    self._restore()

    def _install(self) -> None:
        before = sys.stdout, sys.stderr
        routed = _RoutedStream("stdout", before[0]), _RoutedStream("stderr", before[1])
        sys.stdout, sys.stderr = routed

        def restore() -> None:
            # A cell may have put streams of its own there, and left them.
            sys.stdout, sys.stderr = before

        self._restore = restore


_streams = _Streams()
