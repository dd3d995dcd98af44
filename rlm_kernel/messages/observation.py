"""The observation: what the model is told about the cells that ran.

Equal runs send equal messages, so an observation holds no times, no execution counts, no
memory addresses, no numbers that Python counts up and no names of the files that stand for
cells.  The cut is in the middle
of the output and the error always survives, because the end of a long output and its error
are what the next step hangs on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rlm_kernel.interfaces import CellResult, Output
from rlm_kernel.namespaces import NameChange
from rlm_kernel.secrets import safe_cut

CELL_LIMIT = 20_000
"""Characters of output a cell may add to the conversation."""
ERROR_LIMIT = 6_000
MAX_NAMES = 40
CUT_MARK = r"\[… cut: ([\d,]+) characters in all, the first ([\d,]+) and the last ([\d,]+) are shown …\]"
"""What stands where a text was cut: its true length, and what is left at its two ends."""

_ADDRESS = re.compile(r"(?<=\bat )0x[0-9a-fA-F]{6,16}\b")  # any other hexadecimal number may be data
_CELL_FILE = re.compile(
    r"<ipython-input-\d+-[0-9a-f]+>|<cell \d+\.\d+>"
    r"|(?:\b[A-Za-z]:)?(?:[\\/][^\s\\/\"'<>:|]{1,255}){0,32}[\\/]ipykernel_\d+[\\/]\d+\.py\b"
)
"""The file that a warning, or a traceback printed by a thread, says a cell is in: it has the
kernel's process id, or the number of a cell in that process."""
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07")
_VARYING = (
    # What it is found by quickly, what it is, and what stays of it.
    ("Exception in thread Thread-", r"^(Exception in thread Thread-)\d+", r"\1…"),
    ("(Thread-", r"(<\w+\(Thread-)\d+", r"\1…"),
    (", st", r"(<\w+\([^()\n]{1,99}(?:\([^()\n]{0,99}\))?, (?:started|stopped)(?: daemon)?) \d+\)>", r"\1)>"),
    ("name='Task-", r"(<Task [^\n']{0,40}name='Task-)\d+", r"\1…"),
    (
        "<Execution",
        r"(<Execution(?:Result|Info) object at )[0-9a-f]{6,16}(, execution_count=\w+)?",
        r"\1…",
    ),
    # Advice for ending a kernel, which IPython gives once in each.
    (
        "UserWarning: To exit",
        r"^[^\n]{0,999}?UserWarning: To exit: [^\n]{0,99}\n(?:[ \t]+warn\([^\n]*(?:\n|\Z))?",
        "",
    ),
)
"""Texts of Python's and IPython's own with a number that grows, or an address, in them."""
_FOUND_BY = tuple((sign, re.compile(text, re.MULTILINE), stays) for sign, text, stays in _VARYING)


def observe_cell(label: str, result: CellResult, names: Sequence[NameChange] = ()) -> str:
    """What one cell printed, showed, raised, and did to names."""
    lines = [f"Cell {label}: {_outcome(result)}"]
    output = cut(output_text(result.outputs), CELL_LIMIT, omitted=result.omitted)
    if output:
        lines.append(output.rstrip("\n"))
    if result.error is not None and not result.interrupted:
        lines.append(cut(clean(result.error.traceback), ERROR_LIMIT).rstrip("\n"))
    if names:
        lines.append("Names: " + _name_list(names))
    return "\n".join(lines)


def output_text(outputs: Iterable[Output]) -> str:
    """Outputs as plain text, in order; errors are not among them."""
    return clean("".join(_one_output(output) for output in outputs))


def clean(text: str) -> str:
    """`text` without terminal colours and without what differs between equal runs.

    That is memory addresses, the files that stand for cells, and the numbers of threads,
    tasks and executions where Python or IPython itself tells them: elsewhere they are data.
    """
    text = _CELL_FILE.sub("<cell>", _ADDRESS.sub("0x…", _ANSI.sub("", text)))
    for sign, pattern, stays in _FOUND_BY:
        if sign in text:
            text = pattern.sub(stays, text)
    return text


def cut(text: str, limit: int, *, omitted: int = 0) -> str:
    """`text` shortened in the middle, saying its true length; no known secret is cut in two.

    `omitted` characters are missing from it already.
    """
    total = len(text) + omitted
    if len(text) <= limit:
        return text
    begin = limit * 6 // 10
    head = text[: safe_cut(text, begin)]
    tail = text[safe_cut(text, len(text) - (limit - begin)) :]
    # As `CUT_MARK` reads it.
    shown = f"the first {len(head):,} and the last {len(tail):,} are shown"
    return f"{head}\n[… cut: {total:,} characters in all, {shown} …]\n{tail}"


def _outcome(result: CellResult) -> str:
    if result.interrupted:
        return "was interrupted"
    if result.error is not None:
        return f"raised {result.error.ename}"
    return "ran" if result.outputs else "ran, no output"


def _one_output(output: Output) -> str:
    kind = output.get("output_type")
    if kind == "stream":
        return str(output["text"])
    if kind in {"display_data", "execute_result"}:
        data = output.get("data", {})
        text = data.get("text/plain", "")
        shown = [mime for mime in data if mime.startswith(("image/", "video/", "audio/"))]
        note = f" [{', '.join(shown)}: shown to the user]" if shown else ""
        return f"{''.join(text)}{note}\n"
    return ""


def _name_list(names: Sequence[NameChange]) -> str:
    text = "; ".join(str(name) for name in names[:MAX_NAMES])
    more = len(names) - MAX_NAMES
    return f"{text}; and {more:,} more" if more > 0 else text
