"""A context from the web."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.parse
import urllib.request
from pathlib import PurePosixPath

from rlm_kernel.context.files import load_bytes
from rlm_kernel.context.readers import Loaded
from rlm_kernel.context.sizes import count
from rlm_kernel.interfaces import UsageError

_TIMEOUT = 30.0
_MAX_SIZE = 1 << 30
_SUFFIX_OF_TYPE = {
    "application/json": ".json",
    "application/x-ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
    "application/pdf": ".pdf",
    "application/x-ipynb+json": ".ipynb",
    "application/zip": ".zip",
    "application/vnd.apache.parquet": ".parquet",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
}


def is_url(text: str) -> bool:
    """Whether `text` is the address of something on the web."""
    return text.lower().startswith(("http://", "https://"))


def load_url(url: str, max_file_size: int) -> Loaded:
    """What the server at `url` answers, read as its content type says, or else as the suffix of its path.

    Raises UsageError.
    """
    name = _public(url)
    try:
        request = urllib.request.Request(url, headers={"User-Agent": "rlm-kernel", "Accept": "*/*"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:  # noqa: S310 - is_url has looked
            data = response.read(_MAX_SIZE + 1)
            kind = response.headers.get_content_type()
            charset = response.headers.get_content_charset()
    except urllib.error.HTTPError as error:
        raise UsageError(f"{name} answered {error.code} {error.reason}") from error
    except TimeoutError as error:
        raise UsageError(f"{name} did not answer within {_TIMEOUT:.0f} seconds") from error
    except urllib.error.URLError as error:
        raise UsageError(f"{name} cannot be reached: {error.reason}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise UsageError(f"{name} cannot be read: {error}") from error
    if len(data) > _MAX_SIZE:
        raise UsageError(f"{name} is larger than {count(_MAX_SIZE, 'byte')}: download it first")
    return load_bytes(_as_utf8(data, kind, charset), _file_name(name, kind), max_file_size)


def _public(url: str) -> str:
    """`url` without what may be secret in it: user, password, query and fragment."""
    try:
        parts = urllib.parse.urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError as error:
        raise UsageError(f"that is not a valid address: {error}") from error
    return urllib.parse.urlunsplit((parts.scheme, host, parts.path, "", ""))


def _file_name(name: str, kind: str) -> str:
    suffix = _SUFFIX_OF_TYPE.get(kind, "")
    is_named_so = PurePosixPath(name).suffix.lower() == suffix
    return name if is_named_so else name + suffix


def _as_utf8(data: bytes, kind: str, charset: str | None) -> bytes:
    """`data` in UTF-8 if the server says that it is text in another encoding."""
    if not charset or not kind.startswith("text/") or charset.lower() in ("utf-8", "utf8", "us-ascii"):
        return data
    try:
        return data.decode(charset).encode()
    except (LookupError, UnicodeError):
        return data
