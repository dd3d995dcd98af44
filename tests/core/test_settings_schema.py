"""The settings of JupyterLab are the options of the table, with the same names and defaults."""

from __future__ import annotations

import dataclasses
import runpy
from pathlib import Path

import pytest

from rlm_kernel.options import BY_NAME, Options

ROOT = Path(__file__).parents[2]
MEND = "python labextension/generate_schema.py"


@pytest.fixture(scope="module")
def generator():
    return runpy.run_path(str(ROOT / "labextension" / "generate_schema.py"))


def test_the_settings_are_those_of_the_options(generator):
    if generator["TARGET"].read_text(encoding="utf-8") != generator["text"]():
        pytest.fail(f"labextension/schema/settings.json is not as the options are. Mend it:\n\n    {MEND}\n")


def test_defaults_that_nobody_changed_change_nothing(generator):
    given = {name: about["default"] for name, about in generator["schema"]()["properties"].items()}
    options = {name: value for name, value in given.items() if name in BY_NAME and value != ""}
    assert dataclasses.replace(Options(), **options) == Options()


def test_no_setting_can_hold_a_key_or_an_address_with_one(generator):
    names = generator["schema"]()["properties"]
    assert not [name for name in names if name.endswith(("key", "token", "password", "api_base"))]
