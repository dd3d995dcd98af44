"""A model's cells are cells that the user might have typed."""

from __future__ import annotations

from live_kernel import DONE, ask, lines


def cells(kernel):
    """For each cell of the latest run: what it raised, its outputs' types and its number."""
    return kernel.value(
        "[[c.error and c.error.ename, [o['output_type'] for o in c.outputs], c.execution_count] "
        "for s in _rlm.steps for c in s.cells]"
    )


def test_the_answer_is_bound_and_displayed_as_an_object(quiet):
    reply = ask(quiet, "finish(\"{'a': [1, 2]}\")")
    assert reply.status == "ok"
    assert reply.outputs[-1]["data"]["text/plain"] == "{'a': [1, 2]}"
    assert quiet.value("result") == {"a": [1, 2]}
    assert quiet.value("[_rlm.status, _rlm.reason]") == ["finished", "answer"]


def test_variables_of_a_failed_cell_survive(quiet):
    ask(quiet, lines("kept = 41", "1 / 0", "lost = 1"), lines("kept += 1"), DONE)
    assert quiet.value("[kept, 'lost' in globals()]") == [42, False]


def test_a_failing_cell_is_shown_and_is_no_error_of_the_question(quiet):
    reply = ask(quiet, lines("1 / 0"), DONE)
    assert reply.status == "ok"
    assert len(reply.errors) == 1
    assert "ZeroDivisionError" in reply.errors[0]
    assert cells(quiet)[0][:2] == ["ZeroDivisionError", ["error"]]


def test_functions_see_later_changes_of_globals(quiet):
    ask(quiet, lines("base = 1", "def plus(n): return base + n"), lines("base = 10", "seen = plus(1)"), DONE)
    assert quiet.value("seen") == 11
    quiet.run("base = 100")
    assert quiet.value("plus(1)") == 101


def test_underscored_names_persist(quiet):
    ask(quiet, lines("_private = 1", "__dunder = 2"), lines("both = [_private, __dunder]"), DONE)
    assert quiet.value("both") == [1, 2]


def test_imports_and_classes_work_across_cells(quiet):
    ask(
        quiet,
        lines("import collections", "class Point:", "    def __init__(self, x): self.x = x"),
        lines("class Sub(Point):", "    pass", "n = Sub(3).x; c = collections.Counter('aab')['a']"),
        DONE,
    )
    assert quiet.value("[n, c]") == [3, 2]


def test_classes_of_a_cell_can_be_pickled(quiet):
    ask(
        quiet,
        lines("import pickle", "class P:", "    pass", "same = type(pickle.loads(pickle.dumps(P()))) is P"),
        DONE,
    )
    assert quiet.value("same") is True


def test_cells_run_on_the_main_thread(quiet):
    code = "import threading; on_main = threading.current_thread() is threading.main_thread()"
    ask(quiet, lines(code), DONE)
    assert quiet.value("on_main") is True


def test_top_level_await_gather_and_asyncio_run_work(quiet):
    ask(
        quiet,
        lines("import asyncio", "await asyncio.sleep(0.01)"),
        lines("replies = await asyncio.gather(*[allm_query(str(i)) for i in range(3)])"),
        lines("async def f(): return 7", "seven = asyncio.run(f())"),
        DONE,
    )
    assert quiet.value("replies") == ["reply to 0", "reply to 1", "reply to 2"]
    assert quiet.value("seven") == 7
    assert [error for error, *_ in cells(quiet)] == [None] * 4


def test_the_kernels_own_loop_still_works_after_a_run(quiet):
    ask(quiet, lines("import asyncio", "await asyncio.sleep(0)"), DONE)
    reply = quiet.run("import asyncio\nawait asyncio.sleep(0.01)\nprint('awaited')")
    assert reply.text == "awaited\n"


def test_line_magics_work(quiet):
    reply = ask(quiet, lines("%timeit -n 1 -r 1 sum(range(10))"), DONE)
    assert "per loop" in reply.text
    assert cells(quiet)[0][0] is None


def test_cell_magics_work(quiet):
    reply = ask(quiet, lines("%%time", "timed = 5"), DONE)
    assert "Wall time" in reply.text
    assert quiet.value("timed") == 5


def test_shell_commands_work_and_are_recorded(quiet, tmp_path):
    (tmp_path / "seen-by-ls.txt").write_text("x")
    reply = ask(quiet, lines("!ls", "files = !ls"), DONE)
    assert "seen-by-ls.txt" in reply.text
    assert "seen-by-ls.txt" in quiet.value("list(files)")
    assert "seen-by-ls.txt" in quiet.value("told(model)")


def test_matplotlib_figures_are_shown_in_their_own_step(quiet):
    plot = ("import matplotlib.pyplot as plt", "plt.plot([1, 2]);")
    reply = ask(quiet, lines("%matplotlib inline"), lines(*plot), lines("print('after')"), DONE)
    kinds = ["png" if "image/png" in o.get("data", {}) else o.get("text") for o in reply.outputs]
    assert kinds[:2] == ["png", "after\n"]
    assert cells(quiet)[1][1] == ["display_data"]
    assert "image/png" in quiet.value("model.root_requests[2].messages[-1].content")


def test_html_and_data_frames_display_richly_and_are_told_as_text(quiet):
    reply = ask(
        quiet,
        lines("import pandas as pd", "pd.DataFrame({'column': [1]})"),
        lines("from IPython.display import HTML, display", "display(HTML('<b>bold</b>'))"),
        DONE,
    )
    assert "<table" in reply.outputs[0]["data"]["text/html"]
    assert reply.outputs[1]["data"]["text/html"] == "<b>bold</b>"
    assert "column" in quiet.value("model.root_requests[1].messages[-1].content")


def test_a_display_is_updated_where_it_stands(quiet):
    code = (
        "from IPython.display import display",
        "h = display('first', display_id=True)",
        "h.update('second')",
    )
    reply = ask(quiet, lines(*code), DONE)
    assert [o["data"]["text/plain"] for o in reply.outputs[:-1]] == ["'second'"]
    assert "'second'" in quiet.value("told(model)")
    assert "'first'" not in quiet.value("told(model)")


def test_clear_output_clears_what_the_model_is_told(quiet):
    code = ("from IPython.display import clear_output", "print('gone')", "clear_output()", "print('stays')")
    ask(quiet, lines(*code), DONE)
    assert "gone" not in quiet.value("told(model)").replace("print('gone')", "")
    assert "stays" in quiet.value("told(model)")


def test_outputs_come_as_they_are_made_once_and_in_order(quiet, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    wait = "while not pathlib.Path({!r}).exists(): time.sleep(0.01)"
    code = (
        "import pathlib, sys, time",
        "print('one')",
        wait.format(str(first)),
        "print('two', file=sys.stderr)",
        wait.format(str(second)),
        "display('three')",
        "print('four')",
        "5",
    )
    # The cell goes on only when what it has shown so far has come.
    reply = ask(quiet, lines(*code), DONE, when_shown={"one": first.touch, "two": second.touch})
    shown = [o.get("text") or o["data"]["text/plain"] for o in reply.outputs[:-1]]
    assert shown == ["one\n", "two\n", "'three'", "four\n", "5"]


def test_each_cell_has_a_place_in_the_history(quiet):
    reply = ask(quiet, lines("6 * 7"), lines("_ + 1"), DONE, question="what?")
    first, second, third = [number for *_, number in cells(quiet)]
    assert [second, third] == [first + 1, first + 2]
    assert quiet.value(f"[Out[{first}], Out[{second}], In[{first}]]") == [42, 43, "6 * 7"]
    assert "what?" in quiet.value(f"In[{reply.execution_count}]")


def test_the_question_keeps_its_own_prompt_number(quiet):
    reply = ask(quiet, lines("1"), lines("2"), DONE)
    assert reply.execution_count == reply.input_count
    after = quiet.run("'next'")
    assert after.execution_count == after.input_count
    assert after.execution_count > max(number for *_, number in cells(quiet))


def test_numbers_of_the_question_and_of_its_cells_all_differ(quiet):
    reply = ask(quiet, lines("1"), DONE)
    numbers = [reply.execution_count, *(number for *_, number in cells(quiet))]
    assert len(set(numbers)) == len(numbers)


def test_a_thread_that_prints_prints_into_its_own_cell(quiet):
    code = (
        "import threading",
        "t = threading.Thread(target=print, args=('from a thread',))",
        "t.start(); t.join()",
    )
    reply = ask(quiet, lines(*code), DONE)
    assert reply.text == "from a thread\n"
    assert "from a thread" in quiet.value("model.root_requests[1].messages[-1].content")


def test_threads_may_call_models(quiet):
    code = (
        "from concurrent.futures import ThreadPoolExecutor",
        "with ThreadPoolExecutor(4) as pool:",
        "    replies = list(pool.map(llm_query, 'abcd'))",
    )
    ask(quiet, lines(*code), DONE)
    assert quiet.value("replies") == [f"reply to {c}" for c in "abcd"]
    assert (
        quiet.value(
            "len([e for e in _rlm.trajectory.events if e.type == 'call_started' and e.role == 'sub'])"
        )
        == 4
    )


def test_children_print_into_their_own_cells_only(quiet):
    quiet.run(
        "def say(request):\n"
        "    if 'child' not in request.messages[1].content:\n"
        "        return cell(\"xs = rlm_query_batched(['child', 'child'], contexts=[1, 2]); FINAL(xs)\")\n"
        "    return cell('import time; time.sleep(0.1); print(context); FINAL(context)')"
    )
    reply = ask(quiet, "say")
    assert reply.text == ""
    assert quiet.value("[_rlm.answer, [c.steps[0].cells[0].outputs[0]['text'] for c in _rlm.children]]") in (
        [[1, 2], ["1\n", "2\n"]],
        [[1, 2], ["2\n", "1\n"]],
    )


def test_standard_streams_are_the_kernels_own_after_a_run(quiet):
    quiet.run("import sys; before = sys.stdout, sys.stderr")
    ask(quiet, lines("import sys, io", "sys.stdout = io.StringIO()", "print('into the void')"), DONE)
    assert quiet.value("[sys.stdout is before[0], sys.stderr is before[1]]") == [True, True]


def test_a_syntax_error_is_an_observation(quiet):
    reply = ask(quiet, lines("def broken(:"), DONE)
    assert reply.status == "ok"
    assert cells(quiet)[0][0] == "SyntaxError"
    assert "SyntaxError" in quiet.value("model.root_requests[1].messages[-1].content")


def test_the_model_is_told_of_names_and_outputs(quiet):
    ask(quiet, lines("numbers = [1, 2, 3]", "print('hello')"), DONE)
    message = quiet.value("model.root_requests[1].messages[-1].content")
    assert "hello" in message
    assert "`numbers` set (list, 3 items)" in message
