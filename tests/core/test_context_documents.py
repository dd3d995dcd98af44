"""Folders, globs and archives as lazy lists of documents."""

import gzip
import os
import pickle
import zipfile

import pytest

from rlm_kernel.context import Document, Documents, resolve


def load(spec, **options):
    [context] = resolve([str(spec)], {}, eval, **options)
    return context


@pytest.fixture
def folder(tmp_path):
    files = {
        "b.txt": "second",
        "a.md": "first — é",
        "sub/c.py": "print('x')",
        "sub/deep/d.txt": "x\r\ny",
        "sub/README": "no suffix",
        ".hidden": "h",
        ".git/config": "h",
        "__pycache__/c.pyc": "h",
        "pic.png": "not looked into",
    }
    for path, text in files.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    (tmp_path / "data").write_bytes(b"\x00\x01\xff" * 10)
    return tmp_path


PATHS = ["a.md", "b.txt", "sub/README", "sub/c.py", "sub/deep/d.txt"]


def test_a_folder_is_its_text_files_sorted_by_path(folder):
    documents = load(folder).value
    assert documents.paths == PATHS
    assert [d.text for d in documents] == ["first — é", "second", "no suffix", "print('x')", "x\ny"]
    assert documents.total_bytes == sum(d.size for d in documents) == 41


def test_what_is_left_out_is_counted(folder):
    context = load(folder)
    assert context.value.skipped == {"hidden": 3, "binary": 2}
    assert context.notes[0].endswith("left out 2 binary files and 3 hidden or cache files and folders")


def test_large_files_are_left_out(folder):
    documents = load(folder, max_file_size=8).value
    assert documents.paths == ["b.txt", "sub/deep/d.txt"]
    assert documents.skipped == {"hidden": 3, "too large": 4, "binary": 1}


def test_documents_are_a_sequence(folder):
    documents = load(folder).value
    assert len(documents) == 5
    assert documents[-1].path == documents[4].path == "sub/deep/d.txt"
    assert isinstance(documents[1:3], Documents)
    assert documents[1:3].paths == PATHS[1:3]
    assert documents["b.txt"] == documents[1]
    assert "b.txt" in documents
    assert documents[1] in documents
    assert "none" not in documents
    assert [d.path for d in reversed(documents)] == PATHS[::-1]
    assert repr(documents) == "<5 documents, 41 bytes>"
    assert repr(documents[1]) == "Document('b.txt', 6 bytes)"
    with pytest.raises(IndexError):
        documents[5]
    with pytest.raises(KeyError, match=r"no document has the path 'x\.txt'"):
        documents["x.txt"]


def test_documents_survive_pickling(folder):
    documents = load(folder).value
    again = pickle.loads(pickle.dumps(documents))
    assert again == documents
    assert again[0].text == "first — é"


def test_text_is_read_anew_each_time(folder):
    document = load(folder).value[1]
    (folder / "b.txt").write_text("changed")
    assert document.text == "changed"


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("*.txt", ["b.txt"]),
        ("**/*.txt", ["b.txt", "sub/deep/d.txt"]),
        ("sub/**", ["README", "c.py", "deep/d.txt"]),
        ("?.md", ["a.md"]),
    ],
)
@pytest.mark.parametrize("absolute", [True, False])
def test_globs(folder, monkeypatch, pattern, paths, absolute):
    monkeypatch.chdir(folder)
    documents = load(folder / pattern if absolute else pattern).value
    assert documents.paths == paths
    assert all(d.text for d in documents)


def test_an_empty_folder_is_an_empty_list_with_a_note(tmp_path):
    context = load(tmp_path)
    assert len(context.value) == 0
    assert "holds no file that can be read as text" in context.notes[0]


def test_links_to_folders_are_not_followed_so_loops_do_not_matter(folder):
    (folder / "sub" / "loop").symlink_to(folder)
    (folder / "sub" / "broken").symlink_to(folder / "nowhere")
    (folder / "link.txt").symlink_to(folder / "b.txt")
    documents = load(folder).value
    assert documents.paths == ["a.md", "b.txt", "link.txt", *PATHS[2:]]
    assert documents["link.txt"].text == "second"
    assert documents.skipped["link or special file"] == 1
    assert documents.skipped["unreadable"] == 1


def test_a_glob_ends_in_spite_of_a_loop(folder):
    (folder / "sub" / "loop").symlink_to(folder)
    assert "b.txt" in load(folder / "**/*.txt").value


class Unlisted:
    """A folder that can be opened and not be listed, as some below ``/proc`` are."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def __iter__(self):
        raise PermissionError(13, "Permission denied")


def test_a_folder_that_may_be_opened_and_not_listed_is_counted(tmp_path, monkeypatch):
    (tmp_path / "closed").mkdir()
    (tmp_path / "a.txt").write_text("a")
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: Unlisted() if "closed" in path else scandir(path))
    documents = load(tmp_path).value
    assert (documents.paths, documents.skipped) == (["a.txt"], {"unreadable": 1})


def test_a_folder_that_may_not_be_read_is_counted(tmp_path):
    (tmp_path / "closed").mkdir(mode=0o000)
    (tmp_path / "a.txt").write_text("a")
    tmp_path.chmod(0o755)
    parents = [p for p in tmp_path.parents if p.owner() == tmp_path.owner() and p != p.parent]
    modes = [(p, p.stat().st_mode) for p in parents]
    is_root = os.geteuid() == 0
    for parent, mode in modes if is_root else []:
        parent.chmod(mode | 0o055)
    if is_root:
        os.seteuid(65534)
    try:
        assert load(tmp_path).value.skipped == {"unreadable": 1}
    finally:
        if is_root:
            os.seteuid(0)
        for parent, mode in modes if is_root else []:
            parent.chmod(mode)


def test_names_that_are_no_text_are_kept(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("x")
    [document] = load(tmp_path).value
    assert document.text == "x"


def test_compressed_documents_and_notebooks_are_read_as_what_they_hold(tmp_path):
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(b"packed"))
    (tmp_path / "b.ipynb").write_text('{"cells": [{"cell_type": "markdown", "source": "# Title"}]}')
    (tmp_path / "c.json").write_text('{"a": 1}')
    assert [d.text for d in load(tmp_path).value] == ["packed", "# Title", '{"a": 1}']


def test_bytes_that_make_no_sense_are_replaced_in_a_document(tmp_path):
    (tmp_path / "a.txt").write_bytes("é and ".encode() + b"\xff")
    assert load(tmp_path).value[0].text == "é and \ufffd"


def test_a_file_that_turns_out_binary_says_so_when_it_is_read(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"\x00\xff" * 100)
    with pytest.raises(Exception, match=r"a\.txt is a binary file, not text"):
        _ = load(tmp_path).value[0].text


def test_members_of_a_zip_are_documents_that_survive_pickling(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("x/b.txt", "b")
        archive.writestr("a.txt", "a")
    documents = pickle.loads(pickle.dumps(load(tmp_path / "a.zip").value))
    assert [(d.path, d.text) for d in documents] == [("a.txt", "a"), ("x/b.txt", "b")]
    assert isinstance(documents[0], Document)


@pytest.mark.slow
def test_a_hundred_thousand_files_are_listed(tmp_path):
    for i in range(100):
        (tmp_path / f"{i:03}").mkdir()
        for j in range(1000):
            os.close(os.open(tmp_path / f"{i:03}" / f"{j:03}.txt", os.O_CREAT))
    documents = load(tmp_path).value
    assert len(documents) == 100_000
