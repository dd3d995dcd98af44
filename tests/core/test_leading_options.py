"""A line that begins with options and ends with a question, which is taken to the letter."""

from __future__ import annotations

import pytest

from rlm_kernel.lines import leading_options

SWITCHES = frozenset({"--quiet"})


@pytest.mark.parametrize(
    ("line", "options", "question"),
    [
        ("What is it?", "", "What is it?"),
        ("-m offline What's the code?", "-m offline", "What's the code?"),
        ("-c a.txt How many lines contain 'disk 1'?", "-c a.txt", "How many lines contain 'disk 1'?"),
        ('-c "my file.txt" --quiet "How many?"', '-c "my file.txt" --quiet', "How many?"),
        ("--max-steps=3 -moffline Why -m?", "--max-steps=3 -moffline", "Why -m?"),
        ("-m offline -- --dashes first?", "-m offline", "--dashes first?"),
        ("", "", ""),
        ("-m offline", "-m offline", ""),
    ],
)
def test_options_end_where_the_question_begins(line, options, question):
    assert leading_options(line, SWITCHES) == (options, question)
