"""Taking a reply apart: thought, cells, and finishing forms in prose."""

from __future__ import annotations

import time

import pytest

from rlm_kernel.messages.reply import prose_final, split_reply


def cells(*lines):
    return list(split_reply("\n".join(lines)).cells)


@pytest.mark.parametrize("info", ["repl", "python", "py", "", "Python", "REPL ", " python", "python title=x"])
def test_fences_that_are_run(info):
    assert cells(f"```{info}", "x = 1", "```") == ["x = 1"]


@pytest.mark.parametrize("info", ["bash", "json", "text", "javascript", "pycon", "sql"])
def test_other_languages_are_not_run_and_stay_in_the_thought(info):
    parts = split_reply(f"Look:\n```{info}\nx = 1\n```\ndone")
    assert parts.cells == ()
    assert parts.thought == f"Look:\n```{info}\nx = 1\n```\ndone"


def test_the_thought_is_what_stands_outside_the_cells():
    parts = split_reply("First.\n```repl\na\n```\nThen.\n```repl\nb\n```\nDone.")
    assert parts.thought == "First.\nThen.\nDone."
    assert parts.cells == ("a", "b")


def test_a_cell_inside_a_fence_of_another_language_is_not_run():
    assert cells("````markdown", "```python", "x = 1", "```", "````") == []


def test_a_fence_of_four_backticks_holds_one_of_three():
    assert cells("````repl", "text = '''", "```", "'''", "````") == ["text = '''\n```\n'''"]


def test_a_longer_fence_closes_a_shorter_one():
    assert cells("```repl", "x", "````", "after") == ["x"]


@pytest.mark.parametrize("quote", ['"""', "'''"])
def test_a_fence_line_inside_a_string_literal_does_not_end_the_block(quote):
    code = ["prompt = " + quote, "Example:", "```", "code", "```", quote, "x = llm_query(prompt)"]
    assert cells("```repl", *code, "```", "and on") == ["\n".join(code)]


def test_quotes_in_comments_and_in_strings_do_not_open_a_literal():
    code = ['# don\'t say """ here', "x = \"it's '''\"", 'y = \'"""\'', "z = 'a\\'b'"]
    assert cells("```repl", *code, "```", "```repl", "b", "```") == ["\n".join(code), "b"]


def test_a_literal_that_is_never_closed_does_not_swallow_the_rest():
    assert cells("```repl", 'x = """oops', "```", "```repl", "y = 2", "```") == ['x = """oops', "y = 2"]


def test_an_indented_fence_is_dedented():
    assert cells("1. Do:", "   ```repl", "   if x:", "       y", "   ```") == ["if x:\n    y"]


def test_an_unclosed_last_fence_counts_and_says_so():
    parts = split_reply("```repl\nx = 1\n```\n```repl\ny = 2")
    assert parts.cells == ("x = 1", "y = 2")
    assert parts.unclosed
    assert not split_reply("```repl\nx = 1\n```").unclosed


def test_an_empty_fence_is_no_cell():
    assert cells("```repl", "   ", "```") == []
    assert not split_reply("```repl").unclosed


def test_code_tags_are_a_cell():
    assert cells("Thought: look.", "<code>", "x = 1", "</code>") == ["x = 1"]
    assert cells("<code>x = 1</code>") == ["x = 1"]
    assert cells("<code>", "x = '''", "</code>", "'''", "</code>") == ["x = '''\n</code>\n'''"]
    assert split_reply("<code>\nx = 1").unclosed


@pytest.mark.parametrize(
    "line",
    [
        "print('</code>')",
        'print("</code>", f"{x}</code>")',
        "print('it\\'s </code>')",
        "x = 'one \\\n</code> two'",
        "x = re.sub(r'<code>.*</code>', '', y)  # isn't it",
    ],
)
def test_a_code_tag_inside_a_string_of_one_line_does_not_end_the_block(line):
    assert cells("<code>", line, "answer['ready'] = True", "</code>", "It's done.") == [
        f"{line}\nanswer['ready'] = True"
    ]


@pytest.mark.parametrize("line", ["x = 1  # it's done", "print('oops)", "x = 1  # </c>"])
def test_a_quote_that_opens_no_string_hides_no_end_of_code(line):
    assert cells(f"<code>{line}</code>", "It's 'so'.", "<code>y = 2</code>") == [line, "y = 2"]


def test_a_long_reply_is_read_in_proportion_to_its_length():
    began = time.perf_counter()
    assert len(cells("```repl", 'x = """', "it's " * 200_000, "```", '"""', "```")) == 1
    assert cells("```repl", "x = '" * 200_000, "```") == ["x = '" * 200_000]
    assert time.perf_counter() - began < 5


def test_backticks_in_a_line_of_prose_are_no_fence():
    assert cells("Use ```x = 1``` here.", "```inline``` too") == []


def test_windows_line_ends_are_line_ends():
    assert cells("```repl\r", "x = 1\r", "y = 2\r", "```\r") == ["x = 1\ny = 2"]


@pytest.mark.parametrize("separator", ["\u2028", "\x0c", "\x85", "\x1c"])
def test_other_separators_inside_a_string_literal_stay(separator):
    assert cells("```repl", f"parts = text.split('{separator}')", "```") == [
        f"parts = text.split('{separator}')"
    ]


def test_a_reply_without_code_is_all_thought():
    parts = split_reply("  I wonder.\n")
    assert (parts.thought, parts.cells, parts.unclosed) == ("I wonder.", (), False)
    assert split_reply("") == split_reply("\n\n")


# -- finishing in prose ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("prose", "function", "argument"),
    [
        ("FINAL(42)", "FINAL", "42"),
        ("Done.\n  FINAL(forty (or 42) items)\nbye", "FINAL", "forty (or 42) items"),
        ("FINAL_VAR(result)", "FINAL_VAR", "result"),
        ('FINAL_VAR("result")', "FINAL_VAR", '"result"'),
        ('FINAL("a ) b")', "FINAL", '"a ) b"'),
        ("FINAL(it doesn't (really) matter)", "FINAL", "it doesn't (really) matter"),
        ("FINAL(line one\nline two)", "FINAL", "line one\nline two"),
        ("FINAL(first)\nFINAL(second)", "FINAL", "first"),
    ],
)
def test_finishing_forms(prose, function, argument):
    final = prose_final(prose)
    assert (final.function, final.argument) == (function, argument)


@pytest.mark.parametrize(
    "prose",
    [
        "I will call FINAL(x) soon.",
        "FINAL",
        "final(x)",
        "MYFINAL(x)",
        "```text\nFINAL(x)\n```",
        "> FINAL(x)",
        "FINAL(never closed",
    ],
)
def test_what_does_not_finish(prose):
    assert prose_final(prose) is None
