"""Keeping keys out of everything that is shown, stored or raised.

Two kinds of text need it.  Our own texts, and what we store, may hold a secret this
process *knows*: the value of a variable such as ``OPENAI_API_KEY``, or one that was
passed to us.  A provider's message may hold one that we do not know, or only a part
of it ("Incorrect API key provided: sk-ab***yz"); that is recognised by its shape,
which is too coarse a rule for a user's own texts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Any

SECRET_SUFFIXES = ("_API_KEY", "_KEY", "_TOKEN", "_SECRET")
SHORTEST_SECRET = 8
"""Characters; anything shorter occurs by chance in ordinary text."""

_told: dict[str, str] = {}
_cache: tuple[dict[Any, Any] | None, tuple[tuple[str, str], ...]] = (None, ())
"""The environment as it was, and the secrets that were known then."""

_KEY_SHAPES = re.compile(
    r"""
    \b(?:sk|pk|rk|gsk|xai|hf|r8|pplx|nvapi|tgp|csk)[-_](?=\S*[\d*…])[\w*.…-]{3,}  # as most write them
    | \bAIza[\w*.…-]{4,}           # Google's
    | [^\s'"`]*\*{3,}[^\s'"`]*     # one that somebody has masked already
    | (?:(?<=bearer\s) | (?<=api[ _-]key:\s) | (?<=provided:\s))[\w*.…+/=-]{6,}
    """,
    re.VERBOSE | re.IGNORECASE,
)


def conceal(secret: str, name: str = "API key") -> None:
    """Have `mask` replace `secret`, which did not come from the environment, by ``[name]``."""
    global _cache  # noqa: PLW0603 - to be found anew
    _told[secret] = name
    _cache = (None, ())


def mask(text: str) -> str:
    """`text` with every known secret replaced by its name in brackets.

    Known are the values of environment variables whose name ends in one of
    `SECRET_SUFFIXES`, as they are at the time of the call, and what `conceal` was told.
    """
    return _without(text, _known_secrets())


def secrets_in(text: str) -> list[str]:
    """The names of the known secrets whose values `mask` would take out of `text`."""
    return [name for secret, name in _known_secrets() if secret in text]


def unknown(names: Iterable[str]) -> list[str]:
    """Those of the names of secrets that stand for no value in this process."""
    known = {name for _, name in _known_secrets()}
    return [name for name in names if name not in known]


def unmasked(text: str, names: Iterable[str]) -> str:
    """`text` with the values of the secrets of these names, as they are now, in the places of the names."""
    values = {name: secret for secret, name in _known_secrets()}
    for name in names:
        if name in values:
            text = text.replace(f"[{name}]", values[name])
    return text


def mask_values(value: Any) -> Any:
    """`mask` for every text in a value that is to become JSON."""
    known = _known_secrets()
    return _masked(value, known) if known else value


def mask_foreign(text: str) -> str:
    """`mask` for text that a provider wrote: what merely looks like a key, or like the
    rest of one, is replaced as well.
    """
    return _KEY_SHAPES.sub("[key]", mask(text))


def safe_cut(text: str, at: int) -> int:
    """The last place up to `at` where cutting `text` cuts no known secret in two.

    Text that is cut before it is masked is cut here, because half a secret is not
    recognised.  It looks at the surroundings of `at` only, however long the text.
    """
    place = at
    for secret, _name in _known_secrets():
        start = text.find(secret, max(0, at - len(secret) + 1), at + len(secret) - 1)
        if start != -1:
            place = min(place, start)
    return at if place == at else safe_cut(text, place)


def _masked(value: Any, known: tuple[tuple[str, str], ...]) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return [_masked(item, known) for item in value]
    if isinstance(value, dict):
        # A key that is an identifier names a field of ours, whatever a variable may hold.
        return {
            key if isinstance(key, str) and key.isidentifier() else _masked(key, known): _masked(item, known)
            for key, item in value.items()
        }
    return _without(str(value), known)


def _without(text: str, known: tuple[tuple[str, str], ...]) -> str:
    for secret, name in known:
        if secret in text:
            text = text.replace(secret, f"[{name}]")
    return text


def _known_secrets() -> tuple[tuple[str, str], ...]:
    """Pairs of secret and name, a secret before any other that is part of it."""
    global _cache  # noqa: PLW0603 - a cache of what the environment holds
    # This runs for every text of every event.  Decoding the whole environment takes 20 µs,
    # comparing the undecoded mapping that CPython keeps inside `os.environ` takes 1 µs.
    environment = getattr(os.environ, "_data", None) or dict(os.environ)
    snapshot, known = _cache
    if environment != snapshot:
        snapshot = environment.copy()  # before looking, so that a change meanwhile is seen next time
        known = _find_secrets()
        _cache = (snapshot, known)
    return known


def _find_secrets() -> tuple[tuple[str, str], ...]:
    found = {value: name for name, value in os.environ.items() if name.endswith(SECRET_SUFFIXES)}
    pairs = [pair for pair in (found | _told).items() if len(pair[0]) >= SHORTEST_SECRET]
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))
