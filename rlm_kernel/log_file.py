"""A file that only grows, kept from other processes while it is being written."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

from rlm_kernel.events import from_json

GITIGNORE = "# Trajectories hold pieces of the contexts they are about.\n*\n"


class Overtaken(Exception):
    """Another process has written the file since this one did."""


class LogFile:
    """A JSON Lines file that is appended to, and closed whenever its run stands still.

    Parameters
    ----------
    path
        Where it is; the folder is made if need be.
    size
        The bytes it had when it was read; None for a file of a run that begins.
    """

    def __init__(self, path: Path, size: int | None = None) -> None:
        self.path = path
        self._size = size
        self._file: IO[bytes] | None = None

    def open(self) -> None:
        """Keep the file from other processes, until `close`.

        Raises Overtaken, BlockingIOError where another process is writing it, or another OSError.
        """
        if self._file is None:
            self._file = _opened(self.path, self._size)

    def mend_end(self) -> None:
        """End the last line, or take away the half of an event that a killed process left there."""
        assert self._file is not None
        _mend_end(self._file, self.path)

    def append(self, line: bytes) -> None:
        """Write a line, at once; raises as `open` does."""
        self.open()
        assert self._file is not None
        self._file.write(line)
        self._file.flush()

    def close(self) -> None:
        """Let others have the file; what they write into it is noticed."""
        file, self._file = self._file, None
        if file is not None:
            with file:
                self._size = os.fstat(file.fileno()).st_size


def is_being_written(path: Path) -> bool:
    """Whether somebody keeps the file to write it, as far as that can be known."""
    if fcntl is None:
        return False  # type: ignore[unreachable]
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _opened(path: Path, size: int | None) -> IO[bytes]:
    path.parent.mkdir(parents=True, exist_ok=True)
    ignore = path.parent / ".gitignore"
    if not ignore.exists():
        ignore.write_text(GITIGNORE)
    file = path.open("ab")
    try:
        _lock(file)
        _check_size(file, size)
    except BaseException:
        file.close()
        raise
    return file


def _check_size(file: IO[bytes], size: int | None) -> None:
    # An empty file is a new one: the user has thrown the former away.
    if size is not None and os.fstat(file.fileno()).st_size not in (size, 0):
        raise Overtaken


def _lock(file: IO[bytes]) -> None:
    """Keep other processes from writing the file; raises BlockingIOError when one does."""
    if fcntl is None:
        return  # type: ignore[unreachable]
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:  # a file system without locks
        return


def _mend_end(file: IO[bytes], path: Path) -> None:
    whole, torn = 0, b""
    with path.open("rb") as lines:
        for line in lines:
            if line.endswith(b"\n"):
                whole += len(line)
            else:
                torn = line
    if not torn:
        return
    try:
        from_json(json.loads(torn))
        file.write(b"\n")
    except (ValueError, TypeError):
        file.truncate(whole)
