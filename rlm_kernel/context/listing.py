"""Which files of a folder, glob or archive are worth a model's time, and how many are not."""

from __future__ import annotations

import glob
import os
import re
import stat
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from rlm_kernel.context import suffixes
from rlm_kernel.context.documents import Document, Documents, FolderStore, Store, ZipStore
from rlm_kernel.context.readers import has_text_reader
from rlm_kernel.context.sizes import count
from rlm_kernel.context.text import sniff
from rlm_kernel.context.unpack import is_packed

_SNIFFED_FILES = 2_000
"""Files of unknown suffix that are looked into at most; looking costs about 20 µs each."""

_WILDCARD = re.compile(r"[*?[]")
_LEFT_OUT_FOLDERS = frozenset({"__pycache__", "CVS"})
HIDDEN, BINARY, LARGE, UNREADABLE, SPECIAL = (
    "hidden",
    "binary",
    "too large",
    "unreadable",
    "link or special file",
)


def folder(root: str, max_file_size: int) -> Documents:
    """The readable files below the folder `root`; links to folders are not followed.  Raises OSError."""
    skipped: Counter[str] = Counter()
    os.scandir(root).close()
    return _chosen(FolderStore(root, max_file_size), _walk(root, skipped), skipped, max_file_size)


def matching(pattern: str, max_file_size: int) -> Documents | None:
    """The readable files that a glob (``**`` for any depth) matches, or None if it matches no file."""
    pattern = pattern.replace(os.sep, "/")
    fixed = _WILDCARD.split(pattern, maxsplit=1)[0]
    root = fixed[: fixed.rfind("/") + 1]
    skipped: Counter[str] = Counter()
    files = set(_matches(pattern, len(root), skipped))
    if not files and not skipped:
        return None
    return _chosen(FolderStore(root or os.curdir, max_file_size), files, skipped, max_file_size)


def archive(source: str | bytes, members: Iterable[zipfile.ZipInfo], max_file_size: int) -> Documents:
    """The readable members of a zip archive, given as the path of its file or as its bytes."""
    skipped: Counter[str] = Counter()
    files = []
    for member in members:
        if any(_is_left_out(part) for part in PurePath(member.filename).parts):
            skipped[HIDDEN] += 1
        elif not member.is_dir():
            files.append((member.filename, member.file_size))
    return _chosen(ZipStore(source, max_file_size), files, skipped, max_file_size)


def left_out(documents: Documents) -> str:
    """What was left out, as ``3 binary files and 1 hidden file or folder``; empty if nothing was."""
    wording = {
        HIDDEN: ("hidden or cache file or folder", "hidden or cache files and folders"),
        BINARY: ("binary file", "binary files"),
        LARGE: ("too large file", "too large files"),
        UNREADABLE: ("unreadable file or folder", "unreadable files and folders"),
        SPECIAL: ("linked folder or special file", "linked folders and special files"),
    }
    counts = [count(number, *wording[why]) for why, number in sorted(documents.skipped.items())]
    return " and ".join(filter(None, (", ".join(counts[:-1]), *counts[-1:])))


def _walk(root: str, skipped: Counter[str]) -> Iterator[tuple[str, int]]:
    """The path relative to `root` and size of every file below it that is not hidden."""
    folders = [""]
    while folders:
        below = folders.pop()
        for entry in _entries(root + os.sep + below, skipped):
            if _is_left_out(entry.name):
                skipped[HIDDEN] += 1
            elif entry.is_dir(follow_symlinks=False):
                folders.append(below + entry.name + "/")
            else:
                size = _size(entry, skipped)
                if size is not None:
                    yield below + entry.name, size


def _entries(path: str, skipped: Counter[str]) -> list[os.DirEntry[str]]:
    """What stands in a folder; a few may be opened and yet not be read."""
    try:
        with os.scandir(path) as entries:
            return list(entries)
    except OSError:
        skipped[UNREADABLE] += 1
        return []


def _matches(pattern: str, root: int, skipped: Counter[str]) -> Iterator[tuple[str, int]]:
    """Path without its first `root` characters, and size, of every file that `pattern` matches."""
    for path in glob.iglob(pattern, recursive=True):  # noqa: PTH207 - a Path's takes no absolute pattern
        relative = path[root:].replace(os.sep, "/")
        if not _LEFT_OUT_FOLDERS.isdisjoint(relative.split("/")):
            skipped[HIDDEN] += 1
        elif not os.path.isdir(path):  # noqa: PTH112 - a Path takes three times as long
            size = _size(path, skipped)
            if size is not None:
                yield relative, size


def _size(file: os.DirEntry[str] | str, skipped: Counter[str]) -> int | None:
    """The size of a regular file; counts what is none."""
    try:
        status = os.stat(file) if isinstance(file, str) else file.stat()  # noqa: PTH116 - as above
    except OSError:
        skipped[UNREADABLE] += 1
        return None
    if not stat.S_ISREG(status.st_mode):
        skipped[SPECIAL] += 1
        return None
    return status.st_size


def _chosen(
    store: Store, files: Iterable[tuple[str, int]], skipped: Counter[str], max_file_size: int
) -> Documents:
    paths, sizes = [], []
    unknown = 0
    for path, size in sorted(files):
        is_text = _text_by_name(path)
        if is_text is not False and size > max_file_size:
            skipped[LARGE] += 1
            continue
        if is_text is None and unknown < _SNIFFED_FILES:
            unknown += 1
            is_text = _text_by_content(Document(path, size, store), skipped)
        if is_text is False:
            skipped[BINARY] += 1
            continue
        paths.append(path)
        sizes.append(size)
    return Documents(store, paths, sizes, {why: number for why, number in skipped.items() if number})


def _text_by_name(path: str) -> bool | None:
    """Whether a file of that name is text, or None if the name does not say."""
    suffix = os.path.splitext(path)[1].lower()  # noqa: PTH122 - ten times as fast as a Path
    if suffix in suffixes.TEXT:
        return True
    if suffix in suffixes.BINARY:
        return False
    if has_text_reader(path) or is_packed(path):
        return True
    return None


def _text_by_content(document: Document, skipped: Counter[str]) -> bool:
    try:
        return sniff(document.head()) is not None
    except OSError:
        skipped[UNREADABLE] += 1
        return True


def _is_left_out(name: str) -> bool:
    return name[0] == "." or name in _LEFT_OUT_FOLDERS
