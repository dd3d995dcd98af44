"""One file, or one answer of a web server, as a value."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from pathlib import PurePath

from rlm_kernel.context import listing
from rlm_kernel.context.documents import Documents
from rlm_kernel.context.readers import Loaded, read
from rlm_kernel.context.unpack import BROKEN, buffered, inner_name, unpacked
from rlm_kernel.interfaces import UsageError

_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"


def load_file(path: str, max_file_size: int) -> Loaded:
    """The content of the file at `path`, which must exist; `max_file_size` is for the members of an archive.

    Raises UsageError if it is no regular file, cannot be read, or is not what its name says.
    """
    try:
        status = os.stat(path)  # noqa: PTH116 - a Path would change the name in messages
        if not stat.S_ISREG(status.st_mode):
            # Opening a pipe would wait for somebody to write to it.
            raise UsageError(f"{path} is not a regular file")
        with open(path, "rb") as file:  # noqa: PTH123
            if _is_zip(file, path):
                return _load_zip(path, path, max_file_size)
            return load_stream(file, path, status.st_size)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error


def load_bytes(data: bytes, name: str, max_file_size: int) -> Loaded:
    """The content of a file that is in memory.  Raises UsageError."""
    file = buffered(io.BytesIO(data))
    if _is_zip(file, name):
        return _load_zip(data, name, max_file_size)
    return load_stream(file, name, len(data))


def load_stream(stream: io.BufferedReader, name: str, size: int = 0) -> Loaded:
    """What `stream` holds, unpacked if it is compressed, then read as the suffix of `name` says.

    `size` is the number of bytes of a stream that can be read twice.  Raises UsageError.
    """
    inner = unpacked(stream, name)
    if inner is None:
        return read(stream, name, size)
    try:
        return load_stream(inner, inner_name(name))
    except BROKEN as error:
        raise UsageError(f"{name} is broken and cannot be unpacked: {error}") from error


def _is_zip(file: io.BufferedReader, name: str) -> bool:
    # Office documents, books and packages are zip archives too; their parts are of no use as text.
    suffix = PurePath(name).suffix.lower()
    return suffix in (".zip", "") and file.peek(4)[:4] in (_ZIP, _EMPTY_ZIP)


def _load_zip(source: str | bytes, name: str, max_file_size: int) -> Loaded:
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            files = [member for member in members if not member.is_dir()]
            if len(files) == 1:
                with archive.open(files[0]) as member:
                    return load_stream(buffered(member), files[0].filename)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, *BROKEN) as error:
        # An encrypted archive is a RuntimeError, an unknown compression a NotImplementedError.
        raise UsageError(f"{name} cannot be unpacked: {error}") from error
    documents = listing.archive(source, members, max_file_size)
    return Loaded(documents, notes_on(documents, name))


def notes_on(documents: Documents, name: str) -> tuple[str, ...]:
    """What the user should know about a folder, glob or archive called `name`."""
    out = listing.left_out(documents)
    if not documents:
        because = f" ({out} left out)" if out else ""
        return (f"{name} holds no file that can be read as text{because}",)
    return (f"{name}: left out {out}",) if out else ()
