"""The other front ends: `jupyter execute`, papermill, `jupyter console` and terminal IPython."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pexpect
import pytest
from live_kernel import kernel_environment

SCRIPTS = Path(sys.executable).parent
LOAD = "%load_ext rlm_kernel\nfrom kernel_side import *"
MODEL = "model = script(cell(\"print('first'); x = 41\"), cell(\"display('second')\", 'x + 1'), finish(\"{'found': x}\"))"
ASK = "%%rlm -m scripted\nWhat is it?"
ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


@pytest.fixture
def environment(tmp_path):
    return kernel_environment(tmp_path) | {"TERM": "dumb", "JUPYTER_CONFIG_DIR": str(tmp_path / ".jupyter")}


def notebook(path, *sources):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec}), path)


def execute(tool, folder, environment):
    """Execute in.ipynb; what the tool said, and the notebook it wrote."""
    commands = {
        "jupyter execute": [SCRIPTS / "jupyter-execute", "in.ipynb", "--output=out"],
        "papermill": [SCRIPTS / "papermill", "in.ipynb", "out.ipynb"],
    }
    done = subprocess.run(
        commands[tool], cwd=folder, env=environment, capture_output=True, text=True, timeout=100, check=False
    )
    written = folder / "out.ipynb"
    return done, nbformat.read(written, 4) if written.exists() else None


def shown(output):
    """One output as a word or two."""
    data = output.get("data", {})
    if any("trajectory" in mime for mime in data):
        return "card"
    if "text/markdown" in data:
        return "step"
    return output.get("text") or data["text/plain"].splitlines()[-1]


@pytest.mark.parametrize("tool", ["jupyter execute", "papermill"])
def test_a_notebook_is_executed_with_outputs_once_and_in_order(tool, tmp_path, environment):
    notebook(tmp_path / "in.ipynb", LOAD, MODEL, ASK, "result['found'] + 1")
    done, after = execute(tool, tmp_path, environment)
    assert done.returncode == 0, done.stderr
    question = after.cells[2]
    assert [shown(o) for o in question.outputs] == [
        "card",
        "step",
        "first\n",
        "step",
        "'second'",
        "42",
        "step",
        "Answer · dict",
        "{'found': 41}",
    ]
    assert "Finished" in question.outputs[0]["data"]["text/plain"]
    assert after.cells[3].outputs[0]["data"]["text/plain"] == "42"
    if tool == "jupyter execute":  # papermill takes the number of the last result that was shown
        assert [c.execution_count for c in after.cells[:3]] == [1, 2, 3]


@pytest.mark.parametrize("tool", ["jupyter execute", "papermill"])
def test_a_paused_run_stops_the_notebook(tool, tmp_path, environment):
    notebook(tmp_path / "in.ipynb", LOAD, "script(cell('pass'))", ASK + "\n", "ran_after = True")
    text = (tmp_path / "in.ipynb").read_text("utf-8").replace("-m scripted", "-m scripted --max-steps 1")
    (tmp_path / "in.ipynb").write_text(text, "utf-8")
    done, after = execute(tool, tmp_path, environment)
    assert done.returncode != 0
    assert "rlm: paused after step" in done.stderr
    assert after is None or after.cells[-1].execution_count is None


def typed(child, *entries, prompt):
    """Type entries at prompts; all that was shown."""
    shown = ""
    for entry in entries:
        child.expect(prompt)
        shown += child.before
        child.sendline(entry)
    child.expect(prompt)
    return ANSI.sub("", shown + child.before).replace("\r", "")


@pytest.mark.parametrize("tool", ["ipython", "console"])
def test_a_terminal_shows_the_run_in_lines_and_the_answer_at_the_end(tool, tmp_path, environment):
    commands = {"ipython": ["ipython", "--simple-prompt"], "console": ["jupyter-console", "--simple-prompt"]}
    program, *options = commands[tool]
    child = pexpect.spawn(
        str(SCRIPTS / program),
        options,
        cwd=str(tmp_path),
        env=environment,
        encoding="utf-8",
        timeout=40,
        echo=False,
    )
    try:
        text = typed(
            child,
            "%load_ext rlm_kernel",
            "from kernel_side import *",
            MODEL,
            "%rlm ask -m scripted What is it?",
            "result['found'] + 1",
            prompt=r"In \[\d+\]: ",
        )
    finally:
        child.close(force=True)
    run = text[text.index("What is it?") :] if "What is it?" in text else text
    positions = [run.index(word) for word in ("first", "second", "42", "{'found': 41}")]
    assert positions == sorted(positions)
    assert run.count("first\n") == 1
    assert run.rstrip().endswith("42")
    assert re.search(r"✓ Finished · scripted · 3 steps · .* s\n.* tokens", run)
    assert "Traceback" not in run


def test_in_a_terminal_the_model_is_told_of_commands_and_of_results_without_their_prompts(
    tmp_path, environment
):
    program = """%load_ext rlm_kernel
from kernel_side import *
model = script(cell("!echo from a command", "print(3)", "4 + 4"), finish("1"))
%rlm ask -m scripted --quiet q
print("TOLD", repr(told(model)))
exit
"""
    done = subprocess.run(
        [SCRIPTS / "ipython", "--simple-prompt", "--no-banner"],
        input=program,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    observation = re.search(r"TOLD '(.*)'", done.stdout)[1]
    assert re.search(r"from a command(\\r)?\\n3\\n8\\n", observation)
    assert "Out[" not in observation
