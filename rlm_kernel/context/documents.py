"""Many files as one lazy list: nothing is opened until its text is asked for."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, overload

from rlm_kernel.context.readers import has_text_reader, read_as_text
from rlm_kernel.context.sizes import count
from rlm_kernel.context.unpack import buffered, inner_name, is_packed, unpacked

_HEAD = 4096

READ_BYTES, READ_FILES = 1 << 25, 2_000
"""How much of a folder is read to tell whether it is the same, in about a tenth of a second."""


class Store(Protocol):
    """Where the files of a `Documents` are."""

    @property
    def limit(self) -> int:
        """Bytes that a compressed document may unpack to."""
        ...

    def open(self, path: str) -> BinaryIO:
        """The bytes of the file at `path`; raises OSError."""
        ...

    def digest(self, paths: Sequence[str], total: int) -> bytes:
        """A hash of what the files at `paths`, of `total` bytes, say."""
        ...


@dataclass(frozen=True, slots=True)
class FolderStore:
    """Files below one folder."""

    root: str
    limit: int

    def open(self, path: str) -> BinaryIO:
        """The file at `path`, opened for reading; raises OSError."""
        return Path(self.root, path).open("rb")

    def digest(self, paths: Sequence[str], total: int) -> bytes:
        """A hash of all they say; where that is much to read, of when each was last written."""
        digest = hashlib.blake2b(digest_size=16)
        is_small = total <= READ_BYTES and len(paths) <= READ_FILES
        tell = self._content_of if is_small else self._stamp_of
        for path in paths:
            digest.update(tell(path))
        return digest.digest()

    def _content_of(self, path: str) -> bytes:
        try:
            with open(f"{self.root}/{path}", "rb", buffering=0) as file:  # noqa: PTH123  (twice as fast)
                return hashlib.blake2b(file.read(), digest_size=16).digest()
        except OSError:
            return b"unreadable"

    def _stamp_of(self, path: str) -> bytes:
        try:
            return b"%d" % os.stat(f"{self.root}/{path}").st_mtime_ns  # noqa: PTH116  (twice as fast)
        except OSError:
            return b"unreadable"


@dataclass(frozen=True, slots=True)
class ZipStore:
    """Members of a zip archive, given as the path of its file or as its bytes."""

    archive: str | bytes
    limit: int

    def open(self, path: str) -> BinaryIO:
        """The member at `path`, unpacked; raises OSError if the archive is gone or broken."""
        file = io.BytesIO(self.archive) if isinstance(self.archive, bytes) else self.archive
        with zipfile.ZipFile(file) as archive:
            # Bounded by the size that the directory of the archive states.
            return io.BytesIO(archive.read(path))

    def digest(self, paths: Sequence[str], total: int) -> bytes:  # noqa: ARG002  (`Store`'s)
        """A hash of the check sums that the archive has of its members."""
        file = io.BytesIO(self.archive) if isinstance(self.archive, bytes) else self.archive
        try:
            with zipfile.ZipFile(file) as archive:
                sums = b" ".join(b"%08x" % archive.getinfo(path).CRC for path in paths)
        except (OSError, KeyError, zipfile.BadZipFile):
            return b"unreadable"
        return hashlib.blake2b(sums, digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Document:
    """One file: `path` relative to its folder, `size` in bytes, `text` read anew each time."""

    path: str
    size: int
    store: Store

    @property
    def text(self) -> str:
        """What the file says.  PDF, notebook and compressed files are read as what they contain;
        bytes that make no sense in the file's encoding become U+FFFD.

        Raises UsageError if the file is binary after all, OSError if it cannot be read.
        """
        with self.store.open(self.path) as file:
            stream = buffered(file)
            inner = unpacked(stream, self.path, self.store.limit) or stream
            return read_as_text(inner, inner_name(self.path))

    def head(self) -> bytes:
        """The first bytes of a plain file; none of a file whose text takes work to get."""
        if is_packed(self.path) or has_text_reader(self.path):
            return b""
        with self.store.open(self.path) as file:
            return file.read(_HEAD)

    def __repr__(self) -> str:
        return f"Document({self.path!r}, {count(self.size, 'byte')})"


class Documents(Sequence[Document]):
    """The files of a folder, glob or archive, sorted by path.

    Indexed by position or by path; a slice is a `Documents` too.  It holds paths and sizes only, so
    it is cheap to copy and to pickle.  `skipped` says how many files were left out, and why.
    """

    def __init__(
        self, store: Store, paths: Sequence[str], sizes: Sequence[int], skipped: dict[str, int] | None = None
    ) -> None:
        self._store, self._paths, self._sizes = store, paths, sizes
        self.skipped = skipped or {}

    @property
    def paths(self) -> list[str]:
        """The path of every document, in order."""
        return list(self._paths)

    @property
    def total_bytes(self) -> int:
        """The sum of all sizes."""
        return sum(self._sizes)

    def digest(self) -> bytes:
        """A hash of what all documents say."""
        return self._store.digest(self._paths, self.total_bytes)

    def __len__(self) -> int:
        return len(self._paths)

    @overload
    def __getitem__(self, key: int | str) -> Document: ...
    @overload
    def __getitem__(self, key: slice) -> Documents: ...
    def __getitem__(self, key: int | str | slice) -> Document | Documents:
        if isinstance(key, slice):
            return Documents(self._store, self._paths[key], self._sizes[key])
        if isinstance(key, str):
            key = self._position(key)
        return Document(self._paths[key], self._sizes[key], self._store)

    def __iter__(self) -> Iterator[Document]:
        for path, size in zip(self._paths, self._sizes, strict=True):
            yield Document(path, size, self._store)

    def __contains__(self, item: object) -> bool:
        if isinstance(item, Document):
            return item.store == self._store and item.path in self._paths
        return item in self._paths

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Documents):
            return NotImplemented
        return (self._store, self._paths, self._sizes) == (other._store, other._paths, other._sizes)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{count(len(self), 'document')}, {count(self.total_bytes, 'byte')}>"

    def _position(self, path: str) -> int:
        try:
            return self._paths.index(path)
        except ValueError:
            raise KeyError(f"no document has the path {path!r}") from None
