"""What a model is told of a value it cannot see, how it is recognised, how many tokens it may be."""

import collections
import dataclasses
import itertools
import os
import pathlib
import subprocess
import sys
import time

import pytest

from rlm_kernel.context import describe, fingerprint, resolve
from rlm_kernel.secrets import mask
from rlm_kernel.tokens import estimate_tokens


class Hostile:
    def __repr__(self):
        raise RuntimeError("no")

    def __len__(self):
        raise RuntimeError("no")

    def __getattr__(self, name):
        raise RuntimeError("no")


class NoText:
    def __repr__(self):
        return 3


class Endless:
    def __repr__(self):
        return "x" * 10_000_000


@dataclasses.dataclass
class Point:
    x: int
    label: str


def test_a_short_text_is_shown_whole():
    description = describe("context", "one\ntwo\n")
    assert (description.name, description.type, description.size) == ("context", "str", "8 characters")
    assert description.text == "str, 8 characters\nAbout 2 tokens, 2 lines.\nIt reads:\n| one\n| two\n| "


def test_a_long_text_is_shown_by_its_ends():
    text = describe("context", "HEAD" + "x" * 10_000_000 + "TAIL").text
    assert "10,000,008 characters" in text
    assert "About 2,500,002 tokens" in text
    assert "| HEADx" in text
    assert text.endswith("xTAIL")
    assert len(text) < 1_300


def test_lines_of_a_long_text_are_estimated():
    assert "≈ 200,000 lines" in describe("context", "12 bytes....\n" * 200_000).text


def test_control_characters_are_written_as_escapes():
    text = describe("context", "a\0b\x1b[31m\ud800").text
    assert text.endswith(r"| a\x00b\x1b[31m\ud800")


def test_a_list_is_described_by_a_sample():
    description = describe("context", ["word " * n for n in range(1000)])
    assert description.size == "1,000 items"
    assert "All 64 that were looked at are of type str." in description.text
    assert "≈ 0 to 4,995 characters each" in description.text
    assert "[999] 'word" in description.text


def test_a_list_of_dicts_shows_its_keys():
    text = describe("context", [{"id": 1, "text": "x" * 500}] * 3).text
    assert "Keys of the first: 'id' (int), 'text' (str, 500 characters)." in text


def test_a_mixed_list_says_so():
    assert "Types: int × 2, str × 1." in describe("context", [1, 2, "a"]).text


def test_a_dict_shows_its_keys_whatever_they_are():
    description = describe("context", {"a": 1, 2: [1, 2], (3, 4): {"b": "c"}, None: None})
    assert description.size == "4 keys"
    assert description.text.splitlines()[1:] == [
        "'a': int = 1",
        "2: list, 2 items = [1, 2]",
        "(3, 4): dict, 1 item = {'b': 'c'}",
        "None: NoneType = None",
    ]


def test_a_dataframe_is_described_by_its_columns():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"id": range(10), "text": ["x" * 1000] * 10})
    description = describe("context", frame)
    assert (description.type, description.size) == ("pandas.DataFrame", "10 rows × 2 columns")
    assert "Columns: 'id' (int64), 'text' (" in description.text
    assert "Row 2: 'id': 2, 'text': 'xxx" in description.text
    assert "Row 3" not in description.text
    assert "dtype int64" in describe("context", frame["id"]).text


def test_an_array_is_described_by_its_shape():
    np = pytest.importorskip("numpy")
    description = describe("context", np.arange(12.0).reshape(3, 4))
    assert description.size == "3 × 4"
    assert description.text.splitlines()[1:] == [
        "dtype float64",
        "First values: 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0",
    ]


def test_documents_are_described_by_their_paths(tmp_path):
    for path in ("a.txt", "sub/b.md", "sub/c.md", "x.png"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("some text")
    description = describe("docs", resolve([str(tmp_path)], {}, eval)[0].value)
    assert description.size == "3 documents, 27 bytes"
    assert "Left out: 1 binary file." in description.text
    assert "Suffixes: .md 2, .txt 1." in description.text
    assert "Folders: sub/ 2, ./ 1." in description.text
    assert description.text.endswith("'a.txt' begins:\n| some text")


def test_a_path_is_not_read(tmp_path):
    (tmp_path / "a.txt").write_text("secret")
    description = describe("context", tmp_path / "a.txt")
    assert description.size == "6 bytes"
    assert "secret" not in description.text
    assert "folder" in describe("context", tmp_path).text
    assert "no file" in describe("context", tmp_path / "none").text


def test_a_generator_is_not_advanced():
    numbers = (n for n in range(3))
    assert "not been advanced" in describe("context", numbers).text
    assert fingerprint(numbers) == ""
    assert list(numbers) == [0, 1, 2]


def test_hostile_values_are_described_all_the_same():
    # Not parameters: pytest looks at those itself.
    for value in (Hostile(), NoText(), Endless(), [Hostile()], {"a": Hostile()}, Hostile, print):
        description = describe("context", value)
        assert len(description.text) < 2_000
        assert description.text.startswith(description.type)
        assert fingerprint(value) == fingerprint(value)


def test_addresses_are_masked():
    assert describe("context", object()).text == "object\n<object object at 0x…>"


def test_a_text_keeps_its_own_hexadecimal_numbers():
    assert "0xdeadbeef" in describe("context", "at 0xdeadbeef").text


def test_a_list_that_holds_itself_ends():
    loop = []
    loop.append(loop)
    assert describe("context", loop).size == "1 item"
    assert fingerprint(loop)


def test_other_objects_show_one_bounded_repr():
    assert describe("context", Point(1, "x")).text.endswith("Point(x=1, label='x')")
    assert describe("context", 10**5000).text.endswith("<int of 16,610 bits>")


def huge():
    np, pd = pytest.importorskip("numpy"), pytest.importorskip("pandas")
    return [
        "é" * 100_000_000,
        bytes(100_000_000),
        [0] * 10**8,
        ["x" * 10**7] * 1000,
        dict.fromkeys(range(10**6), "x" * 10**6),
        set(range(10**6)),
        np.zeros((10**4, 10**4)),
        pd.DataFrame(np.zeros((10**6, 20))),
        pd.DataFrame({"text": ["x" * 10**6] * 10}),
        collections.OrderedDict.fromkeys(range(10**6)),
        range(10**12),
    ]


def test_huge_values_are_described_and_recognised_at_once():
    for value in huge():
        for look, limit in ((described, 0.5), (fingerprint, 0.2)):
            best = min(timed(look, value) for _ in range(3))
            assert best < limit, (type(value), look)
        assert len(described(value)) < 5_000


def described(value):
    return describe("context", value).text


def timed(look, value):
    start = time.perf_counter()
    look(value)
    return time.perf_counter() - start


VALUES = """[
    "text", "é" * 10**6, b"bytes", 10**5000, 1.5, None, True, [1, "a", None], {"a": 1, "b": [2]},
    {"x", "y", "z"}, {str(i) for i in range(2000)}, (1, 2), range(5), __import__("pathlib").Path("a/b"),
    __import__("datetime").date(2024, 1, 2), [{"k": {"deep": {"deeper": {"deepest": 1}}}}],
]"""


def test_equal_values_have_equal_fingerprints_and_descriptions_in_every_process():
    code = (
        "from rlm_kernel.context import *\n"
        f"for value in {VALUES}: print(fingerprint(value), describe('x', value).text)"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(pathlib.Path(__file__).parents[2])},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_different_values_have_different_fingerprints():
    values = [
        *eval(VALUES),
        "text ",
        "é" * (10**6 - 1) + "e",
        b"byte",
        [1, "a"],
        {"a": 1},
        [["a"], "b"],
        ["a", ["b"]],
    ]
    assert len({fingerprint(value) for value in values}) == len(values)


def test_the_order_of_a_dict_does_not_matter():
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})


def test_tables_and_arrays_have_fingerprints():
    np, pd = pytest.importorskip("numpy"), pytest.importorskip("pandas")
    for build in (
        np.arange,
        lambda n: pd.DataFrame({"a": range(n)}),
        lambda n: pd.Series(range(n)),
    ):
        assert fingerprint(build(5)) == fingerprint(build(5)) != fingerprint(build(6))


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("", 0, 0),
        ("word " * 1000, 1250, 1250),
        ("привет " * 100, 300, 700),
        ("日本語" * 100, 200, 400),
        ("🦊", 1, 3),
    ],
)
def test_tokens_are_estimated(text, least, most):
    assert least <= estimate_tokens(text) <= most


def test_tokens_of_a_long_text_are_sampled():
    text = "日本語 and English. " * 100_000
    assert estimate_tokens(text) == pytest.approx(
        estimate_tokens(text[:17_000]) * len(text) / 17_000, rel=0.05
    )
    assert timed(estimate_tokens, "é" * 50_000_000) < 1


def test_the_core_imports_no_notebook_and_no_heavy_library():
    modules = [
        "IPython",
        "ipykernel",
        "ipywidgets",
        "traitlets",
        "nbformat",
        "litellm",
        "pandas",
        "numpy",
        "pydantic",
        "pypdf",
        "pyarrow",
    ]
    code = f"import sys, rlm_kernel.context; print([m for m in {modules!r} if m in sys.modules])"
    root = str(pathlib.Path(__file__).parents[2])
    run = subprocess.run([sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True)
    assert run.stdout.strip() == "[]"


def test_an_iterator_that_never_ends_is_no_problem():
    assert describe("context", itertools.count()).type == "itertools.count"


@pytest.mark.parametrize(
    "value",
    [
        lambda key: "a" * 471 + key + "b" * 20_000,
        lambda key: "a" * 20_000 + key + "b" * 480,
        lambda key: ("a" * 180 + key + "b" * 20_000).encode(),
        lambda key: ["a" * 60 + key + "b" * 200],
        lambda key: {"a" * 20 + key + "b" * 200: ["a" * 20 + key] * 9},
        lambda key: type("T", (), {"__repr__": lambda self: "a" * 240 + key + "b" * 1000})(),
    ],
    ids=["head", "tail", "bytes", "list", "dict", "repr"],
)
def test_no_preview_shows_a_part_of_a_key(monkeypatch, value):
    monkeypatch.setenv("SOME_API_KEY", key := "sk-verysecret-1234567890qxyzqx")
    text = mask(describe("x", value(key)).text)
    assert "sk-v" not in text
    assert "qx" not in text
