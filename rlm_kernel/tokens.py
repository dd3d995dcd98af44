"""How many tokens a text will be, guessed without a tokenizer.

Models disagree about tokens, and loading a tokenizer takes seconds, so this is an
estimate for budgets and descriptions: about four ASCII characters to a token, about
three bytes of UTF-8 in any other script.
"""

from __future__ import annotations

_ASCII_PER_TOKEN = 4.0
_OTHER_BYTES_PER_TOKEN = 3.0
_SAMPLES = 16
_SAMPLE_LENGTH = 1024


def estimate_tokens(text: str) -> int:
    """About how many tokens `text` is; a long text is judged by evenly spaced samples."""
    if text.isascii():
        return _rounded_up(len(text) / _ASCII_PER_TOKEN)
    sample = _sample(text)
    return _rounded_up(_tokens(sample) * len(text) / len(sample))


def _tokens(text: str) -> float:
    ascii_characters = len(text.encode("ascii", "ignore"))
    other_bytes = len(text.encode("utf-8", "surrogatepass")) - ascii_characters
    return ascii_characters / _ASCII_PER_TOKEN + other_bytes / _OTHER_BYTES_PER_TOKEN


def _sample(text: str) -> str:
    if len(text) <= _SAMPLES * _SAMPLE_LENGTH:
        return text
    last = len(text) - _SAMPLE_LENGTH
    starts = (last * i // (_SAMPLES - 1) for i in range(_SAMPLES))
    return "".join(text[start : start + _SAMPLE_LENGTH] for start in starts)


def _rounded_up(tokens: float) -> int:
    return -int(-tokens // 1)
