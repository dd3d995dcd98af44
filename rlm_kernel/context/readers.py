"""One reader per file format: a stream of bytes becomes the value a person would load it as."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, BinaryIO

from rlm_kernel.context.text import Errors, read_text
from rlm_kernel.interfaces import UsageError


@dataclass(frozen=True, slots=True)
class Loaded:
    """A value that was read, and what its user should know about the reading."""

    value: Any
    notes: tuple[str, ...] = ()


def read(stream: BinaryIO, name: str, size: int = 0) -> Loaded:
    """What `stream` holds, read as the suffix of `name` says and otherwise as text.

    `size` is the number of bytes of a stream that can be read twice.  Raises UsageError
    if the content is not what the suffix says, or its reader is not installed.
    """
    reader = _READERS.get(PurePath(name).suffix.lower(), _text)
    return reader(stream, name, size)


def read_as_text(stream: BinaryIO, name: str) -> str:
    """The text of `stream`: of a PDF or notebook what a reader sees, of other files their characters.

    Bytes that make no sense in the file's encoding become U+FFFD.  Raises UsageError for
    binary data.
    """
    reader = _TEXT_READERS.get(PurePath(name).suffix.lower())
    if reader is not None:
        text: str = reader(stream, name, 0).value
        return text
    return read_text(stream, name, errors="replace")[0]


def has_text_reader(name: str) -> bool:
    """Whether the text of a file of that name is more than its bytes decoded."""
    return PurePath(name).suffix.lower() in _TEXT_READERS


def _text(stream: BinaryIO, name: str, size: int, errors: Errors = "strict") -> Loaded:
    text, encoding = read_text(stream, name, size, errors)
    if encoding == "cp1252":
        return Loaded(text, (f"{name} is not UTF-8: read as Windows-1252 (Latin-1)",))
    return Loaded(text)


def _json(stream: BinaryIO, name: str, size: int) -> Loaded:
    text = _text(stream, name, size)
    try:
        return Loaded(json.loads(text.value), text.notes)
    except json.JSONDecodeError as error:
        raise UsageError(
            f"{name} is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from error
    except (RecursionError, ValueError) as error:
        raise UsageError(f"{name} cannot be read as JSON: {error}") from error


def _json_lines(stream: BinaryIO, name: str, size: int) -> Loaded:
    text = _text(stream, name, size)
    values = []
    for number, line in enumerate(_lines(text.value), start=1):
        if not line.strip():
            continue
        try:
            values.append(json.loads(line))
        except json.JSONDecodeError as error:
            raise UsageError(
                f"{name} is not valid JSON Lines: {error.msg} at line {number}, column {error.colno}"
            ) from error
        except (RecursionError, ValueError) as error:
            raise UsageError(f"{name} cannot be read as JSON Lines: {error} at line {number}") from error
    return Loaded(values, text.notes)


def _table(separator: str) -> Callable[[BinaryIO, str, int], Loaded]:
    def read_table(stream: BinaryIO, name: str, size: int) -> Loaded:
        text = _text(stream, name, size)
        try:
            value = _parse_table(text.value, separator)
        except (ValueError, csv.Error) as error:
            # pandas' parser errors are ValueErrors.
            raise UsageError(f"{name} cannot be read as a table: {str(error).strip()}") from error
        return Loaded(value, text.notes)

    return read_table


def _lines(text: str) -> Iterator[str]:
    """The lines of `text` one by one: a list of them, or a StringIO, would take several times its memory."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


def _parse_table(text: str, separator: str) -> Any:
    try:
        import pandas as pd  # noqa: PLC0415 - optional, and slow to load
    except ImportError:
        return list(csv.DictReader(_lines(text), delimiter=separator))
    if not text.strip():
        return pd.DataFrame()
    # One pass over whole columns, so that their types do not depend on where pandas cuts.
    return pd.read_csv(io.BytesIO(text.encode()), sep=separator, low_memory=False)


def _parquet(stream: BinaryIO, name: str, _size: int) -> Loaded:
    try:
        import pandas as pd  # noqa: PLC0415 - optional, and slow to load
        import pyarrow as pa  # noqa: PLC0415
    except ImportError as error:
        raise _missing(name, "pandas and pyarrow", "parquet") from error
    try:
        return Loaded(pd.read_parquet(io.BytesIO(stream.read())))
    except (pa.ArrowException, OSError) as error:
        raise UsageError(f"{name} cannot be read as Parquet: {_first_line(error)}") from error


def _pdf(stream: BinaryIO, name: str, _size: int) -> Loaded:
    try:
        import pypdf  # noqa: PLC0415 - optional
    except ImportError as error:
        raise _missing(name, "pypdf", "pdf") from error
    try:
        pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(stream.read())).pages]
    except pypdf.errors.PyPdfError as error:
        raise UsageError(f"{name} cannot be read as PDF: {_first_line(error)}") from error
    notes = () if any(page.strip() for page in pages) else (f"{name} has no text: its pages may be images",)
    return Loaded("\f".join(pages), notes)


def _notebook(stream: BinaryIO, name: str, size: int) -> Loaded:
    notebook = _json(stream, name, size)
    cells = notebook.value.get("cells") if isinstance(notebook.value, dict) else None
    if not isinstance(cells, list):
        raise UsageError(f"{name} is not a notebook of format 4: it has no list of cells")
    parts = [_cell(cell) for cell in cells if isinstance(cell, dict)]
    return Loaded("\n\n".join(part for part in parts if part), notebook.notes)


def _cell(cell: dict[str, Any]) -> str:
    source = _joined(cell.get("source"))
    if cell.get("cell_type") != "code":
        return source
    outputs = "".join(_output(output) for output in cell.get("outputs") or [] if isinstance(output, dict))
    code = f"```python\n{source}\n```"
    return f"{code}\n\n```output\n{outputs.rstrip()}\n```" if outputs.strip() else code


def _output(output: dict[str, Any]) -> str:
    if output.get("output_type") == "stream":
        return _joined(output.get("text"))
    if output.get("output_type") == "error":
        return f"{output.get('ename')}: {output.get('evalue')}\n"
    data = output.get("data")
    plain = _joined(data.get("text/plain")) if isinstance(data, dict) else ""
    return plain and plain + "\n"


def _joined(text: Any) -> str:
    """The text of a notebook field, which may be a string or a list of lines."""
    return "".join(map(str, text)) if isinstance(text, list) else str(text or "")


def _missing(name: str, modules: str, extra: str) -> UsageError:
    return UsageError(f"reading {name} needs {modules}: pip install 'rlm-kernel[{extra}]'")


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


_TEXT_READERS: dict[str, Callable[[BinaryIO, str, int], Loaded]] = {".pdf": _pdf, ".ipynb": _notebook}
_READERS: dict[str, Callable[[BinaryIO, str, int], Loaded]] = {
    **_TEXT_READERS,
    ".json": _json,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".csv": _table(","),
    ".tsv": _table("\t"),
    ".parquet": _parquet,
}
