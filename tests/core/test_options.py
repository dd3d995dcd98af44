"""The one table of options: for the magic's line, for keywords, for the environment."""

from __future__ import annotations

import dataclasses
import shlex
from pathlib import Path

import pytest

from rlm_kernel.interfaces import UsageError
from rlm_kernel.limits import Limits
from rlm_kernel.lines import Quoted, split
from rlm_kernel.options import (
    BY_NAME,
    LIMITS,
    TABLE,
    Options,
    combine,
    from_environment,
    limits_from,
    parse_line,
)


def parsed(line):
    return combine(parse_line(line))


def test_the_defaults_are_those_of_the_contract():
    options = parsed("")
    assert options.limits == Limits(20, 10_000, 0, 1.0, 0.0, 1)
    assert (options.concurrency, options.max_file_size, options.out, options.dialect) == (
        64,
        10_000_000,
        "result",
        "rlm",
    )
    assert (options.model, options.sub_model, options.schema, options.quiet) == (None, None, None, False)


def test_every_option_has_a_row_and_every_row_an_option():
    assert {option.name for option in TABLE} == {field.name for field in dataclasses.fields(Options)}
    assert {option.name for option in LIMITS} == {field.name for field in dataclasses.fields(Limits)}


def test_a_full_line():
    options = parsed(
        "-c a.txt --context b=data -m openai/x -s y --api-base http://h --fallback f --fallback g --temperature 0.5 "
        "--max-steps 5 --max-calls 1_000 --max-cost $2.5 --max-seconds 60 --max-depth 0 --concurrency 8 "
        "--max-file-size '5 MB' --out found --dialect paper --quiet --schema int --timeout 30"
    )
    assert options.context == ("a.txt", "b=data")
    assert (options.model, options.sub_model, options.api_base) == ("openai/x", "y", "http://h")
    assert options.fallback == ("f", "g")
    assert options.limits == Limits(5, 1_000, 0, 2.5, 60.0, 0)
    assert (options.temperature, options.timeout, options.max_file_size) == (0.5, 30.0, 5_000_000)
    assert (options.out, options.dialect, options.quiet, options.schema) == ("found", "paper", True, "int")


def test_the_line_is_split_as_a_shell_would_and_not_expanded():
    assert split("-c 'a file.txt' -m \"x y\" $HOME *.txt {a}") == [
        "-c",
        "a file.txt",
        "-m",
        "x y",
        "$HOME",
        "*.txt",
        "{a}",
    ]


@pytest.mark.parametrize(
    ("line", "quoted"),
    [
        ("again", []),
        ("'again'", ["again"]),
        ('"look there" --max-steps 4', ["look there"]),
        ("a'b c'd \\'e", []),
        ("", []),
        ("x \t 'it'\"'\"'s' y\N{NO-BREAK SPACE}z", ["it's"]),
        ("''", [""]),
    ],
)
def test_a_word_keeps_the_knowledge_that_it_was_quoted(line, quoted):
    assert split(line) == shlex.split(line)
    assert [word for word in split(line) if isinstance(word, Quoted)] == quoted


@pytest.mark.parametrize(
    "line",
    [
        "--no-such-option 3",
        "-c",
        "-m",
        "stray words",
        "--max-steps many",
        "--max-steps -3",
        "--max-cost nan",
        "--max-cost inf",
        "--concurrency 0",
        "--out 2x",
        "--dialect latin",
        "--max-file-size big",
        "-c 'unclosed",
        "--temperature hot",
        "--max-s 3",
        "--max-steps 1.5",
        "--out llm_query",
        "--out _rlm",
        "--out answer",
        "--out class",
        "--out __builtins__",
    ],
)
def test_a_mistake_in_the_line_is_one_sentence(line):
    with pytest.raises(UsageError) as error:
        parsed(line)
    assert str(error.value)
    assert "\n" not in str(error.value)


def test_options_that_are_not_built_are_absent():
    assert "compact" not in BY_NAME


def test_the_stronger_layer_wins():
    options = combine(
        {"max_steps": 1}, {"max_steps": 2, "model": "b"}, {"max_steps": 3, "model": "c", "out": "d"}
    )
    assert (options.max_steps, options.model, options.out) == (1, "b", "d")


def test_keywords_are_checked_like_the_line():
    assert combine({"max_cost": 2, "fallback": "one", "quiet": True}).fallback == ("one",)
    for wrong in ({"max_step": 3}, {"max_steps": "x"}, {"max_steps": -1}, {"out": "a b"}, {"quiet": "maybe"}):
        with pytest.raises(UsageError):
            combine(wrong)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("stray words", "'stray' is not expected here: a text with spaces needs quotes around it"),
        ("--nope 3", "there is no option --nope"),
        ("--max-steps 1.5", "--max-steps cannot be '1.5': it must be a whole number"),
        ("--out SUBMIT", "the answer cannot be called SUBMIT: that name has a meaning of its own in a run"),
        ("--out 2x", "the answer cannot be called '2x': that is no Python name"),
    ],
)
def test_the_sentence_says_what_is_wrong(line, said):
    with pytest.raises(UsageError) as error:
        parsed(line)
    assert str(error.value).startswith(said)


def test_a_timeout_of_0_is_given_and_no_limit():
    assert parsed("").timeout is None
    assert parsed("--timeout 0").timeout == 0.0
    assert combine({"timeout": 0}, {"timeout": 30}).timeout == 0.0
    assert combine({}, {"timeout": "1.5"}).timeout == 1.5


@pytest.mark.parametrize("name", ["model", "api_base", "replay"])
def test_what_is_to_be_a_text_is_one(name):
    with pytest.raises(UsageError, match=f"^{name} cannot be 3: it must be a text$"):
        combine({name: 3})
    assert getattr(combine({name: Path("a")}), name) == "a"


@pytest.mark.parametrize("wrong", [3, [3], {"a": 1}])
def test_a_repeatable_option_takes_texts(wrong):
    with pytest.raises(UsageError, match=r"^fallback cannot be"):
        combine({"fallback": wrong})


def test_new_limits_are_read_as_the_options_are():
    assert limits_from({"max_steps": "40", "max_cost": "$2", "max_calls": None}) == {
        "max_steps": 40,
        "max_cost": 2.0,
    }
    assert limits_from({"max_stepz": 3}) == {"max_stepz": 3}  # the budget refuses it
    for wrong in ({"max_steps": 1.5}, {"max_steps": "many"}, {"max_steps": True}, {"max_cost": -1}):
        with pytest.raises(UsageError):
            limits_from(wrong)


def test_an_unknown_keyword_names_those_there_are():
    with pytest.raises(UsageError, match=r"there is no option 'max_step': the options are .*max_steps"):
        combine({"max_step": 3})


def test_a_schema_given_as_an_object_stays_that_object():
    assert combine({"schema": list[int]}).schema == list[int]


def test_settings_come_from_the_environment():
    environ = {
        "RLM_MODEL": "x",
        "RLM_MAX_COST": "0.5",
        "RLM_FALLBACK": "a,b",
        "RLM_QUIET": "1",
        "RLM_CONTEXT": "no",
        "RLM_OUT": "",
    }
    options = combine(from_environment(environ))
    assert (options.model, options.max_cost, options.fallback, options.quiet) == ("x", 0.5, ("a", "b"), True)
    assert (options.context, options.out) == ((), "result")


def test_a_bad_value_in_the_environment_is_a_usage_error():
    with pytest.raises(UsageError, match="RLM_MAX_STEPS cannot be 'lots': it must be a whole number"):
        combine(from_environment({"RLM_MAX_STEPS": "lots"}))


def test_only_what_is_not_built_in_is_recorded():
    assert Options().to_json() == {}
    assert combine({"max_steps": 3, "context": ["a"], "schema": int}).to_json() == {
        "context": ["a"],
        "max_steps": 3,
        "schema_type": "<class 'int'>",
    }


def test_options_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Options().max_steps = 3
