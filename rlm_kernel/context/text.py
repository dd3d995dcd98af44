r"""Bytes into text: which encoding they are in, and decoding them in little memory.

Recognised are UTF-8 with or without a byte order mark, UTF-16 and UTF-32 by their mark,
UTF-16 also because every other byte is zero, and Windows-1252, of which printable
Latin-1 is a part.  Line ends become ``\n``, as `open` makes them.
"""

from __future__ import annotations

import codecs
import io
import re
from typing import BinaryIO, Literal

from rlm_kernel.context.strings import StringBuilder, TooNarrow
from rlm_kernel.interfaces import UsageError

Errors = Literal["strict", "replace"]

_BLOCK = 1 << 20
_SNIFFED = 8192
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins with the mark of UTF-16, so it comes first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN = "cp1252"
_LETTERS = re.compile(rb"[A-Za-z]")
_HIGH = bytes(range(0x80, 0x100))
_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\f\r\x1b")) + b"\x7f"
_MOST_CONTROLS = 0.1
_MOST_HIGH = 0.5
_EVIDENT = 0.7


def sniff(head: bytes) -> str | None:
    """The codec for a file that begins with `head`, or None if that is not text.

    ``utf-8`` is also the answer for text that may yet turn out to be Windows-1252.
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    sample = head[:_SNIFFED]
    wide = _utf16_without_mark(sample)
    if wide:
        return wide
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    if controls > _MOST_CONTROLS * len(sample):
        return None
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return None if controls else "utf-8"
    return "utf-8"


def read_text(stream: BinaryIO, name: str, size: int = 0, errors: Errors = "strict") -> tuple[str, str]:
    """All text of `stream`, and the codec that read it; `name` is for messages.

    With `size`, the bytes of a stream that can be read twice, this takes hardly more
    memory than the str it returns, wherever in the text its widest characters are.
    With `errors` ``replace``, bytes that make no sense become U+FFFD.

    Raises UsageError for binary data and for an encoding it cannot tell.
    """
    head = stream.read(_BLOCK)
    encoding = sniff(head)
    if encoding is None:
        raise UsageError(f"{name} is a binary file, not text")
    if len(head) < _BLOCK:
        decoder = _Decoder(encoding, name, errors)
        newlines = io.IncrementalNewlineDecoder(decoder, translate=True)
        return newlines.decode(head, final=True), decoder.encoding
    reserve = 0
    while True:
        builder = StringBuilder(size or 4 * _BLOCK, reserve, frugal=size > 0)
        try:
            return _read_blocks(head, stream, _Decoder(encoding, name, errors), builder)
        except TooNarrow as late:
            reserve = late.needed
            stream.seek(len(head))


def _read_blocks(head: bytes, stream: BinaryIO, decoder: _Decoder, builder: StringBuilder) -> tuple[str, str]:
    newlines = io.IncrementalNewlineDecoder(decoder, translate=True)
    block = head
    while block:
        builder.append(newlines.decode(block))
        block = stream.read(_BLOCK)
    builder.append(newlines.decode(b"", final=True))
    return builder.finish(), decoder.encoding


class _Decoder(codecs.IncrementalDecoder):
    """Decodes block by block; UTF-8 may, at its first bytes beyond ASCII, turn out Windows-1252."""

    def __init__(self, encoding: str, name: str, errors: Errors) -> None:
        super().__init__(errors)
        self.encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._name = name
        self._read = 0
        self._before = b""
        self._only_ascii = True

    def decode(self, data: bytes, final: bool = False) -> str:  # type: ignore[override]
        try:
            text = self._decoder.decode(data, final)
        except UnicodeDecodeError as error:
            text = self._decode_otherwise(error, len(data), final)
        self._read += len(data)
        self._before = data[-_SNIFFED:]
        self._only_ascii = self._only_ascii and text.isascii()
        return text

    def _decode_otherwise(self, error: UnicodeDecodeError, size: int, final: bool) -> str:
        undecoded = error.object
        position = self._read + size - len(undecoded) + error.start
        before = self._before.rstrip(_HIGH)  # what a UTF-8 decoder keeps back is in `undecoded` too
        is_western = self._only_ascii and _is_western(before + undecoded, len(before) + error.start)
        if self.encoding == "utf-8" and is_western:
            self.encoding = _WESTERN
            self._decoder = codecs.getincrementaldecoder(_WESTERN)(self.errors)
            try:
                return self._decoder.decode(undecoded, final)
            except UnicodeDecodeError as second:
                position += second.start - error.start
        if self.errors == "replace":
            self._decoder = codecs.getincrementaldecoder(self.encoding)(self.errors)
            return self._decoder.decode(undecoded, final)
        raise UsageError(
            f"{self._name} is not {_SPOKEN.get(self.encoding, self.encoding)} at byte {position:,} and in no "
            f"encoding that can be told: name it, as in open({self._name!r}, encoding=…).read()"
        )


_SPOKEN = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-32": "UTF-32",
    _WESTERN: "Windows-1252",
}


def _utf16_without_mark(sample: bytes) -> str | None:
    """The kind of UTF-16 that `sample` evidently is: one byte of each pair zero, the other a character."""
    even, odd = sample[: len(sample) & ~1 : 2], sample[1::2]
    for encoding, zeros, characters in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        readable = len(characters.translate(None, _HIGH + _CONTROLS))
        if min(zeros.count(0), readable) > _EVIDENT * len(zeros):
            return encoding
    return None


def _is_western(data: bytes, wrong: int) -> bool:
    """Whether `data`, whose byte at `wrong` is not UTF-8 and not ASCII, reads as Latin letters there."""
    if not data[:wrong].isascii():
        return False
    sample = data[max(0, wrong - _SNIFFED) : wrong + _SNIFFED]
    high = len(sample) - len(sample.translate(None, _HIGH))
    letters = len(_LETTERS.findall(sample))
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    return not controls and high <= _MOST_HIGH * (high + letters)
