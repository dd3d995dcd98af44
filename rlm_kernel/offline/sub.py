"""The offline sub-model: one prompt with a text in it → the answer about that text."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from rlm_kernel.offline import facts
from rlm_kernel.offline.grammar import understand
from rlm_kernel.offline.names import told_apart
from rlm_kernel.offline.patterns import definition_of, search_of, value_of
from rlm_kernel.offline.reading import answer, everything, files_of, items, lines_of
from rlm_kernel.offline.settle import has_phrases, settled, unclear
from rlm_kernel.offline.speech import declined, unread
from rlm_kernel.offline.task import NotUnderstoodError, Task
from rlm_kernel.offline.units import CODE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NOTHING = "(none)"
"""The reply where a list or a tally is empty."""

_TAGGED = re.compile(r"<(\w+)[^<>\n]*>\n?([\s\S]*?)\n?</\1>\s*\Z|<(\w+)[^<>\n]*>\n?([\s\S]*)\n?</\3>")
_FENCED = re.compile(r"(```|\"\"\"|''')\w*\n([\s\S]*?)\n?\1")
_LABELLED = re.compile(
    (
        r"^\s*(?:the )?(?:text|context|document|log|data|chunk|input|content|file|"
        r"passage)s?\s*:\s*"
    ),
    re.IGNORECASE | re.MULTILINE,
)


def reply(prompt: str, params: Mapping[str, Any]) -> str:
    """The reply to one prompt: a number, lines, `NOTHING`, or a sentence that declines."""
    problem: NotUnderstoodError | None = None
    for question, text in _readings(prompt):
        try:
            task = understand(question)
            found = _answered(task, text)
        except NotUnderstoodError as why:
            problem = problem or why
            continue
        return _as_json(found, params) if _wants_json(params) else _as_text(task, found)
    return declined(str(problem or "the question comes without a text"))


def _readings(prompt: str) -> Iterator[tuple[str, str]]:
    """The ways to take a prompt apart into a question and a text, the surest first."""
    for pattern in (_TAGGED, _FENCED):
        if match := pattern.search(prompt):
            yield f"{prompt[: match.start()]} {prompt[match.end() :]}", match[match.lastindex or 0]
            return
    if (label := _LABELLED.search(prompt)) and prompt[: label.start()].strip():
        yield prompt[: label.start()], prompt[label.end() :]
    for separator in ("\n\n", "\n"):
        first, found, rest = prompt.strip("\n").partition(separator)
        if found:
            yield first, rest
            rest, _, last = prompt.strip("\n").rpartition(separator)
            yield last, rest
    first, found, rest = prompt.partition(": ")
    if found:
        yield first, rest
    question = re.match(r"[^?\n]*\?\s", prompt)
    if question:
        yield question[0], prompt[question.end() :]


def _answered(task: Task, text: str) -> Any:
    if task.kind == "needle":
        return _needle(task, text)
    task = _settled(task, text)
    by_file = task.unit == "document" or task.by_file or task.unit in CODE
    return answer(task, files_of(text) if by_file else {"": text})


def _settled(task: Task, text: str) -> Task:
    """The task as the text settles it; raises NotUnderstoodError where it stays unclear."""
    if not has_phrases(task):
        return task
    hits = {name: len(re.findall(form, text)) for name, form in told_apart(task).items()}
    meant = settled(task, hits)
    if names := unclear(meant, hits):
        raise NotUnderstoodError(unread(names))
    return meant


def _needle(task: Task, text: str) -> str:
    if task.unit == "document":
        return ", ".join(everything(task, files_of(text))) or NOTHING
    if task.ask == "fact":
        return facts.from_text(task, text) or declined("no line of the text says all that it asks for")
    if task.ask in {"value", "definition"}:
        name = task.conditions[0].values[0]
        form = value_of(name) if task.ask == "value" else definition_of(name)
        found = [
            match[1] if task.ask == "value" else match[0]
            for match in re.finditer(form, text, re.MULTILINE)
            if match.lastindex
        ]
        return facts.bare(found[0]) if found else NOTHING
    search = search_of(task)
    return (
        "\n".join(f"{n}: {line}" for n, line in enumerate(lines_of(text), 1) if items(search, line))
        or NOTHING
    )


def _as_text(task: Task, found: Any) -> str:
    if not isinstance(found, list):
        return str(found)
    if task.kind == "tally":
        return "\n".join(f"{count}\t{item}" for item, count in found) or NOTHING
    if task.kind == "top":
        return (
            "\n".join(f"{item}: {count}" for item, count in found)
            if task.number
            else (found[0][0] if found else NOTHING)
        )
    return "\n".join(found) or NOTHING


def _wants_json(params: Mapping[str, Any]) -> bool:
    return bool(params.get("response_format"))


def _as_json(found: Any, params: Mapping[str, Any]) -> str:
    """The answer as JSON: bare, or in the one property that an object schema asks for."""
    asked = params["response_format"]
    schema = asked.get("json_schema", {}).get("schema", {}) if isinstance(asked, dict) else {}
    properties = list(schema.get("properties", {}))
    if schema.get("type") != "object":
        return json.dumps(found, ensure_ascii=False)
    if len(properties) != 1:
        return declined("its schema has more than one property")
    return json.dumps({properties[0]: found}, ensure_ascii=False)
