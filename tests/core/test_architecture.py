"""The house keeps its order: imports point one way, and the core is light."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = PYPROJECT["tool"]["importlinter"]["contracts"]
CORE = next(contract["source_modules"] for contract in CONTRACTS if contract["name"].startswith("The core"))

REFUSE = """
import importlib, sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"IPython", "ipykernel", "ipywidgets", "anywidget", "traitlets", "nbformat", "litellm"}:
            raise ImportError(f"{name} is refused here")

sys.meta_path.insert(0, Refuse())
"""

A_WHOLE_RUN = """
from doubles import ScriptedClient, cell, launch
code = cell("x = llm_query_batched(['a', 'b'])", "y = rlm_query('child?')", "print(SHOW_VARS())", "FINAL(await allm_query('c'))")
run = launch(ScriptedClient([code, cell("FINAL(1)")]))
assert run.status == "finished", run.message
repr(run), str(run), run._repr_html_()
"""

HEAVY = (
    "litellm",
    "pydantic",
    "nbformat",
    "IPython",
    "ipykernel",
    "ipywidgets",
    "anywidget",
    "pandas",
    "numpy",
    "matplotlib",
    "openai",
    "httpx",
    "aiohttp",
)


def python(code):
    """Run code in a fresh interpreter that finds the package and the tests' doubles."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_import_contracts_hold():
    lint = Path(sys.executable).with_name("lint-imports")
    assert lint.exists(), "import-linter is missing: pip install --group dev"
    done = subprocess.run(
        [lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout


def test_every_module_of_the_package_is_in_a_layer():
    layers = next(contract["layers"] for contract in CONTRACTS if contract["type"] == "layers")
    named = {name.strip() for layer in layers for name in layer.split("|")}
    modules = {
        f"rlm_kernel.{path.stem}"
        for path in (ROOT / "rlm_kernel").iterdir()
        if (path.suffix == ".py" and not path.stem.startswith("_")) or (path / "__init__.py").exists()
    }
    assert modules <= named, f"without a layer: {sorted(modules - named)}"


def test_the_core_imports_without_ipython_jupyter_and_litellm():
    done = python(REFUSE + f"\nfor name in {CORE!r}: importlib.import_module(name)")
    assert done.returncode == 0, done.stderr


def test_a_whole_run_needs_none_of_them():
    done = python(REFUSE + A_WHOLE_RUN)
    assert done.returncode == 0, done.stderr


def test_importing_the_package_imports_nothing_heavy_and_says_nothing():
    done = python(f"import sys, rlm_kernel; print([n for n in {HEAVY!r} if n in sys.modules])")
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_importing_the_core_imports_nothing_heavy():
    done = python(
        f"import importlib, sys\nfor n in {CORE!r}: importlib.import_module(n)\nprint([n for n in {HEAVY!r} if n in sys.modules])"
    )
    assert done.stdout == "[]\n", done.stdout + done.stderr


def test_no_core_module_names_a_forbidden_import_even_lazily():
    import ast

    forbidden = {"IPython", "ipykernel", "ipywidgets", "anywidget", "traitlets", "nbformat", "litellm"}
    for name in CORE:
        path = ROOT / name.replace(".", "/")
        files = sorted(path.glob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
        for file in files:
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Import):
                    imported = {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    imported = {(node.module or "").partition(".")[0]}
                else:
                    continue
                assert not imported & forbidden, f"{file.name}:{node.lineno}"
