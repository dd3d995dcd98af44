"""The observation: what the model is told about a cell that ran."""

from __future__ import annotations

import time

import pytest
from doubles import ScriptedClient, cell, finish, launch, told

from rlm_kernel.interfaces import CellError, CellResult
from rlm_kernel.messages.observation import CELL_LIMIT, MAX_NAMES, clean, cut, observe_cell
from rlm_kernel.namespaces import NameChange


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def seen(*lines):
    """What the model is told of a cell, without the line on names and step."""
    client = ScriptedClient([cell(*lines), finish("1")])
    launch(client)
    return told(client)


def test_outputs_are_told_in_the_order_they_came():
    text = seen(
        "import sys",
        "print('one')",
        "print('two', file=sys.stderr)",
        "display('three')",
        "print('four')",
        "'five'",
    )
    assert [text.index(word) for word in ("one", "two", "'three'", "four", "'five'")] == sorted(
        text.index(word) for word in ("one", "two", "'three'", "four", "'five'")
    )


def test_a_cell_without_output_is_said_to_have_none():
    assert seen("x = 1").startswith("Cell 1.1: ran, no output\nNames: `x` set (int)")
    assert "None" not in seen("None")


def test_a_semicolon_hides_the_last_value():
    assert seen("5;").startswith("Cell 1.1: ran, no output")


def test_a_long_output_is_cut_in_the_middle_with_its_true_length():
    text = seen("print('H' * 15_000 + 'M' * 30_000 + 'T' * 15_000)")
    assert "60,001 characters in all" in text
    assert "M" not in text.replace("Many", "")
    assert text.count("H") == 12_000
    assert text.count("T") == 8_000 - 1 + text.count("The")
    assert len(text) < CELL_LIMIT + 500


def test_an_output_too_long_to_keep_tells_its_true_length_too():
    text = seen("for _ in range(30): print('x' * 99_999)", "print('the end')")
    assert "3,000,008 characters in all" in text
    assert "the end" in text


def test_the_error_always_survives_a_long_output():
    text = seen("print('x' * 100_000)", "raise ValueError('the reason')")
    assert "Cell 1.1: raised ValueError" in text
    assert "ValueError: the reason" in text
    assert "100,001 characters in all" in text


def test_no_cut_leaves_a_part_of_a_key(monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", key := "sk-verysecret-1234567890qxqxqx")
    for before in range(11_950, 12_030, 7):
        text = seen(f"print('a' * {before} + '{key[:9]}' '{key[9:]}' + 'b' * 20_000)")
        assert "sk-v" not in text
        assert "qx" not in text
        assert f"{before + len(key) + 20_001:,} characters in all" in text


def test_an_error_with_a_huge_text_is_told_in_part_with_its_true_length():
    text = seen("raise ValueError('begin' + 'w' * 20_000_000 + 'end')")
    assert "ValueError: begin" in text
    assert "20,000,0" in text
    assert "end\n" in text
    assert len(text) < 6_000


def test_errors_that_led_to_each_other_in_a_circle_are_told_once():
    text = seen(
        "a, b = KeyError('a'), ValueError('b')", "a.__context__, b.__context__ = b, a", "raise a from b"
    )
    assert text.count("ValueError: b") == 1
    assert "raised KeyError" in text


def test_a_long_chain_of_errors_is_told_in_part():
    text = seen(
        "error = None", "for n in range(2_000): e = KeyError(n); e.__cause__ = error; error = e", "raise e"
    )
    assert "KeyError: 0\n" in text
    assert "[… 1,990 more errors …]" in text
    assert "KeyError: 1999" in text
    assert len(text) < 7_000


def test_a_keyboard_interrupt_of_the_cells_own_is_an_error_like_any_other():
    text = seen("raise KeyboardInterrupt('mine')")
    assert "raised KeyboardInterrupt" in text
    assert "KeyboardInterrupt: mine" in text
    assert "interrupted" not in text


def test_a_cell_that_empties_its_namespace_leaves_the_tools_to_the_next():
    client = ScriptedClient(
        [cell("globals().clear()"), cell("llm_query('a'), display, len(context)"), finish("1")]
    )
    launch(client)
    assert "'reply to a'" in told(client)


def test_output_at_the_limit_is_whole():
    assert cut("x" * CELL_LIMIT, CELL_LIMIT) == "x" * CELL_LIMIT
    assert "cut" in cut("x" * (CELL_LIMIT + 1), CELL_LIMIT)


def test_a_traceback_has_only_the_cells_own_frames_and_the_library_in_a_line():
    text = seen("import json", "def load(s):", "    return json.loads(s)", "load('{')")
    assert "Cell 1.1, line 4\n    load('{')" in text
    assert "Cell 1.1, line 3, in load" in text
    assert "… in raw_decode, json/decoder.py" in text
    assert "rlm_kernel" not in text


def test_the_error_of_a_call_of_ours_ends_at_the_line_that_called():
    text = seen("llm_query(3)")
    assert "raised TypeError" in text or "raised UsageError" in text
    assert "Cell 1.1, line 1\n    llm_query(3)" in text
    assert "rlm_kernel" not in text
    assert " … in" not in text


def test_a_library_that_one_of_our_functions_called_is_named():
    text = seen(
        "context = display",
        "display(type('Bad', (), {'__repr__': lambda self: __import__('json').loads('{')})())",
    )
    assert "… in raw_decode, json/decoder.py" in text
    assert "rlm_kernel" not in text


def test_a_deep_recursion_is_told_in_few_lines():
    text = seen("def f(n): return f(n + 1)", "f(0)")
    assert "RecursionError" in text
    assert "more times" in text
    assert len(text) < 1_500


def test_a_syntax_error_names_the_cell():
    text = seen("x = = 1")
    assert "raised SyntaxError" in text
    assert "Cell 1.1" in text
    assert "<cell" not in text


def test_the_cause_of_an_error_is_told():
    text = seen("try: 1 / 0", "except ZeroDivisionError as error: raise KeyError('k') from error")
    assert text.index("ZeroDivisionError") < text.index("which led to") < text.index("KeyError: 'k'")


def test_an_exception_whose_text_fails_is_told_all_the_same():
    text = seen("class Bad(Exception):", "    def __str__(self): raise ValueError('no')", "raise Bad")
    assert "raised Bad" in text


def test_a_repr_that_fails_is_an_error_of_the_cell():
    assert "raised ValueError" in seen(
        "class Bad:", "    def __repr__(self): raise ValueError('no')", "Bad()"
    )


def test_exit_in_a_cell_is_an_observation():
    assert "raised SystemExit" in seen("import sys", "sys.exit(3)")


def test_colours_are_taken_out():
    assert observe_cell("1.1", CellResult([stream("\x1b[31mred\x1b[0m")])) == "Cell 1.1: ran\nred"


def test_an_image_is_named_not_shown():
    output = {
        "output_type": "display_data",
        "data": {"image/png": "iVBORw0KGgo", "text/plain": "<Figure>"},
        "metadata": {},
    }
    text = observe_cell("1.1", CellResult([output]))
    assert "<Figure> [image/png: shown to the user]" in text
    assert "iVBOR" not in text


@pytest.mark.parametrize("text", ["<object at 0x7f8e5a326cd0>", "<function f at 0x104f3e5e0>"])
def test_memory_addresses_are_masked(text):
    assert "at 0x…>" in observe_cell("1.1", CellResult([stream(text)]))


@pytest.mark.parametrize(
    "file",
    [
        "/tmp/ipykernel_12864/1366762928.py",
        "/var/folders/zz/x_y/T/ipykernel_7/22.py",
        r"C:\Users\me\AppData\Local\Temp\ipykernel_1\2.py",
        "<ipython-input-7-0a1b2c3d>",
        "<cell 3.14>",
    ],
)
def test_the_files_that_stand_for_cells_have_one_name(file):
    assert clean(f"{file}:2: UserWarning: careful") == "<cell>:2: UserWarning: careful"
    assert clean(f'  File "{file}", line 2, in work') == '  File "<cell>", line 2, in work'


@pytest.mark.parametrize("text", ["/tmp/ipykernel.py:2", "/data/2.py", "<cell>", "<cell 3>", "a/b/c " * 3])
def test_other_files_keep_their_names(text):
    assert clean(text) == text


def test_masking_the_files_of_cells_takes_time_in_proportion_to_the_text():
    began = time.perf_counter()
    clean("/a" * 500_000)
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Exception in thread Thread-9 (f):\nx", "Exception in thread Thread-… (f):\nx"),
        ("<Thread(Thread-9 (f), started daemon 139726652552896)>", "<Thread(Thread-… (f), started daemon)>"),
        ("<MyThread(worker, stopped 139726652552896)>", "<MyThread(worker, stopped)>"),
        ("<Task finished name='Task-111' coro=<f() done>", "<Task finished name='Task-…' coro=<f() done>"),
        ("<ExecutionResult object at 7f573d976990, execution_count=36 e", "<ExecutionResult object at … e"),
        ("<ExecutionInfo object at 7f573d976990, raw", "<ExecutionInfo object at …, raw"),
        (
            "a\n/lib/IPython/core/interactiveshell.py:3587: UserWarning: To exit: x\n  warn('To exit')\nb",
            "a\nb",
        ),
    ],
)
def test_numbers_that_python_counts_up_are_masked(said, told):
    assert clean(said) == told


@pytest.mark.parametrize(
    "text",
    [
        "[Thread-9] started",
        "in Exception in thread Thread-9",
        "Task-111 is done",
        "name='Task-111'",
        "UserWarning: careful\n  warn('x')",
        "object at 7f573d976990",
        "(Thread-9, started 139726652552896)",
    ],
)
def test_the_same_words_in_data_are_left_alone(text):
    assert clean(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "<Thread(Thread-" * 100_000,
        "<a(" * 300_000 + ", started",
        "<Task name='Task-" * 100_000,
        "UserWarning: To exit: " * 50_000,
        "UserWarning: To exit: \n " * 50_000,
        "<Execution" * 100_000,
        "<" + "w" * 1_000_000 + "(Thread-",
    ],
)
def test_masking_numbers_takes_time_in_proportion_to_the_text(text):
    began = time.perf_counter()
    clean(text)
    assert time.perf_counter() - began < 5


def test_equal_cells_that_print_their_file_say_the_same():
    lines = ("import sys, traceback", "def work():", "    traceback.print_stack(limit=1)", "work()")
    assert 'File "<cell>", line 3, in work' in seen(*lines)
    assert seen(*lines) == seen(*lines)


def test_an_interrupted_cell_is_said_to_be():
    result = CellResult(
        [stream("so far")], CellError("KeyboardInterrupt", "", "Traceback…"), interrupted=True
    )
    assert observe_cell("3.2", result) == "Cell 3.2: was interrupted\nso far"


def test_names_beyond_a_number_are_counted():
    names = [NameChange(f"n{i}", "set", "int") for i in range(MAX_NAMES + 5)]
    text = observe_cell("1.1", CellResult(), names)
    assert "`n39` set (int); and 5 more" in text
    assert "n40" not in text


def test_times_and_execution_counts_are_not_told():
    quick = CellResult([stream("x")], seconds=0.1, execution_count=3)
    slow = CellResult([stream("x")], seconds=9.9, execution_count=7)
    assert observe_cell("1.1", quick) == observe_cell("1.1", slow)
