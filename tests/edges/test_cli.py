"""``jupyter rlm``, as a shell runs it: exit statuses, what goes to which stream, files."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from servers.openai_server import Reply

import rlm_kernel
from rlm_kernel.cli import exit_status
from rlm_kernel.rlm import Run
from rlm_kernel.trajectory import Trajectory

ROOT = Path(__file__).parents[2]
COUNT = "How many lines contain the word ERROR?"


def environment():
    """This environment, without keys and settings of whoever runs the tests."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.endswith(("_API_KEY", "_TOKEN")) and not name.startswith("RLM_")
    }
    return kept | {"PYTHONPATH": str(ROOT)}


def command(*words):
    return [sys.executable, "-m", "rlm_kernel.cli", *words]


@pytest.fixture
def cli(tmp_path):
    """Runs the command line in a folder of this test, with a stdin that nobody closes."""
    (tmp_path / "log.txt").write_text("an ERROR\nfine\nERROR again\n")

    def run(*words, **more):
        reading, writing = os.pipe()
        try:
            return subprocess.run(
                command(*words),
                cwd=tmp_path,
                env=environment() | more,
                stdin=reading,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        finally:
            os.close(reading)
            os.close(writing)

    return run


@pytest.fixture
def ask(cli, server):
    """Asks a scripted model, whose replies are cells."""

    def run(*cells, line=()):
        server.will(*(Reply(f"```repl\n{code}\n```") for code in cells))
        return cli("run", "What is it?", "-m", "scripted", "--api-base", server.url, *line)

    return run


def told(server, request=-1):
    return server.requests[request].body["messages"][-1]["content"]


def sentence(done):
    """The one line that a failure ends with."""
    *_, last = done.stderr.splitlines()
    assert last.startswith("jupyter rlm: ")
    assert "Traceback" not in done.stderr
    return last.removeprefix("jupyter rlm: ")


# -- the answer, and nothing else, on standard output ---------------------------------


def test_the_answer_is_on_stdout_and_the_progress_on_stderr(cli, tmp_path):
    done = cli("run", COUNT, "-c", "log.txt", "-m", "offline", "--notebook", "run.ipynb")
    assert (done.returncode, done.stdout) == (0, "2\n")
    assert "Finished" in done.stderr
    assert done.stderr.endswith("wrote run.ipynb\n")
    notebook = nbformat.read(tmp_path / "run.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert notebook.cells[0].source.startswith("%%rlm ")
    assert rlm_kernel.load(tmp_path / "run.ipynb").answer == 2


def test_a_quiet_run_prints_the_answer_alone(cli):
    done = cli("run", COUNT, "-c", "log.txt", "-m", "offline", "--quiet")
    assert (done.returncode, done.stdout) == (0, "2\n")
    assert "Finished" not in done.stderr


def test_what_a_cell_writes_is_not_on_stdout(ask, server):
    leaks = (
        "import atexit, os, subprocess",
        "atexit.register(print, 'LEAK at exit')",
        "os.system('echo LEAK of the system')",
        "os.write(1, b'LEAK of the descriptor')",
        "subprocess.run(['echo', 'LEAK of a program'])",
        "print('printed')",
        "'shown'",
    )
    done = ask("\n".join(leaks), "FINAL('caf\\u00e9 \\ud800')")
    assert (done.returncode, done.stdout) == (0, "café \\ud800\n")
    assert done.stderr.count("LEAK") == 4
    assert "printed" in told(server)
    assert "'shown'" in told(server)


def test_a_cell_that_wants_input_gets_an_error_and_the_run_goes_on(ask, server):
    done = ask(
        "input('name? ')",
        "import getpass\ngetpass.getpass()",
        "import subprocess, sys\nFINAL([sys.stdin.read(), subprocess.run(['cat'], capture_output=True).stdout])",
    )
    assert (done.returncode, done.stdout) == (0, "['', b'']\n")
    for request in (1, 2):
        assert "this run takes no input" in told(server, request)


def test_a_cell_that_ends_the_process_is_told_how_to_finish(ask, server):
    done = ask("exit()", "quit()", "get_ipython().ask_exit()", "FINAL(7)")
    assert (done.returncode, done.stdout) == (0, "7\n")
    for request in (1, 2, 3):
        assert "RuntimeError: a model's cell cannot end the kernel: to finish, set answer" in told(
            server, request
        )


# -- exit statuses --------------------------------------------------------------------


def test_a_limit_is_status_3_and_names_the_option(ask):
    done = ask("1", "2", line=("--max-steps", "1"))
    assert (done.returncode, done.stdout) == (3, "")
    assert sentence(done).startswith("paused after step 2: ")
    assert sentence(done).endswith("; allow more with --max-steps")


def test_a_model_that_refuses_is_status_1_with_its_reason(cli, server):
    server.will(Reply(status=401, error="that key is wrong"))
    done = cli("run", "q", "-m", "scripted", "--api-base", server.url, "--quiet")
    assert (done.returncode, done.stdout) == (1, "")
    assert "that key is wrong" in sentence(done)


def test_an_interrupt_is_status_130_and_says_so(tmp_path, server):
    server.will(Reply(hang=True))
    words = command("run", "q", "-m", "scripted", "--api-base", server.url)
    with subprocess.Popen(
        words,
        cwd=tmp_path,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert server.wait_for(1, timeout=30)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=30)
    assert (process.returncode, stdout) == (130, "")
    assert re.match(r"jupyter rlm: paused (in|after) step \d+: ", stderr.splitlines()[-1])
    assert "interrupted" in stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        ("finished", "answer", 0),
        ("paused", "error", 1),
        ("failed", "error", 1),
        ("paused", "max_cost", 3),
        ("stopped", "stop", 4),
        ("proposed", "step", 4),
        ("paused", "interrupt", 130),
    ],
)
def test_the_exit_status_says_how_a_run_ended(status, reason, expected):
    run = Run("q", Trajectory("run-1"))
    run.status, run.reason = status, reason
    assert exit_status(run) == expected


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", ""], "there is no question"),
        (["run", "what", "is", "it"], "'is' is not expected here"),
        (["run", "q", "--no-such"], "there is no option --no-such"),
        (["run", "q", "--max-steps", "1.5"], "--max-steps cannot be '1.5': it must be a whole number"),
        (["run", "q", "-c", "none.txt", "-m", "offline"], "there is no variable, file or folder"),
        (["run", "q", "--notebook", "run.html"], "name a file that ends in .ipynb"),
        (["run", "q", "--notebook", "none/run.ipynb"], "there is no folder none"),
        (["convert", "a.ipynb", "b.ipynb"], "cannot convert a.ipynb to b.ipynb"),
        (["convert", "a.jsonl", "b.jsonl"], "cannot convert a.jsonl to b.jsonl"),
        (["convert", "a.jsonl", "b.ipynb", "c.ipynb"], "'c.ipynb' is not expected here"),
        (["convert", "none.jsonl", "b.ipynb"], "none.jsonl"),
    ],
)
def test_a_mistake_is_status_2_and_one_sentence(cli, words, said):
    done = cli(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in sentence(done)
    if "(see " in sentence(done):  # the help of the command that was meant
        assert sentence(done).endswith(f"(see jupyter rlm {words[0]} --help)")


# -- an answer that nobody takes ------------------------------------------------------

PRINT = ("run", COUNT, "-c", "log.txt", "-m", "offline", "--quiet")


def piped(folder, stdout):
    """A run whose standard output is `stdout`, a file descriptor."""
    return subprocess.run(
        command(*PRINT),
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "log.txt").write_text("an ERROR\n")
    return tmp_path


def test_a_reader_that_has_gone_is_one_sentence(folder):
    reading, writing = os.pipe()
    os.close(reading)
    done = piped(folder, writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "jupyter rlm: cannot write the answer: Broken pipe\n")


def test_a_full_disk_is_one_sentence(folder):
    with Path("/dev/full").open("w") as full:
        done = piped(folder, full)
    assert (done.returncode, done.stderr) == (
        1,
        "jupyter rlm: cannot write the answer: No space left on device\n",
    )


def test_a_closed_standard_output_is_refused_before_the_run(folder):
    words = ["sh", "-c", 'exec "$@" >&-', "sh", *command(*PRINT)]
    done = subprocess.run(
        words, cwd=folder, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert sentence(done) == "standard output is closed: there is nowhere to print the answer"
    assert not (folder / "rlm_runs").exists()


# -- the demo -------------------------------------------------------------------------


def demo(folder):
    return subprocess.run(
        command("demo", "--no-browser"),
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_demo_says_where_it_cannot_be_copied_to():
    done = demo("/proc")
    assert done.returncode == 2
    assert sentence(done).startswith("cannot write 01_first_run.ipynb here (")
    assert sentence(done).endswith("): go to a folder that you may write to")


def test_the_demo_is_not_written_through_a_link(tmp_path):
    (tmp_path / "01_first_run.ipynb").symlink_to(tmp_path / "elsewhere")
    done = demo(tmp_path)
    assert done.returncode == 2
    assert sentence(done) == "01_first_run.ipynb is a link that leads nowhere: remove it first"
    assert not (tmp_path / "elsewhere").exists()


# -- files ----------------------------------------------------------------------------


def test_the_answer_is_printed_although_the_notebook_cannot_be_written(cli, tmp_path):
    (tmp_path / "full.ipynb").symlink_to("/dev/full")
    done = cli("run", COUNT, "-c", "log.txt", "-m", "offline", "--notebook", "full.ipynb")
    assert (done.returncode, done.stdout) == (1, "2\n")
    assert sentence(done) == "cannot write full.ipynb: No space left on device"


def test_a_run_is_converted_to_a_notebook_and_back(cli, tmp_path):
    cli("run", COUNT, "-c", "log.txt", "-m", "offline", "--quiet", RLM_TRAJECTORY_DIR="kept")
    assert not (tmp_path / "rlm_runs").exists()
    [path] = (tmp_path / "kept").glob("*.jsonl")
    for source, target in ((path, "run.ipynb"), ("run.ipynb", "again.jsonl")):
        done = cli("convert", str(source), target)
        assert (done.returncode, done.stderr) == (0, f"wrote {target}\n")
    assert rlm_kernel.load(tmp_path / "again.jsonl").answer == 2


def test_a_context_may_be_read_from_standard_input(tmp_path):
    done = subprocess.run(
        command("run", COUNT, "-c", "__import__('sys').stdin.read()", "-m", "offline", "--quiet"),
        cwd=tmp_path,
        env=environment(),
        input="an ERROR\nfine\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "1\n")


def test_a_closed_standard_error_costs_nobody_the_answer(folder):
    words = ["sh", "-c", 'exec "$@" 2>&-', "sh", *command(*PRINT)]
    done = subprocess.run(
        words, cwd=folder, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0
    assert done.stdout.strip()


def test_a_working_directory_that_is_gone_is_one_sentence(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    words = ["sh", "-c", 'rmdir "$PWD" && exec "$@"', "sh", *command("run", "q", "-m", "offline")]
    done = subprocess.run(
        words, cwd=gone, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (
        2,
        "jupyter rlm: the working directory is gone: change to one that exists\n",
    )


# -- steps that wait ------------------------------------------------------------------


def test_to_propose_steps_is_refused_where_nobody_looks(cli):
    done = cli("run", COUNT, "-c", "log.txt", "-m", "offline", "--step")
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        sentence(done)
        == "--step waits for somebody who looks at each step: ask in a notebook, with %%rlm --step"
    )


def test_a_run_that_stops_at_a_risky_cell_says_why_and_stays_on_disk(ask, tmp_path):
    done = ask("open('made.txt', 'w').close()", line=["--approve", "risky"])
    assert done.returncode == 4
    assert "writes files: open" in done.stderr
    assert not (tmp_path / "made.txt").exists()
    stored = rlm_kernel.load(next((tmp_path / "rlm_runs").glob("*.jsonl")))
    assert stored.status == "proposed"
    assert sentence(done).endswith(f"; %rlm accept {stored.id} goes on, in a notebook in this folder")
