"""Build a very large str in one buffer of its final size.

Joining pieces takes twice the memory of the result, and ``text += piece`` copies all
of `text` unless the interpreter happens to have specialised that instruction.  The C
API of CPython can fill a str before anybody has seen it, as CPython's decoders do.
"""

from __future__ import annotations

import ctypes
from typing import Any

_WIDEST = {0: 0x7F, 1: 0xFF, 2: 0xFFFF, 4: 0x10FFFF}


def width(text: str) -> int:
    """Bytes per character that CPython needs for `text`: 1, 2 or 4, and 0 for ASCII."""
    if text.isascii():
        return 0
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        units = len(text.encode("utf-16-le", "surrogatepass")) // 2
        return 2 if units == len(text) else 4
    return 1


class TooNarrow(Exception):
    """A buffer has to be copied so late that both copies would be larger than the result."""

    def __init__(self, needed: int) -> None:
        super().__init__(f"characters of {needed} bytes are needed")
        self.needed = needed


class StringBuilder:
    """Collects pieces of text in one buffer.

    `capacity` is the expected length in characters; memory that is not filled is never
    touched, so guessing too high costs nothing.  `reserve` is the `width` of the widest
    piece to come: a buffer that turns out too narrow has to be copied into a wider one,
    except that a builder which is `frugal` raises TooNarrow if that comes too late.
    """

    def __init__(self, capacity: int, reserve: int = 0, *, frugal: bool = False) -> None:
        self._frugal = frugal
        self.length = 0
        self._width = reserve
        self._widest = 0
        self._capacity = max(capacity, 1)
        self._buffer = ctypes.c_void_p(_new(self._capacity, _WIDEST[reserve]))

    def __del__(self) -> None:
        if self._buffer.value:
            _release(self._buffer)

    def append(self, piece: str) -> None:
        """Add `piece` at the end; raises TooNarrow as the class says."""
        if self._widest < self._width:
            self._widest = max(self._widest, width(piece))
        if self.length + len(piece) > self._capacity:
            self._resize(max(2 * self._capacity, self.length + len(piece)))
        try:
            _copy(self._buffer, self.length, id(piece), 0, len(piece))
        except SystemError:
            self._widen(width(piece))
            _copy(self._buffer, self.length, id(piece), 0, len(piece))
        self.length += len(piece)

    def finish(self) -> str:
        """The whole text; nothing can be added afterwards."""
        if not self.length:
            return ""
        self._resize(self.length)
        text: str = ctypes.cast(self._buffer, ctypes.py_object).value
        _release(self._buffer)
        self._buffer = ctypes.c_void_p()
        if self._widest < self._width:
            # Equal strings of different width do not compare equal; slices are as narrow as can be.
            text = text[:-1] + text[-1:]
        return text

    def _resize(self, capacity: int) -> None:
        _resize(ctypes.byref(self._buffer), capacity)
        self._capacity = capacity

    def _is_late(self, needed: int) -> bool:
        both = self.length * (max(self._width, 1) + needed)
        return both > self._capacity * needed

    def _widen(self, needed: int) -> None:
        if self._frugal and self._is_late(needed):
            raise TooNarrow(needed)
        wider = ctypes.c_void_p(_new(self._capacity, _WIDEST[needed]))
        _copy(wider, 0, self._buffer, 0, self.length)
        _release(self._buffer)
        self._buffer = wider
        self._width = self._widest = needed


def _prototype(name: str, result: Any, *arguments: Any) -> Any:
    function = getattr(ctypes.pythonapi, name)
    function.restype, function.argtypes = result, arguments
    return function


# Plain pointers: a buffer must have one reference, the builder's, to be filled or resized.
_Size, _Pointer = ctypes.c_ssize_t, ctypes.c_void_p
_new = _prototype("PyUnicode_New", _Pointer, _Size, ctypes.c_uint32)
_copy = _prototype("PyUnicode_CopyCharacters", _Size, _Pointer, _Size, _Pointer, _Size, _Size)
_resize = _prototype("PyUnicode_Resize", ctypes.c_int, ctypes.POINTER(_Pointer), _Size)
_release = _prototype("Py_DecRef", None, _Pointer)
