"""An interrupt, whatever runs: back soon, nothing lost, and the run goes on when told to."""

from __future__ import annotations

import random
import time

import pytest
from live_kernel import DONE, ask, lines

SOON = 8.0
"""Seconds; about a second is meant, on a machine that has nothing else to do."""
INSISTED = 4.0
"""The same for code that, left to itself, would end after five seconds."""


def state(kernel):
    return kernel.value("[_rlm.status, _rlm.reason]")


def assert_paused(kernel, reply, within=SOON):
    assert reply.status == "error"
    assert reply.seconds_after_interrupt < within
    assert state(kernel) == ["paused", "interrupt"]
    assert kernel.is_alive()


def wait_for(kernel, holds, seconds=5):
    until = time.monotonic() + seconds
    while not kernel.value(holds):
        assert time.monotonic() < until, holds
        time.sleep(0.05)


def no_calls_in_flight(kernel):
    return kernel.value("model.in_flight + getattr(model, 'waiting', 0)") == 0


def test_an_interrupted_sleep_pauses_and_the_cell_ends_in_one_sentence(quiet):
    reply = ask(
        quiet, lines("before = 1", "import time", "print('go'); time.sleep(20)"), DONE, interrupt_on="go"
    )
    assert_paused(quiet, reply)
    assert quiet.value("before") == 1
    last = reply.errors[-1]
    assert last.startswith("rlm: paused in step 1")
    assert "%rlm resume" in last
    assert "Traceback" not in last


def test_an_interrupted_loop_pauses(quiet):
    reply = ask(quiet, lines("print('go')", "while True: pass"), DONE, interrupt_on="go")
    assert_paused(quiet, reply)


@pytest.mark.parametrize(
    "body",
    [
        ["while True:", "    try:", "        time.sleep(20)", "    except:", "        pass"],
        [
            "while True:",
            "    try:",
            "        n = 0",
            "        while True: n += 1",
            "    except BaseException: n = 1",
        ],
        [
            "def f():",
            "    try:",
            "        time.sleep(20)",
            "    except KeyboardInterrupt:",
            "        return f()",
            "f()",
        ],
        [
            "while True:",
            "    try:",
            "        while True:",
            "            try: time.sleep(20)",
            "            except: pass",
            "    except: pass",
        ],
        ["while True:", "    try: await asyncio.sleep(20)", "    except BaseException: pass"],
        [
            "async def f(asyncio=asyncio):",  # `%reset` would leave it a loop without an await
            "    while True:",
            "        try: await asyncio.sleep(20)",
            "        except BaseException: pass",
            "await asyncio.gather(f(), asyncio.create_task(f()))",
        ],
        [
            "async def f(asyncio=asyncio):",
            "    while True:",
            "        try: await asyncio.sleep(0)",
            "        except BaseException: pass",
            "await f()",
        ],
    ],
)
def test_a_cell_that_swallows_the_interrupt_is_ended_all_the_same(quiet, body):
    code = lines("import asyncio, time; print('go')", *body)
    reply = ask(quiet, code, DONE, interrupt_on="go", timeout=30)
    assert_paused(quiet, reply)
    assert quiet.run("await asyncio.sleep(0)").status == "ok"


def test_tracing_is_left_as_it_was_after_insisting(quiet):
    body = ["while True:", "    try:", "        time.sleep(20)", "    except:", "        pass"]
    ask(quiet, lines("import time; print('go')", *body), DONE, interrupt_on="go")
    assert quiet.value("__import__('sys').gettrace() is None") is True


@pytest.mark.parametrize(
    "body",
    [
        ["while True:", "    try: llm_query('a'); break", "    except: pass"],
        [
            "for i in range(10**9):",
            "    try: llm_query_batched(['a', 'b'])",
            "    except BaseException: pass",
        ],
        ["while True:", "    try: rlm_query('child'); break", "    except: pass"],
        ["for i in range(5):", "    try: llm_query('a'); break", "    except: time.sleep(1)"],
        ["try: llm_query('a')", "except: pass", "time.sleep(6)"],
        ["try: rlm_query('child')", "except: pass", "time.sleep(6)"],
    ],
)
def test_a_cell_that_swallows_the_interrupt_of_a_call_is_ended_all_the_same(quiet, body):
    code = lines("import time; print('go')", *body)
    quiet.run(f"model = slow_subs({code}, cell('llm_query(chr(100))'), seconds=lambda prompt: 20)")
    reply = quiet.run("%%rlm\nq", interrupt_on="go", interrupt_after=0.7)
    assert_paused(quiet, reply, INSISTED)
    assert no_calls_in_flight(quiet)


def test_a_flag_set_by_another_thread_ends_a_cell_that_awaits(quiet):
    stop = "_rlm._driver._shared.stop.set('interrupt')"
    code = (
        "import threading, time",
        f"threading.Timer(0.5, lambda: {stop}).start()",
        "await allm_query('a')",
    )
    quiet.run(f"model = slow_subs({lines(*code)}, {DONE}, seconds=lambda prompt: 20)")
    reply = quiet.run("%%rlm\nq")
    assert reply.seconds < SOON
    assert state(quiet) == ["paused", "interrupt"]
    assert no_calls_in_flight(quiet)
    assert quiet.run("%rlm resume").status == "ok"


def test_cells_can_await_after_one_that_was_interrupted_again_and_again(quiet):
    body = ["import asyncio; print('go')", "for i in range(3):", "    try: await asyncio.sleep(20)"]
    resisting = lines(*body, "    except BaseException: pass")
    ask(quiet, resisting, lines("await asyncio.sleep(0)", "FINAL('awaited')"), interrupt_on="go")
    assert state(quiet) == ["paused", "interrupt"]
    assert quiet.run("%rlm resume").status == "ok"
    assert quiet.value("result") == "awaited"
    assert quiet.run("await asyncio.sleep(0)").status == "ok"


def test_an_interrupted_await_pauses(quiet):
    code = ("import asyncio", "print('go')", "await asyncio.sleep(20)")
    assert_paused(quiet, ask(quiet, lines(*code), DONE, interrupt_on="go"))


def test_an_interrupted_shell_command_pauses(quiet):
    reply = ask(
        quiet, lines("print('go', flush=True)", "!sleep 20"), DONE, interrupt_on="go", interrupt_after=0.5
    )
    assert_paused(quiet, reply)


def test_an_interrupted_subprocess_pauses(quiet):
    code = ("import subprocess", "print('go')", "subprocess.run(['sleep', '20'])")
    assert_paused(quiet, ask(quiet, lines(*code), DONE, interrupt_on="go", interrupt_after=0.3))


def test_an_interrupted_pool_of_threads_pauses(quiet):
    code = (
        "from concurrent.futures import ThreadPoolExecutor",
        "print('go')",
        "pool = ThreadPoolExecutor(2)",
        "list(pool.map(llm_query, [str(i) for i in range(6)]))",
    )
    quiet.run(f"model = slow_subs({lines(*code)}, {DONE}, seconds=lambda prompt: 20)")
    reply = quiet.run("%%rlm\nq", interrupt_on="go", interrupt_after=0.5)
    assert_paused(quiet, reply)
    assert no_calls_in_flight(quiet)


def test_a_pool_that_waits_for_its_threads_does_not_hold_the_interrupt(quiet):
    code = (
        "import time; from concurrent.futures import ThreadPoolExecutor",
        "with ThreadPoolExecutor(2) as pool:",
        "    print('go'); list(pool.map(time.sleep, [5, 5]))",
    )
    assert_paused(quiet, ask(quiet, lines(*code), DONE, interrupt_on="go", interrupt_after=0.3))


def test_interrupting_the_root_models_reply_cancels_it_and_it_is_asked_again(quiet):
    quiet.run("model = script(finish('1'), finish('2'), delay=20)")
    reply = quiet.run("%%rlm\nq", interrupt_after=0.7)
    assert_paused(quiet, reply)
    assert no_calls_in_flight(quiet)
    quiet.run("model.delay = 0")
    assert quiet.run("%rlm resume").status == "ok"
    assert quiet.value("[_rlm.status, len(model.root_requests)]") == ["finished", 2]
    first, second = quiet.value("[[m.content for m in r.messages] for r in model.root_requests]")
    assert second[: len(first) - 1] == first[:-1]


def test_interrupting_one_sub_call_cancels_it(quiet):
    quiet.run(f"model = slow_subs({lines('llm_query(chr(97))')}, {DONE}, seconds=lambda prompt: 20)")
    reply = quiet.run("%%rlm\nq", interrupt_after=0.7)
    assert_paused(quiet, reply)
    assert no_calls_in_flight(quiet)


def test_an_interrupted_batch_keeps_what_was_answered(quiet):
    batch = lines("print('go')", "replies = llm_query_batched([str(i) for i in range(50)])")
    quiet.run(
        f"model = slow_subs({batch}, {batch}, finish('len(replies)'), seconds=lambda p: 0 if int(p) < 20 else 20)"
    )
    reply = quiet.run("%%rlm\nq", interrupt_on="go", interrupt_after=0.7)
    assert_paused(quiet, reply)
    quiet.run("before = len(model.asked); model.seconds = lambda prompt: 0")
    assert quiet.run("%rlm resume").status == "ok"
    assert quiet.value("result") == 50
    assert sorted(quiet.value("model.asked[before:]"), key=int) == [str(i) for i in range(20, 50)]
    message = quiet.value("model.root_requests[1].messages[-1].content")
    assert "20 of its 50 sub-calls had finished" in message
    assert "The user interrupted cell 1.1" in message


def test_an_interrupted_gather_pauses(quiet):
    code = ("import asyncio; print('go')", "await asyncio.gather(*[allm_query(str(i)) for i in range(5)])")
    quiet.run(f"model = slow_subs({lines(*code)}, {DONE}, seconds=lambda prompt: 20)")
    reply = quiet.run("%%rlm\nq", interrupt_on="go", interrupt_after=0.5)
    assert_paused(quiet, reply)
    assert no_calls_in_flight(quiet)


def test_calls_after_the_interrupt_raise_though_it_was_swallowed(quiet):
    code = (
        "print('go'); tried = []",
        "for i in range(3):",
        "    try: llm_query(str(i))",
        "    except: tried.append(i)",
    )
    quiet.run(f"model = slow_subs({lines(*code)}, {DONE}, seconds=lambda prompt: 20)")
    reply = quiet.run("%%rlm\nq", interrupt_on="go", interrupt_after=0.5)
    assert_paused(quiet, reply)
    assert quiet.value("model.asked") == ["0"]


CHILD = "lambda r: root if 'child' not in r.messages[1].content else child"


def children(kernel, child, *, count=2):
    """A root model that starts `count` children, each of which says `child`."""
    start = lines(f"print('go'); xs = rlm_query_batched(['child'] * {count})")
    kernel.run(f"root, child = {start}, {child}\nmodel = script({CHILD})")


@pytest.mark.parametrize("code", [["while True: pass"], ["import time; time.sleep(1)"]])
def test_children_are_interrupted_where_their_code_runs(quiet, code):
    children(quiet, lines(*code))
    assert_paused(quiet, quiet.run("%%rlm\nq", interrupt_on="go", interrupt_after=0.5))
    wait_for(quiet, "'rlm-child' not in [t.name for t in __import__('threading').enumerate()]")


def test_a_child_waiting_for_a_model_is_interrupted(quiet):
    start = lines("print('go'); rlm_query('child')")
    quiet.run(f"model = slow_subs({start}, cell('llm_query(chr(100))'), seconds=lambda p: 20)")
    assert_paused(quiet, quiet.run("%%rlm\nq", interrupt_on="go", interrupt_after=0.5))
    assert no_calls_in_flight(quiet)


def test_a_child_that_swallows_the_interrupt_is_ended_all_the_same(quiet):
    code = ("import time; n = 0", "while True:", "    try: n += 1; time.sleep(0.02)", "    except: pass")
    children(quiet, lines(*code))
    assert_paused(quiet, quiet.run("%%rlm\nq", interrupt_on="go", interrupt_after=0.5), INSISTED)
    assert quiet.value("[child.status for child in _rlm.children]") == ["stopped"] * 2
    counted = "[child.namespace['n'] for child in _rlm.children]"
    before = quiet.value(counted)
    quiet.run("import time; time.sleep(0.2)")
    assert quiet.value(counted) == before


def test_a_child_stuck_in_c_is_abandoned_named_and_refused_further_calls(quiet):
    children(quiet, lines("import time; time.sleep(6); llm_query('too late')"), count=1)
    reply = quiet.run("%%rlm\nq", interrupt_on="go", interrupt_after=0.5)
    assert_paused(quiet, reply)
    warnings = quiet.value("[e.message for e in _rlm.trajectory.events if e.type == 'warned']")
    assert warnings == ["child run r/1.1/r1 is stuck in code that cannot be interrupted and was abandoned"]
    assert quiet.value("[_rlm.children[0].status, _rlm.children[0].reason]") == ["stopped", "interrupt"]
    quiet.run("model.script = [finish('1')]")
    assert quiet.run("%rlm resume").status == "ok"
    quiet.run("import time; time.sleep(5)")
    assert quiet.value("[r.role for r in model.requests if r.role == 'sub']") == []


def test_the_interrupted_cell_is_not_run_again_and_the_model_is_told(quiet):
    first = lines("count = globals().get('count', 0) + 1", "import time; print('go'); time.sleep(20)")
    ask(quiet, first, "finish('count')", interrupt_on="go")
    assert quiet.run("%rlm resume --hint 'be quick'").status == "ok"
    assert quiet.value("result") == 1
    message = quiet.value("told(model)")
    assert "The user interrupted cell 1.1 after" in message
    assert "<hint>\nbe quick\n</hint>" in message


def test_a_run_may_be_interrupted_again_and_again(quiet):
    sleep = lines("import time; print('go'); time.sleep(20)")
    assert_paused(quiet, ask(quiet, sleep, sleep, DONE, interrupt_on="go"))
    assert_paused(quiet, quiet.run("%rlm resume", interrupt_on="go"))
    assert quiet.run("%rlm resume").status == "ok"
    assert state(quiet) == ["finished", "answer"]


def test_two_interrupts_at_once_are_one_pause(quiet):
    quiet.run("import os, signal, threading, time")
    twice = "threading.Timer(0.3, lambda: [os.kill(os.getpid(), signal.SIGINT) for _ in range(5)]).start()"
    reply = ask(quiet, lines(twice, "time.sleep(20)"), DONE, timeout=20)
    assert reply.status == "error"
    assert state(quiet) == ["paused", "interrupt"]
    assert quiet.run("print('still here')").text == "still here\n"


def test_the_users_own_cells_are_interrupted_as_before_after_a_run(quiet):
    ask(quiet, DONE)
    reply = quiet.run("import time; print('go'); time.sleep(20)", interrupt_on="go")
    assert reply.content["ename"] == "KeyboardInterrupt"
    assert reply.seconds_after_interrupt < SOON


def test_llm_query_outside_a_run_is_interrupted(quiet):
    quiet.run("model = slow_subs('', seconds=lambda prompt: 20)")
    reply = quiet.run("print('go'); llm_query('a')", interrupt_on="go", interrupt_after=0.3)
    assert reply.status == "error"
    assert reply.seconds_after_interrupt < SOON
    assert no_calls_in_flight(quiet)
    quiet.run("model.seconds = lambda prompt: 0")
    assert quiet.run("print(llm_query('a'))").text == "reply to a\n"


def test_an_interrupt_while_a_finishing_cell_runs_still_finishes(quiet):
    code = ("FINAL('done')", "import time; print('go'); time.sleep(20)")
    reply = ask(quiet, lines(*code), interrupt_on="go")
    assert reply.seconds_after_interrupt < SOON
    assert quiet.value("[_rlm.status, result]") == ["finished", "done"]


def test_the_card_of_a_paused_run_says_so(kernel):
    reply = ask(kernel, lines("import time; print('go'); time.sleep(20)"), DONE, interrupt_on="go")
    card = reply.outputs[0]["data"]
    assert "Paused" in card["text/plain"]
    assert any("trajectory" in mime for mime in card)


def test_an_interrupt_at_any_moment_pauses_and_the_run_goes_on(kernel):
    step = lines(
        "total = globals().get('total', 0) + len(llm_query_batched([str(i) for i in range(5)]))",
        "print('x' * 200); display({'a': [total]})",
    )
    kernel.run(f"model = slow_subs({step}, seconds=lambda prompt: 0.01)")
    moments = random.Random(8)
    command = "%%rlm --max-steps 0\nq"
    for _ in range(10):
        reply = kernel.run(command, interrupt_after=0.05 + moments.random() * 0.4)
        assert_paused(kernel, reply)
        assert no_calls_in_flight(kernel)
        assert kernel.run("print('mine')").text == "mine\n"
        command = "%rlm resume"
    kernel.run("model.script = [finish('total')]")
    assert kernel.run("%rlm resume").status == "ok"
    assert state(kernel) == ["finished", "answer"]
    sent = kernel.value("[[m.content for m in r.messages] for r in model.root_requests]")
    assert all(later[: len(earlier)] == earlier for earlier, later in zip(sent, sent[1:], strict=False))


def test_interrupting_the_loading_of_a_context_starts_no_run(quiet):
    quiet.run("import time; model = script(finish('1'))")
    reply = quiet.run("%%rlm -c 'time.sleep(20)'\nq", interrupt_after=0.5)
    assert reply.status == "error"
    assert reply.seconds_after_interrupt < SOON
    assert quiet.value("['_rlm' in globals(), 'context' in globals()]") == [False, False]
    assert quiet.run("%%rlm\nq").status == "ok"
