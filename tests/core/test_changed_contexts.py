"""Contexts that are not what they were when a run goes on from its record."""

from __future__ import annotations

import os
import zipfile

import pytest
from doubles import cell, finish
from one_namespace import ask, died_in_third_step, notebook, own_folder  # noqa: F401  (each test has one)

import rlm_kernel
from rlm_kernel.context import documents, fingerprint, resolve
from rlm_kernel.expressions import evaluator
from rlm_kernel.interfaces import UsageError

STEPS = cell("xs = [1]"), cell("ys = xs"), finish("ys")


class Box:
    """An object that nothing is known of."""


def fill(folder, text="alpha"):
    folder.mkdir(exist_ok=True)
    (folder / "a.txt").write_text(text)
    (folder / "b.txt").write_text("beta" * 5_000)


def test_a_folder_whose_files_say_something_else_is_noticed(folder):
    fill(folder / "docs")
    book = notebook(*STEPS)
    run = book.ask("What is it?", {"context": ["docs"], "model": "m", "max_cost": 0})
    path = died_in_third_step(run)
    fill(folder / "docs", text="OMEGA")
    notebook(finish("ys"))
    with pytest.raises(UsageError, match="context is not what the run began with"):
        rlm_kernel.load(path).resume()
    assert "context is not what it was when the run began." in notes_of_a_branch(path)
    fill(folder / "docs")
    assert rlm_kernel.load(path).resume().answer == [1]


def notes_of_a_branch(path):
    return rlm_kernel.load(path).branch(2).trajectory.events[0].notes


def test_the_ends_of_files_tell_them_apart_in_folders_and_archives(folder):
    def of(where):
        session = notebook()
        (context,) = resolve((where,), {}, evaluator(session.repl()), max_file_size=10_000_000)
        return fingerprint(context.value)

    fill(folder / "docs")
    first = of("docs")
    (folder / "docs/b.txt").write_text("beta" * 4_999 + "BETA")
    assert of("docs") != first
    prints = []
    for text in ("one", "two", "one"):
        with zipfile.ZipFile(folder / "docs.zip", "w") as archive:
            archive.writestr("a.txt", text)
            archive.writestr("b.txt", "the same")
        prints.append(of("docs.zip"))
    assert [prints[0] == prints[1], prints[0] == prints[2]] == [False, True]


def test_an_object_that_cannot_be_told_from_others_is_said_to_be_unchecked(capsys):
    notebook(*STEPS)
    path = died_in_third_step(ask(context=Box()))
    notebook(finish("ys"), context=Box())
    said = "context could not be checked to be what the run began with."
    assert said in notes_of_a_branch(path)
    capsys.readouterr()
    assert rlm_kernel.load(path).resume().answer == [1]
    assert f"rlm: {said}" in capsys.readouterr().out


@pytest.mark.parametrize("files_read", [2_000, 1], ids=["read", "by their times"])
def test_a_change_of_any_file_of_a_large_folder_is_noticed(folder, monkeypatch, files_read):
    monkeypatch.setattr(documents, "READ_FILES", files_read)
    (folder / "docs").mkdir()
    files = [folder / f"docs/{number:03}.txt" for number in range(100)]
    for file in files:
        file.write_text("the same " * 2_000)
    first = documents_print()
    assert documents_print() == first
    for file in files[1::7]:
        before, status = file.read_text(), file.stat()
        file.write_text(f"{before[:9_000]}OTHER{before[9_005:]}")
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000_000))
        assert documents_print() != first
        file.write_text(before)
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert documents_print() == first


def test_a_folder_that_is_a_copy_is_the_same(folder):
    fill(folder / "docs")
    first = documents_print()
    os.utime(folder / "docs/a.txt", ns=(0, 0))
    assert documents_print() == first


def documents_print():
    session = notebook()
    (context,) = resolve(("docs",), {}, evaluator(session.repl()), max_file_size=10_000_000)
    return fingerprint(context.value)
