"""The options of a run: one table for ``%%rlm``, the command line, `run` and the settings."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from rlm_kernel.dialects import DIALECTS
from rlm_kernel.interfaces import UsageError
from rlm_kernel.limits import Limits
from rlm_kernel.lines import split
from rlm_kernel.names import RESULT, check_out
from rlm_kernel.parser import Parser
from rlm_kernel.values import (
    APPROVE,
    amount,
    count,
    known_approval,
    known_dialect,
    positive,
    size,
    switch,
    text,
    texts,
)

SCHEMA_TYPE = "schema_type"
"""Under what the record names a schema that was given as an object, which no record can hold."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a run was told; fields in the order of the table below."""

    context: tuple[str, ...] = ()
    model: str | None = None
    sub_model: str | None = None
    api_base: str | None = None
    sub_api_base: str | None = None
    fallback: tuple[str, ...] = ()
    temperature: float | None = None
    timeout: float | None = None
    max_file_size: int = 10_000_000
    max_steps: int = 20
    max_calls: int = 10_000
    max_tokens: int = 0
    max_cost: float = 1.0
    max_seconds: float = 0.0
    max_depth: int = 1
    concurrency: int = 64
    schema: Any = None
    out: str = RESULT
    step: bool = False
    approve: str = "none"
    dialect: str = "rlm"
    replay: str | None = None
    cache: str | None = None
    keep_answer: bool = False
    quiet: bool = False

    @property
    def limits(self) -> Limits:
        """The budget; no child runs where every cell is to wait, which a child's cannot."""
        given = Limits(**{field.name: getattr(self, field.name) for field in fields(Limits)})
        return replace(given, max_depth=0) if self.approve == "all" else given

    def to_json(self) -> dict[str, Any]:
        """The options that are not as built in, for the record.

        A schema is kept where it is text, to be looked up again; of a type that was given as an
        object only what it is called is, as `SCHEMA_TYPE`.
        """
        built_in = Options()
        return {
            self._recorded_as(field.name): _plain(getattr(self, field.name))
            for field in fields(self)
            if getattr(self, field.name) != getattr(built_in, field.name)
        }

    def _recorded_as(self, name: str) -> str:
        return SCHEMA_TYPE if name == "schema" and not isinstance(self.schema, str) else name


Takes = Literal["", "data", "path", "model", "type", "dialect", "approval"]
"""What the value of an option names, so that names can be offered; empty for a number or a new name."""


@dataclass(frozen=True, slots=True)
class Option:
    """One row of the table."""

    name: str
    help: str
    metavar: str | None = None
    short: str | None = None
    parse: Callable[[str], Any] = text
    repeatable: bool = False
    is_setting: bool = True
    """Has a default in ``%config RLM`` and in the environment."""
    takes: Takes = ""

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def is_switch(self) -> bool:
        return self.metavar is None


TABLE: tuple[Option, ...] = (
    Option(
        "context",
        "a variable, file, folder, glob, URL or expression; repeatable",
        "[NAME=]X",
        "-c",
        repeatable=True,
        is_setting=False,
        takes="data",
    ),
    Option("model", "the root model, a litellm model name or `offline`", "MODEL", "-m", takes="model"),
    Option(
        "sub_model",
        "the model that answers llm_query (default: the root model)",
        "MODEL",
        "-s",
        takes="model",
    ),
    Option("api_base", "an OpenAI-compatible server to ask", "URL"),
    Option(
        "sub_api_base", "the same for the sub-model; default: --api-base, for a name without provider", "URL"
    ),
    Option(
        "fallback", "a model to ask when the other fails; repeatable", "MODEL", repeatable=True, takes="model"
    ),
    Option("temperature", "sampling temperature of the root model", "T", parse=amount),
    Option("timeout", "seconds one try of a call may take; 0: no limit (600)", "SECONDS", parse=amount),
    Option("max_file_size", "larger files are left out of a folder context", "SIZE", parse=size),
    Option("max_steps", "turns of a model, root or child; 0: no limit", "N", parse=count),
    Option("max_calls", "calls the cells may cause; 0: no limit", "N", parse=count),
    Option("max_tokens", "tokens in and out, of all calls; 0: no limit", "N", parse=count),
    Option("max_cost", "US dollars, of all calls; 0: no limit", "USD", parse=amount),
    Option("max_seconds", "seconds of running; 0: no limit", "SECONDS", parse=amount),
    Option("max_depth", "levels of child runs; 0: none", "N", parse=count),
    Option("concurrency", "sub-calls in flight at most", "N", parse=positive),
    Option(
        "schema",
        "a type in the namespace that the answer must validate as",
        "NAME",
        is_setting=False,
        takes="type",
    ),
    Option("out", "the name the answer is bound to", "NAME", "-o", parse=check_out),
    Option("step", "propose one step, and return before its cells run", parse=switch, is_setting=False),
    Option(
        "approve",
        f"which cells wait for you: {', '.join(APPROVE)}",
        "WHICH",
        parse=known_approval,
        takes="approval",
    ),
    Option(
        "dialect",
        f"the protocol the model was taught: {', '.join(DIALECTS)}",
        "NAME",
        parse=known_dialect,
        takes="dialect",
    ),
    Option(
        "replay",
        "answer every call from this .jsonl, without a model; options not given are the recording's",
        "FILE",
        is_setting=False,
        takes="path",
    ),
    Option("cache", "answer a repeated identical call from this file, at no cost", "PATH", takes="path"),
    Option("keep_answer", "store a large answer whole in the trajectory", parse=switch),
    Option("quiet", "no card and no step displays; what the cells print or show still appears", parse=switch),
)
BY_NAME: Mapping[str, Option] = {option.name: option for option in TABLE}
SWITCHES = frozenset(option.flag for option in TABLE if option.is_switch)
LIMITS: tuple[Option, ...] = tuple(BY_NAME[field.name] for field in fields(Limits))


def add_options(parser: argparse.ArgumentParser, table: Sequence[Option] = TABLE) -> None:
    """Give a parser the options of the table; what is not given stays out of the result."""
    built_in = Options()
    for option in table:
        names = [option.short, option.flag] if option.short else [option.flag]
        kind: dict[str, Any] = {"dest": option.name, "default": argparse.SUPPRESS}
        if option.is_switch:
            kind["action"] = "store_true"
        else:
            kind |= {"metavar": option.metavar, "action": "append" if option.repeatable else "store"}
        default = getattr(built_in, option.name)
        shown = f" ({default})" if default not in (None, (), False) else ""
        parser.add_argument(*names, help=option.help.replace("%", "%%") + shown, **kind)


def parse_line(line: str) -> dict[str, Any]:
    """The options of a magic's line, split as a shell would; raises UsageError."""
    parser = Parser("%%rlm")
    add_options(parser)
    given: dict[str, Any] = vars(parser.parse_args(split(line)))
    return given


def combine(*layers: Mapping[str, Any]) -> Options:
    """Options from layers of values, the strongest first; raises UsageError for a bad value."""
    options = Options()
    for layer in reversed(layers):
        known = {
            name: value_of(name, value)
            for name, value in layer.items()
            if value is not None or name not in BY_NAME
        }
        options = replace(options, **known)
    return options


def from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """The settings in variables such as ``RLM_MODEL`` and ``RLM_MAX_COST``."""
    found: dict[str, Any] = {}
    for option in TABLE:
        variable = f"RLM_{option.name.upper()}"
        value = environ.get(variable)
        if value and option.is_setting:
            given = value.split(",") if option.repeatable else value
            found[option.name] = value_of(option.name, given, variable)
    return found


def limits_from(given: Mapping[str, Any]) -> dict[str, Any]:
    """Limits by name, read as the options are; raises UsageError for a bad value.

    None leaves a limit as it is.  A name that is no limit is passed on, for the budget to refuse.
    """
    known = {option.name for option in LIMITS}
    return {
        name: value_of(name, value) if name in known else value
        for name, value in given.items()
        if value is not None
    }


_AS_GIVEN = (text, texts, switch)
"""What reads a value that need not have been a text."""


def value_of(name: str, value: Any, called: str = "") -> Any:
    """The value of an option, as `combine` keeps it.

    Raises UsageError for a bad one, which is said of `called`, where it was given, if not as an option.
    """
    option = BY_NAME.get(name)
    if option is None:
        raise UsageError(f"there is no option {name!r}: the options are {', '.join(BY_NAME)}")
    # What was written in a line is a text; any other value was given in Python.
    called = called or (option.flag if isinstance(value, str) else name)
    if value is None or name == "schema":
        return value
    if isinstance(value, bool) and not option.is_switch:
        raise UsageError(f"{called} cannot be {value!r}")
    parse = texts if option.repeatable else option.parse
    try:
        return parse(value if parse in _AS_GIVEN else str(value))
    except ValueError as error:
        reason = str(error) if str(error).startswith("it must") else "it must be a number"
        raise UsageError(f"{called} cannot be {value!r}: {reason}") from None


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
