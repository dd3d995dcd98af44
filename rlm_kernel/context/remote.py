"""A context from the web."""

from __future__ import annotations

import base64
import http.client
import re
import urllib.error
import urllib.parse
import urllib.request
from pathlib import PurePosixPath
from typing import Any

from rlm_kernel.context.files import load_bytes
from rlm_kernel.context.readers import Loaded
from rlm_kernel.context.sizes import count
from rlm_kernel.interfaces import UsageError
from rlm_kernel.secrets import conceal

_TIMEOUT = 30.0
_MAX_SIZE = 1 << 30
_LOGIN = re.compile(r"(https?://)([^/?#\s]*)@", re.IGNORECASE)
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


def without_password(text: str) -> str:
    """`text` with ``http://user:***@host`` for every address in it that holds a password."""
    return _LOGIN.sub(lambda match: f"{match[1]}{_shown_login(match[2])}@", text)


def load_url(url: str, max_file_size: int) -> Loaded:
    """What the server at `url` answers, read as its content type says, or else as the suffix of its path.

    A user and password in `url` are sent as basic authentication.  Raises UsageError.
    """
    parts = _parts(url)
    # The query may be secret too.
    name = without_password(urllib.parse.urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")))
    try:
        with _open(parts) as response:
            data = response.read(_MAX_SIZE + 1)
            missing = response.length or 0  # what was promised and did not come
            kind = response.headers.get_content_type()
            charset = response.headers.get_content_charset()
    except urllib.error.HTTPError as error:
        error.close()  # it is the server's answer as well, on an open connection
        why = str(error.reason).partition("\n")[0]  # that of an endless redirect is three lines
        raise UsageError(f"{name} answered {error.code} {why}") from error
    except TimeoutError as error:
        raise UsageError(f"{name} did not answer within {_TIMEOUT:.0f} seconds") from error
    except urllib.error.URLError as error:
        raise UsageError(f"{name} cannot be reached: {error.reason}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise UsageError(f"{name} cannot be read: {error}") from error
    if missing and len(data) <= _MAX_SIZE:
        raise UsageError(f"{name} broke off after {count(len(data), 'byte')}, {missing:,} short: try again")
    if len(data) > _MAX_SIZE:
        raise UsageError(f"{name} is larger than {count(_MAX_SIZE, 'byte')}: download it first")
    return load_bytes(_as_utf8(data, kind, charset), _file_name(name, kind), max_file_size)


def _parts(url: str) -> urllib.parse.SplitResult:
    """What `url` is made of; raises UsageError, which shows nothing of a URL that may hold a password."""
    try:
        parts = urllib.parse.urlsplit(url)
        is_valid = parts.port != 0 and not any(map(str.isspace, url))
    except ValueError:
        is_valid = False
    if not is_valid:
        raise UsageError(
            "that is no valid address such as http://user:password@host:80/path:"
            " a space in it is written %20, and / ? # @ in a password are %2F %3F %23 %40"
        )
    return parts


def _open(parts: urllib.parse.SplitResult) -> Any:
    login, _, server = parts.netloc.rpartition("@")
    address = urllib.parse.urlunsplit(parts._replace(netloc=server))
    request = urllib.request.Request(address, headers={"User-Agent": "rlm-kernel", "Accept": "*/*"})  # noqa: S310
    if login:
        conceal(parts.netloc, f"{_shown_login(login)}@{server}")  # where the user's own line is recorded
        token = base64.b64encode(urllib.parse.unquote(login).encode()).decode()
        request.add_unredirected_header("Authorization", f"Basic {token}")
    return urllib.request.build_opener(_KeepLogin).open(request, timeout=_TIMEOUT)


class _KeepLogin(urllib.request.HTTPRedirectHandler):
    """Sends the login on where a redirect stays on the server that it is meant for."""

    def redirect_request(self, req: Any, *how: Any) -> urllib.request.Request | None:
        new = super().redirect_request(req, *how)
        login = req.unredirected_hdrs.get("Authorization")
        if new is not None and login is not None and (new.type, new.host) == (req.type, req.host):
            new.add_unredirected_header("Authorization", login)
        return new


def _shown_login(login: str) -> str:
    user, _, password = login.partition(":")
    return f"{user}:***" if password else "***"  # a user without a password is an access token


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
