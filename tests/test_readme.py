"""The README documents what there is, and nothing that is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rlm_kernel.cli import _parser
from rlm_kernel.commands import COMMANDS, command_documentation, documentation
from rlm_kernel.functions import FUNCTIONS
from rlm_kernel.options import TABLE

README = (Path(__file__).parents[1] / "README.md").read_text()


def section(title: str) -> str:
    """The text below a heading, up to the next of the same level."""
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(text: str) -> list[str]:
    """The first cells of a Markdown table's rows."""
    return [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| `")]


def test_the_option_table_is_the_parsers():
    documented = [re.findall(r"--[a-z-]+", row)[0] for row in rows(section("`%%rlm`"))]
    assert documented == [option.flag for option in TABLE]


@pytest.mark.parametrize("option", TABLE, ids=lambda option: option.name)
def test_help_and_readme_name_an_option_alike(option):
    words = f"{option.flag} {option.metavar}" if option.metavar else option.flag
    assert f"`{words}`" in section("`%%rlm`")
    assert words in documentation()


def test_the_command_table_is_the_magics():
    documented = [row.strip("`").removeprefix("%rlm ") for row in rows(section("`%rlm`"))]
    assert documented == [command.usage for command in COMMANDS.values()]
    assert all(usage in command_documentation() for usage in documented)


def test_the_command_line_table_is_the_parsers():
    documented = [row.strip("`").split()[2] for row in rows(section("Command line"))]
    [commands] = [action for action in _parser()._actions if action.dest == "==SUPPRESS=="]
    assert documented == list(commands.choices)


def test_every_function_is_named():
    text = section("Functions")
    assert all(name in text for name in FUNCTIONS if name != "llm_batch")


def test_no_option_or_command_is_documented_that_is_not_there():
    known = {option.flag for option in TABLE} | {
        "--hint",
        "--notebook",
        "--no-browser",
        "--max-",
        "--rm",
        "--ip",
        "--allow-root",
        "--kernel",
    }
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", README)) <= known
    assert set(re.findall(r"%rlm ([a-z]+)", README)) <= set(COMMANDS)
