"""What cells show, told in order, bounded, and to everyone who should know it."""

from __future__ import annotations

import pytest
from live_kernel import DONE, ask, lines

MEGABYTE = 1_000_000


def shown(reply, kind):
    return [m["content"] for m in reply.messages if m["msg_type"] == kind]


def told(kernel):
    """What the model was told after its first cell."""
    return kernel.value("model.root_requests[1].messages[-1].content")


def stored(kernel):
    """The bytes of the run's trajectory."""
    return kernel.value("_rlm.trajectory.path.stat().st_size")


# -- child processes --------------------------------------------------------------------

CHILDREN = {
    "os.system": "import os; os.system('echo from a child')",
    "subprocess": "import subprocess; subprocess.run(['echo', 'from a child'])",
    "stderr": "import os; os.system('echo from a child >&2')",
    "fork": (
        "import multiprocessing as m; p = m.get_context('fork').Process(target=print, args=('from a child',));"
        " p.start(); p.join()"
    ),
}


@pytest.mark.parametrize("way", list(CHILDREN))
def test_output_of_a_child_process_is_shown_recorded_and_told(quiet, way):
    reply = ask(quiet, lines("print('before')", CHILDREN[way] + "; print('after')"), DONE)
    assert reply.text.count("from a child") == 1
    message = told(quiet)
    assert message.count("from a child") == 1
    assert message.index("before") < message.index("from a child") < message.index("after")


def test_output_of_a_child_process_belongs_to_the_cell_that_ran_it(quiet):
    children = [lines(f"import os; x = os.system('echo child {n}')") for n in range(20)]
    ask(quiet, *children, DONE, line="--max-steps 0")
    outputs = "[''.join(o['text'] for c in s.cells for o in c.outputs) for s in _rlm.steps[:-1]]"
    assert quiet.value(outputs) == [f"child {n}\n" for n in range(20)]


def test_a_flood_from_a_child_process_is_cut_with_its_true_length(quiet):
    child = "print('x' * 4_000_000); print('the end')"
    reply = ask(
        quiet, lines(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}]);"), DONE
    )
    assert MEGABYTE <= len(reply.text) < 1.1 * MEGABYTE
    assert "4,000,009 characters in all" in told(quiet)
    assert "the end" in told(quiet)


def test_nothing_of_how_it_is_waited_for_is_shown(quiet):
    reply = ask(quiet, lines("import os; os.system('printf x')"), DONE)
    assert reply.text == "x"


def test_the_streams_are_as_before_after_a_run(quiet):
    write = "[str(s.write) for s in (__import__('sys').stdout, __import__('sys').stderr)]"
    before = quiet.value(write)
    ask(quiet, lines("import os; os.system('echo x')"), DONE)
    assert quiet.value(write) == before


def test_output_written_through_a_stream_kept_from_before_is_told(quiet):
    quiet.run("import sys; kept = sys.stdout")
    ask(quiet, lines("print('through the back door', file=kept)"), DONE)
    assert "through the back door" in told(quiet)


# -- errors -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "length"),
    [
        ("raise ValueError('w' * 20_000_000)", "20,000,0"),
        ("float('1.5 ' * 2_500_000)", "10,000,0"),
        ("{}['k' * 10_000_000]", "10,000,0"),
    ],
)
def test_an_error_with_a_huge_message_is_bounded_everywhere(quiet, code, length):
    reply = ask(quiet, lines(code), DONE)
    assert sum(len(str(content)) for content in shown(reply, "error")) < 100_000
    assert length in reply.errors[0]
    assert stored(quiet) < MEGABYTE
    assert f"[… cut: {length}" in told(quiet)
    assert len(told(quiet)) < 10_000


def test_an_error_with_an_ordinary_message_is_shown_as_ever(quiet):
    reply = ask(quiet, lines("raise ValueError('w' * 3_000)"), DONE)
    assert "w" * 3_000 in reply.errors[0]
    assert shown(reply, "error")[0]["evalue"] == "w" * 3_000


# -- rich displays ----------------------------------------------------------------------


def test_a_rich_display_that_is_too_large_is_replaced_by_a_sentence(quiet):
    reply = ask(
        quiet, lines("from IPython.display import JSON", "display(JSON({'a': 'j' * 31_000_000}))"), DONE
    )
    data = shown(reply, "display_data")[0]["data"]
    assert "application/json" not in data
    assert "application/json of 31,000,0" in data["text/plain"]
    assert stored(quiet) < MEGABYTE
    assert "application/json of 31,000,0" in told(quiet)


def test_html_is_shown_whole_beyond_the_limit_of_text_and_never_told(quiet):
    code = (
        "from IPython.display import HTML",
        "display(HTML('<b>' + 'h' * 3_000_000 + '</b>'))",
        "print('text')",
    )
    reply = ask(quiet, lines(*code), DONE)
    assert len(shown(reply, "display_data")[0]["data"]["text/html"]) == 3_000_007
    assert reply.text == "text\n"
    assert "hhh" not in told(quiet)


def test_an_update_of_a_display_is_bounded_too(quiet):
    reply = ask(quiet, lines("h = display('a', display_id=True)", "h.update('u' * 3_000_000)"), DONE)
    assert len(shown(reply, "update_display_data")[0]["data"]["text/plain"]) < 1.1 * MEGABYTE
    assert "3,000,002 characters in all" in shown(reply, "update_display_data")[0]["data"]["text/plain"]


# -- keys -------------------------------------------------------------------------------


def test_a_key_that_a_cut_goes_through_does_not_reach_the_model_or_the_record(quiet):
    key = "sk-verysecret-1234567890abcdef"
    quiet.run(
        f"import os; os.environ['MY_TEST_API_KEY'] = KEY = '{key}'\ndoc = 'a' * 471 + KEY + 'b' * 20_000"
    )
    try:
        ask(
            quiet,
            lines("print('a' * 11_990 + KEY + 'b' * 20_000)"),
            lines("print('c' * 999_990 + KEY + 'd' * 9_995 + KEY + 'e' * 19_995)"),
            DONE,
            line="-c doc",
        )
        sent = quiet.value("[m.content for r in model.root_requests for m in r.messages]")
        assert not [text for text in sent if "sk-very" in text or "90abcdef" in text]
        assert quiet.value("'sk-very' in _rlm.trajectory.path.read_text()") is False
        assert quiet.value("'0abcdef' in _rlm.trajectory.path.read_text()") is False
    finally:
        quiet.run("del os.environ['MY_TEST_API_KEY'], KEY")


# -- a human's cells --------------------------------------------------------------------


def test_what_a_human_shows_while_a_run_is_paused_is_never_cut(quiet):
    ask(quiet, lines("x = 1"), line="--max-steps 1")
    assert quiet.value("_rlm.status") == "paused"
    reply = quiet.run("print('h' * 3_000_000)")
    assert len(reply.text) == 3_000_001
    reply = quiet.run("'h' * 3_000_000")
    assert len(shown(reply, "execute_result")[0]["data"]["text/plain"]) == 3_000_002
    reply = quiet.run("raise ValueError('w' * 1_000_000)")
    assert "w" * 1_000_000 in reply.errors[0]
    assert stored(quiet) < 4 * MEGABYTE


def test_what_a_humans_child_process_writes_while_a_run_is_paused_is_told(quiet):
    ask(quiet, lines("x = 1"), lines("x = 2"), DONE, line="--max-steps 1")
    quiet.run("import os; x = os.system('echo from the human')")
    quiet.run("%rlm resume --max-steps 9")
    assert "from the human" in quiet.value("told(model)")


# -- equal runs -------------------------------------------------------------------------

VARYING = {
    "exit": "import sys; sys.exit(3)",
    "thread": (
        "import threading; t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()\n"
        "print(t, threading.current_thread())"
    ),
    "task": "import asyncio\nt = asyncio.create_task(asyncio.sleep(0)); await t\nprint(t)",
    "execution": "get_ipython().run_cell('x = 1')",
}


@pytest.mark.parametrize("what", list(VARYING))
def test_equal_cells_in_one_kernel_are_told_alike(quiet, what):
    messages = []
    for _ in range(2):
        quiet.run("for name in ('sys', 'threading', 't', 'asyncio', 'x'): globals().pop(name, None)")
        ask(quiet, lines(*VARYING[what].split("\n")), DONE)
        messages.append(told(quiet))
    assert messages[0] == messages[1]
    assert "site-packages" not in messages[0]


def test_an_answer_that_is_no_unicode_is_shown_all_the_same(quiet):
    quiet.run("model = script(finish(r\"'a\\ud800b'\"))")
    reply = quiet.run("%%rlm\nq")
    assert (reply.status, reply.errors) == ("ok", [])
    assert reply.outputs[-1]["data"]["text/plain"] == "a\N{REPLACEMENT CHARACTER}b"
    assert quiet.value("result == 'a\\ud800b'") is True
