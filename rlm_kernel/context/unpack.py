"""Compressed streams, read as what they contain."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from pathlib import PurePath
from typing import Any, BinaryIO

from rlm_kernel.context.sizes import count
from rlm_kernel.interfaces import UsageError

MAX_UNPACKED = 4 << 30
"""Bytes one compressed file may unpack to: more than that is a mistake or an attack."""

BROKEN = (EOFError, zlib.error, lzma.LZMAError, OSError)
"""What reading a broken compressed file raises."""

_MAGIC: tuple[tuple[bytes, str], ...] = ((b"\x1f\x8b", "gzip"), (b"\xfd7zXZ\x00", "xz"), (b"BZh", "bzip2"))
_BZIP2_BLOCK = b"1AY&SY"
_SUFFIXES = {".gz": "gzip", ".gzip": "gzip", ".xz": "xz", ".lzma": "xz", ".bz2": "bzip2"}
_OPENERS: dict[str, Callable[[BinaryIO], io.BufferedIOBase]] = {
    "gzip": lambda stream: gzip.GzipFile(fileobj=stream),
    "xz": lzma.LZMAFile,
    "bzip2": bz2.BZ2File,
}


def buffered(stream: Any) -> io.BufferedReader:
    """A binary stream with a look-ahead."""
    return io.BufferedReader(stream)


def is_packed(name: str) -> bool:
    """Whether a file of that name is compressed, going by its suffix."""
    return PurePath(name).suffix.lower() in _SUFFIXES


def inner_name(name: str) -> str:
    """The name without its suffix of a compressed file: ``a.json.gz`` is ``a.json``."""
    return name[: -len(PurePath(name).suffix)] if is_packed(name) else name


def unpacked(stream: io.BufferedReader, name: str, limit: int = MAX_UNPACKED) -> io.BufferedReader | None:
    """What `stream` unpacks to, or None if it is not compressed.

    Raises UsageError if it should be compressed, by its name, and is not; reading from
    the result raises UsageError after `limit` bytes and one of `BROKEN` if it is damaged.
    """
    kind = _kind(stream.peek(16)[:16])
    expected = _SUFFIXES.get(PurePath(name).suffix.lower())
    if kind is None and expected is not None and PurePath(name).suffix.lower() != ".lzma":
        raise UsageError(f"{name} is not a {expected} file, as its name says: rename or repair it")
    kind = kind or expected
    if kind is None:
        return None
    return buffered(_Bounded(_OPENERS[kind](stream), name, limit))


def _kind(head: bytes) -> str | None:
    for magic, kind in _MAGIC:
        if head.startswith(magic) and (kind != "bzip2" or head[4:10] == _BZIP2_BLOCK):
            return kind
    return None


class _Bounded(io.RawIOBase):
    """A stream that refuses to be longer than `limit` bytes."""

    def __init__(self, stream: io.BufferedIOBase, name: str, limit: int) -> None:
        self._stream, self._name, self._limit = stream, name, limit
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        read = self._stream.readinto(buffer)
        self._read += read
        if self._read > self._limit:
            raise UsageError(
                f"{self._name} unpacks to more than {count(self._limit, 'byte')}: unpack it first"
            )
        return read
