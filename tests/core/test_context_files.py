"""One file as a context."""

import bz2
import gzip
import io
import json
import lzma
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from rlm_kernel.context import Documents, resolve
from rlm_kernel.context.strings import StringBuilder, TooNarrow
from rlm_kernel.context.text import read_text
from rlm_kernel.context.unpack import buffered, unpacked
from rlm_kernel.interfaces import UsageError

MIB = 1 << 20


@pytest.fixture
def load(tmp_path):
    def load(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        [context] = resolve([str(path)], {}, eval)
        return context

    return load


@pytest.fixture
def error(load):
    def error(name, content):
        with pytest.raises(UsageError) as caught:
            load(name, content)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    return error


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("", "ascii"),
        ("plain", "ascii"),
        ("héllo — 🦊", "utf-8"),
        ("with a mark é", "utf-8-sig"),
        ("wide é", "utf-16"),
        ("plain words", "utf-16-le"),
        ("plain words", "utf-16-be"),
        ("wide é", "utf-32"),
        ("Größe, naïve café", "latin-1"),
        ("“quoted” – text", "cp1252"),
        ("nul\0in the middle of some text", "utf-8"),
    ],
)
def test_text_is_a_str_whatever_its_encoding(load, text, encoding):
    value = load("a.txt", text.encode(encoding)).value
    assert type(value) is str
    assert value == text


def test_the_fallback_to_windows_1252_is_noted(load):
    assert "Windows-1252" in load("a.txt", "café".encode("latin-1")).notes[0]
    assert load("a.txt", "café").notes == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
def test_line_ends_are_those_of_open(load, encoding):
    assert (
        load("a.txt", "ä line\r\none\rtwo\nthree words\r".encode(encoding)).value
        == "ä line\none\ntwo\nthree words\n"
    )


def test_a_line_end_across_two_blocks_is_one(load):
    text = "a" * (MIB - 1) + "\r\n" + "b" * MIB + "\r"
    assert load("a.txt", text).value == text.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize("late", ["é", "—", "🦊", ""])
@pytest.mark.parametrize("early", ["é", "—", "🦊", ""])
def test_long_text_is_the_same_wherever_its_wide_characters_are(load, early, late):
    text = early + "plain text " * 300_000 + late
    value = load("a.txt", text).value
    assert value == text
    assert hash(value) == hash(text)


def test_latin_1_may_begin_late_in_a_long_text(load):
    text = "plain text " * 300_000 + "café"
    assert load("a.txt", text.encode("latin-1")).value == text


@pytest.mark.parametrize(
    "content",
    [
        "привет, мир".encode("cp1251"),
        "日本語のテキスト".encode("shift-jis"),
        "é in UTF-8, then ".encode() + b"\xe9 alone",
        b"caf\x81\xe9 undefined",
    ],
)
def test_an_encoding_that_cannot_be_told_is_refused(error, content):
    assert "encoding=" in error("a.txt", content)


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"\x7fELF\2\1\1\0\0\xff", bytes(1000)])
def test_a_binary_file_is_refused(error, content):
    assert error("a.bin", content).endswith("is a binary file, not text")


def test_json_is_an_object(load):
    assert load("a.json", '{"a": [1, null]}').value == {"a": [1, None]}


def test_broken_json_names_line_and_column(error):
    assert error("a.json", '{"a": 1,\n "b": }').endswith("Expecting value at line 2, column 7")


def test_deep_json_is_refused_in_a_sentence(error):
    assert "cannot be read as JSON" in error("a.json", "[" * 200_000)


@pytest.mark.parametrize("suffix", ["jsonl", "ndjson"])
def test_json_lines_are_a_list(load, suffix):
    assert load(f"a.{suffix}", '{"a": 1}\r\n\n[2]').value == [{"a": 1}, [2]]


def test_broken_json_lines_name_the_line(error):
    assert "at line 2, column 1" in error("a.jsonl", "1\nx\n")


def test_tables_are_dataframes(load):
    pytest.importorskip("pandas")
    assert load("a.csv", "a,b\n1,x\n2,é\n".encode("latin-1")).value.to_dict("list") == {
        "a": [1, 2],
        "b": ["x", "é"],
    }
    assert load("a.tsv", "a\tb\n1\t2\n").value.shape == (1, 2)
    assert load("empty.csv", "").value.shape == (0, 0)


def test_a_broken_table_is_refused(error):
    pytest.importorskip("pandas")
    assert "cannot be read as a table" in error("a.csv", 'a,b\n1,2,3\n"')


def test_parquet_is_a_dataframe(load, error):
    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    stored = io.BytesIO()
    pd.DataFrame({"a": [1, 2]}).to_parquet(stored)
    assert load("a.parquet", stored.getvalue()).value["a"].tolist() == [1, 2]
    assert "Parquet" in error("b.parquet", "no")


def test_a_pdf_is_its_text(load, error):
    pypdf = pytest.importorskip("pypdf")
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_blank_page(100, 100)
    stored = io.BytesIO()
    writer.write(stored)
    context = load("a.pdf", stored.getvalue())
    assert context.value == "\f"
    assert "no text" in context.notes[0]
    assert "PDF" in error("b.pdf", "no")


def test_a_notebook_reads_like_one(load, error):
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": ["3\n"]},
        {"output_type": "execute_result", "data": {"text/plain": "4", "image/png": "…"}},
        {"output_type": "error", "ename": "KeyError", "evalue": "'x'"},
    ]
    cells = [
        {"cell_type": "markdown", "source": ["# Title\n", "text"]},
        {"cell_type": "code", "source": "print(3)", "outputs": outputs},
        {"cell_type": "code", "source": "pass", "outputs": []},
    ]
    assert load("a.ipynb", json.dumps({"cells": cells})).value == (
        "# Title\ntext\n\n```python\nprint(3)\n```\n\n```output\n3\n4\nKeyError: 'x'\n```\n\n```python\npass\n```"
    )
    assert "notebook" in error("b.ipynb", "[]")


@pytest.mark.parametrize(
    ("suffix", "compress"), [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)]
)
def test_compressed_files_are_read_by_their_inner_suffix(load, suffix, compress):
    assert load(f"a.txt.{suffix}", compress("café\r\n".encode())).value == "café\n"
    assert load(f"a.json.{suffix}", compress(b'{"a": 1}')).value == {"a": 1}
    long = "long text — " * 500_000
    assert load(f"long.txt.{suffix}", compress(long.encode())).value == long


def test_compression_is_seen_without_its_suffix(load):
    assert load("a.json", gzip.compress(b"[1]")).value == [1]


@pytest.mark.parametrize(
    ("suffix", "compress"), [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)]
)
def test_broken_compressed_files_are_refused(error, suffix, compress):
    whole = compress(os.urandom(1000).hex().encode())
    assert "broken" in error(f"a.txt.{suffix}", whole[: len(whole) // 2])
    assert "is not a" in error(f"b.txt.{suffix}", "plain")


def test_what_unpacks_to_too_much_is_refused():
    bomb = buffered(io.BytesIO(gzip.compress(bytes(10 * MIB))))
    inner = unpacked(bomb, "a.gz", limit=MIB)
    with pytest.raises(UsageError, match="unpacks to more than"):
        inner.read()


def zipped(**members):
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return stored.getvalue()


def test_a_zip_of_one_file_is_that_file(load):
    assert load("a.zip", zipped(a_json="[1]")).value == [1]


def test_a_zip_of_many_files_is_documents(load):
    context = load("a.zip", zipped(b_txt="bé", d__a_md="a", x_png="no", large_txt="x" * 10_000_001))
    assert isinstance(context.value, Documents)
    assert [(d.path, d.text) for d in context.value] == [("b.txt", "bé"), ("d/a.md", "a")]
    assert "1 binary file and 1 too large file" in context.notes[0]


def test_a_broken_zip_is_refused(error):
    whole = zipped(a_txt="a" * 1000, b_txt="b")
    assert "cannot be unpacked" in error("a.zip", whole[:-30])


def test_a_file_that_may_not_be_read_says_so(tmp_path):
    path = tmp_path / "secret.txt"
    path.write_text("x")
    path.chmod(0)
    tmp_path.chmod(0o755)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        with pytest.raises(UsageError, match=r"Permission denied|no variable, file or folder"):
            resolve([str(path)], {}, eval)
    finally:
        if is_root:
            os.seteuid(0)


def test_a_fifo_is_refused_without_waiting_for_a_writer(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="not a regular file"):
        resolve([str(tmp_path / "pipe")], {}, eval)


def test_a_builder_joins_pieces_of_any_width():
    pieces = ["", "abc", "é", "—", "", "🦊", "d" * 1000]
    builder = StringBuilder(2)
    for piece in pieces:
        builder.append(piece)
    assert builder.finish() == "".join(pieces)
    assert StringBuilder(10).finish() == ""


def test_a_builder_that_reserved_too_much_makes_a_normal_str():
    builder = StringBuilder(10, reserve=4)
    builder.append("abc")
    text = builder.finish()
    assert text == "abc"
    assert text in {"abc": 1}


def test_a_frugal_builder_does_not_copy_late():
    builder = StringBuilder(1000, frugal=True)
    builder.append("a" * 990)
    with pytest.raises(TooNarrow) as late:
        builder.append("🦊")
    assert late.value.needed == 4


def test_a_stream_that_cannot_rewind_is_read_all_the_same():
    text = "a" * (3 * MIB) + "🦊"
    assert read_text(buffered(io.BytesIO(text.encode())), "x") == (text, "utf-8")


def test_without_optional_libraries_tables_are_dicts_and_the_rest_names_what_to_install(tmp_path):
    (tmp_path / "a.csv").write_text('a,b\n1,"x\ny"\n')
    (tmp_path / "a.parquet").write_text("")
    (tmp_path / "a.pdf").write_text("")
    code = """
import sys
sys.modules.update(dict.fromkeys(["pandas", "pyarrow", "pypdf"]))
from rlm_kernel.context import resolve
for name in ["a.csv", "a.parquet", "a.pdf"]:
    try:
        print(resolve([name], {}, eval)[0].value)
    except Exception as error:
        print(error)
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert run.stdout.splitlines() == [
        "[{'a': '1', 'b': 'x\\ny'}]",
        "reading a.parquet needs pandas and pyarrow: pip install 'rlm-kernel[parquet]'",
        "reading a.pdf needs pypdf: pip install 'rlm-kernel[pdf]'",
    ]
