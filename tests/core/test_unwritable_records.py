"""A run whose record cannot be written goes on in memory, after one warning, when it is brought back too."""

from __future__ import annotations

import errno

import pytest
from doubles import ScriptedClient, cell, finish
from one_namespace import ask, died, notebook, own_folder  # noqa: F401  (each test has one)

import rlm_kernel
from rlm_kernel.calls import CallSettings
from rlm_kernel.dialects import dialect
from rlm_kernel.limits import Limits
from rlm_kernel.log_file import LogFile
from rlm_kernel.outside import Outside
from rlm_kernel.scope import Ask
from rlm_kernel.shell.namespace import NamespaceREPL

FULL = OSError(errno.ENOSPC, "No space left on device")
READ_ONLY = OSError(errno.EROFS, "Read-only file system")


def refuse(monkeypatch, method, error):
    """Have a file refuse to be opened, or to be written to."""

    def refusing(_log, *_args):
        raise error

    monkeypatch.setattr(LogFile, method, refusing)


@pytest.mark.parametrize(
    ("method", "error"), [("open", READ_ONLY), ("mend_end", FULL), ("append", FULL)], ids=str
)
def test_a_run_whose_kernel_died_is_resumed_in_memory(monkeypatch, folder, capsys, method, error):
    path = died()
    before = path.read_bytes()
    notebook(finish("ys"), context="hello")
    again = rlm_kernel.load(path)
    refuse(monkeypatch, method, error)
    assert again.resume(max_steps=9).answer == [5, 1]
    warned = [e.message for e in again.trajectory if e.type == "warned"]
    said = [*warned, *capsys.readouterr().out.splitlines()]
    assert (
        sum(f"({error.strerror}): the run goes on and its trajectory is kept" in each for each in said) == 1
    )
    assert path.read_bytes() == before
    monkeypatch.undo()
    assert rlm_kernel.load(again.save(folder / "kept.jsonl")).answer == [5, 1]


def test_a_run_that_is_not_seen_warns_once_it_stands_still(folder, capsys):
    (folder / "rlm_runs").write_text("no folder")
    notebook(cell("print('output')"), finish("1"))
    assert ask(context="hello").answer == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].startswith("rlm: warning: cannot write the trajectory to ")


def test_calls_outside_runs_warn_too(tmp_path):
    (tmp_path / "file").write_text("no folder")
    said = []
    outside = Outside(ScriptedClient(), tmp_path / "file", said.append)
    settings = CallSettings("m", "m")
    for _ in range(2):
        scope = outside.scope(settings, dialect("rlm"), Limits(), NamespaceREPL(), ["a note"])
        assert scope.door.query(scope, Ask("a")) == "reply to a"
    assert sorted(line.partition(" the trajectory")[0] for line in said) == [
        "rlm: a note",
        "rlm: warning: cannot write",
    ]
