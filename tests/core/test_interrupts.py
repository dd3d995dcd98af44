"""Interrupting a run: it pauses soon, nothing goes on in the background, nothing is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest
from doubles import ScriptedClient, cell, finish, prepare, told

from rlm_kernel import background
from rlm_kernel.calls import CallSettings
from rlm_kernel.events import CallFailed, CallFinished, CallStarted, RunFinished, Warned
from rlm_kernel.interfaces import Completion, Delta, Price, RunInterrupted, Usage
from rlm_kernel.interrupts import INSIST_AFTER, Stop
from rlm_kernel.limits import Limits

SOON = 3.0
"""Seconds within which an interrupted run hands the kernel back: about one, on an idle machine."""
INSISTED = 3.5
"""The same where its code resists; left to itself it would take four or more."""
READY = "llm_query('ready')"
"""A cell says so when it has begun: what follows is what is interrupted."""


class Hanging(ScriptedClient):
    """Answers every sub-prompt but those that begin with ``slow``; `hanging` is set by ``ready`` too."""

    def __init__(self, script, **more):
        super().__init__(script, **more)
        self.hang = True
        self.hanging = threading.Event()

    async def complete(self, request, on_progress=None):
        text = request.messages[-1].content
        if request.role == "sub" and text == "ready":
            self.hanging.set()
        if self.hang and request.role == "sub" and text.startswith("slow"):
            self.requests.append(request)
            self.in_flight += 1
            self.hanging.set()
            try:
                await asyncio.sleep(60)
            finally:
                self.in_flight -= 1
        return await super().complete(request, on_progress)


def send_sigint():
    os.kill(os.getpid(), signal.SIGINT)


@contextmanager
def after(event_or_seconds, act, *, settle=0.1):
    """Do `act` on another thread once the event has happened, or after some seconds."""

    def wait():
        if isinstance(event_or_seconds, threading.Event):
            event_or_seconds.wait(10)
            time.sleep(settle)
        else:
            time.sleep(event_or_seconds)
        act()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    yield
    thread.join(10)


def interrupted(loop, trigger, act=None):
    """Run a loop that is interrupted once `trigger` has happened; returns the run and the seconds after."""
    at = []

    def interrupt():
        at.append(time.monotonic())
        (act or (lambda: loop._shared.stop.set("interrupt")))()

    with after(trigger, interrupt):
        run = loop.start()
        seconds = time.monotonic() - at[0]
    assert (run.status, run.reason) == ("paused", "interrupt"), (run.status, run.reason, run.message)
    return run, seconds


WAYS = {"flag": None, "sigint": send_sigint}


@pytest.mark.parametrize("way", WAYS)
def test_a_sub_call_in_flight_is_cancelled(way):
    client = Hanging([cell("llm_query('slow')"), finish("1")])
    run, seconds = interrupted(prepare(client), client.hanging, WAYS[way])
    assert seconds < SOON
    assert client.in_flight == 0
    (failed,) = run.trajectory.of(CallFailed)
    assert failed.cancelled


@pytest.mark.parametrize("way", WAYS)
def test_a_batch_in_flight_is_cancelled_and_what_it_finished_is_answered_from_memory(way):
    batch = cell("xs = llm_query_batched(['a', 'b', 'slow 1', 'slow 2'])")
    client = Hanging([batch, batch, cell("FINAL(xs)")])
    loop = prepare(client)
    run, seconds = interrupted(loop, client.hanging, WAYS[way])
    assert seconds < SOON
    assert client.in_flight == 0
    client.hang = False
    run.resume()
    assert run.answer == ["reply to a", "reply to b", "reply to slow 1", "reply to slow 2"]
    asked = [request.messages[-1].content for request in client.requests if request.role == "sub"]
    assert sorted(asked) == ["a", "b", "slow 1", "slow 1", "slow 2", "slow 2"]
    cached = [event for event in run.trajectory.of(CallFinished) if event.cached]
    assert [event.text for event in cached] == ["reply to a", "reply to b"]
    assert all(event.usage["cost"] == 0 and event.usage["input_tokens"] == 0 for event in cached)


def test_a_remembered_reply_answers_every_such_call_of_the_run():
    client = Hanging(
        [cell("[llm_query('a'), llm_query('slow')]"), cell("FINAL([llm_query('a'), llm_query('a')])")]
    )
    run, _seconds = interrupted(prepare(client), client.hanging)
    run.resume()
    assert len([r for r in client.requests if r.role == "sub" and r.messages[-1].content == "a"]) == 1


def test_remembered_calls_need_no_room_in_the_budget():
    batch = "llm_query_batched(['a', 'b', 'c', 'slow'])"
    client = Hanging([cell(batch), cell("FINAL(llm_query_batched(['a', 'b', 'c', 'd']))")])
    loop = prepare(client, limits=Limits(max_calls=5))
    run, _seconds = interrupted(loop, client.hanging)
    assert len(run.resume().answer) == 4


def test_the_model_is_told_that_its_cell_was_interrupted_and_how_far_it_was():
    client = Hanging([cell("llm_query_batched(['a', 'slow'])"), finish("1")])
    run, _seconds = interrupted(prepare(client), client.hanging)
    run.resume("Ask less.")
    text = told(client)
    assert "Cell 1.1: was interrupted" in text
    assert "The user interrupted cell 1.1 after 0." in text
    assert "1 of its 2 sub-calls had finished" in text
    assert "Ask less." in text


def test_an_interrupted_cell_is_not_run_again():
    client = Hanging([cell("n = n + 1 if 'n' in globals() else 1", "llm_query('slow')"), cell("FINAL(n)")])
    run, _seconds = interrupted(prepare(client), client.hanging)
    assert run.resume().answer == 1


def test_sigint_ends_running_python_code():
    client = Hanging([cell("n = 0", READY, "while True: n += 1"), cell("FINAL('on')")])
    run, seconds = interrupted(prepare(client), client.hanging, send_sigint)
    assert seconds < SOON
    assert run.namespace["n"] > 0
    assert run.steps[0].cells[0].interrupted
    assert run.resume().answer == "on"


def test_sigint_ends_a_blocking_call():
    client = Hanging([cell("import time", READY, "time.sleep(30)"), finish("1")])
    _run, seconds = interrupted(prepare(client), client.hanging, send_sigint)
    assert seconds < SOON


SWALLOWING = {
    "a loop": ["while True:", "    try: time.sleep(0.01)", "    except BaseException: pass"],
    "a loop in a loop": [
        "while True:",
        "    try:",
        "        while True:",
        "            try: time.sleep(0.01)",
        "            except: pass",
        "    except: pass",
    ],
    "loops in functions": [
        "def inner():",
        "    while True:",
        "        try: sum(range(100))",
        "        except BaseException: continue",
        "def outer():",
        "    while True:",
        "        try: inner()",
        "        except BaseException: time.sleep(0.01)",
        "while True:",
        "    try: outer()",
        "    except BaseException as error: told = str(error)",
    ],
    "a context manager": [
        "import contextlib",
        "while True:",
        "    with contextlib.suppress(BaseException): time.sleep(0.01)",
    ],
}


@pytest.mark.parametrize("code", SWALLOWING.values(), ids=SWALLOWING)
def test_code_that_swallows_the_interrupt_is_ended_all_the_same(code):
    client = Hanging([cell("import time", READY, *code), finish("1")])
    run, seconds = interrupted(prepare(client), client.hanging, send_sigint)
    assert seconds < INSISTED
    assert run.resume().answer == 1


SWALLOWING_CALLS = {
    "in a loop": ["while True:", "    try: llm_query('slow'); break", "    except: pass"],
    "a batch in a loop": [
        "for _ in range(10**9):",
        "    try: llm_query_batched(['slow'] * 3)",
        "    except BaseException: pass",
    ],
    "a child in a loop": ["while True:", "    try: rlm_query('Deep')", "    except: pass"],
    "with a sleep before the next try": [
        "for _ in range(5):",
        "    try: llm_query('slow'); break",
        "    except: time.sleep(1)",
    ],
    "with a sleep after it": ["try: llm_query('slow')", "except: pass", "time.sleep(6)"],
    "a child with a sleep after it": ["try: rlm_query('Deep')", "except: pass", "time.sleep(4)"],
}


@pytest.mark.parametrize("code", SWALLOWING_CALLS.values(), ids=SWALLOWING_CALLS)
def test_code_that_swallows_the_interrupt_of_a_call_is_ended_all_the_same(code):
    client = HangingFamily([cell("import time", *code), finish("1")], cell("llm_query('slow')"))
    run, seconds = interrupted(prepare(client), client.hanging, send_sigint)
    assert seconds < INSISTED
    assert run.resume().answer == 1


STOPPED_BY_FLAG = {
    "a loop": ["ready()", "while True: pass"],
    "a sleep": ["ready()", "time.sleep(20)"],
    "an await": ["ready()", "await asyncio.sleep(20)"],
    "an awaited call": ["await allm_query('slow')"],
    "awaited calls": ["await asyncio.gather(*[allm_query('slow') for _ in range(3)])"],
    "a swallowed call": ["while True:", "    try: llm_query('slow')", "    except: pass"],
}


@pytest.mark.parametrize("code", STOPPED_BY_FLAG.values(), ids=STOPPED_BY_FLAG)
def test_a_flag_set_by_another_thread_ends_the_cell_that_runs(code):
    client = Hanging([cell("import asyncio, time", *code), finish("1")])
    loop = prepare(client)
    loop.namespace["ready"] = client.hanging.set
    run, seconds = interrupted(loop, client.hanging)
    assert seconds < INSISTED
    assert client.in_flight == 0
    assert run.resume().answer == 1


def test_cancelling_the_calls_ends_the_cell_that_awaits_them_at_once():
    client = Hanging([cell("await allm_query('slow')", "late = 1"), finish("1")])
    loop = prepare(client)

    def stop():
        loop._shared.stop.set("interrupt")
        loop._shared.queries.cancel_calls()

    run, seconds = interrupted(loop, client.hanging, stop)
    assert seconds < SOON
    assert run.steps[0].cells[0].error.ename == "CancelledError"  # not interrupted after INSIST_AFTER
    assert "late" not in run.namespace


def test_a_cell_gets_to_clean_up_before_it_is_interrupted_again():
    code = ["try: time.sleep(20)", "finally:", "    time.sleep(0.2)", "    clean = True"]
    client = Hanging([cell("import time", READY, *code), finish("1")])
    run, _seconds = interrupted(prepare(client), client.hanging, send_sigint)
    assert run.namespace["clean"] is True


def test_a_trace_function_is_left_in_its_place_after_insisting():
    def trace(*_arguments):
        return None

    client = Hanging([cell("import time", READY, *SWALLOWING["a loop in a loop"]), finish("1")])
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        interrupted(prepare(client), client.hanging, send_sigint)
        assert sys.gettrace() is trace
    finally:
        sys.settrace(before)


def test_nothing_is_interrupted_any_more_after_the_run():
    client = Hanging([cell("import time", READY, *SWALLOWING["a loop"]), finish("1")])
    run, _seconds = interrupted(prepare(client), client.hanging, send_sigint)
    time.sleep(2 * INSIST_AFTER)  # a KeyboardInterrupt would end the test
    assert "rlm-insist" not in [thread.name for thread in threading.enumerate()]


def test_except_exception_does_not_swallow_an_interrupted_call():
    code = cell("for _ in range(100):", "    try: llm_query('slow')", "    except Exception: pass")
    client = Hanging([code, finish("1")])
    _run, seconds = interrupted(prepare(client), client.hanging)
    assert seconds < SOON
    assert len(client.requests) == 2


def test_the_interrupt_handler_is_put_back():
    before = signal.getsignal(signal.SIGINT)
    prepare(ScriptedClient([finish("1")])).start()
    assert signal.getsignal(signal.SIGINT) is before


def test_a_cell_that_finished_before_it_was_interrupted_has_finished():
    client = Hanging([cell("FINAL(5)", "llm_query('slow')")])
    loop = prepare(client)
    with after(client.hanging, lambda: loop._shared.stop.set("interrupt")):
        run = loop.start()
    assert (run.status, run.answer) == ("finished", 5)


def test_later_cells_of_an_interrupted_reply_do_not_run():
    client = Hanging([cell("llm_query('slow')") + "\n" + cell("late = 1"), finish("1")])
    run, _seconds = interrupted(prepare(client), client.hanging)
    assert "late" not in run.namespace
    run.resume()
    assert "1 more cell of your reply did not run" in told(client)


# -- the root's own call --------------------------------------------------------------


class Streaming(ScriptedClient):
    """Writes 400 characters of its first root reply, and then hangs."""

    first = True

    def __init__(self, *arguments, **more):
        super().__init__(*arguments, **more)
        self.hanging = threading.Event()

    async def complete(self, request, on_progress=None):
        if self.first and request.role == "root":
            self.first = False
            self.requests.append(request)
            on_progress(Delta("x" * 400))
            self.hanging.set()
            await asyncio.sleep(60)
        return await super().complete(request, on_progress)


@pytest.mark.parametrize("way", WAYS)
def test_a_root_reply_that_was_cut_off_is_asked_again_and_its_cost_counted(way):
    price = Price(1e-6, 1e-6)
    client = Streaming([finish("1")], price=price)
    loop = prepare(client)
    run, seconds = interrupted(loop, client.hanging, WAYS[way])
    assert seconds < SOON
    (failed,) = run.trajectory.of(CallFailed)
    assert failed.cancelled
    assert failed.usage["output_tokens"] == 100
    assert failed.usage["input_tokens"] > 100
    assert failed.usage["cost"] == pytest.approx((failed.usage["input_tokens"] + 100) * 1e-6)
    assert run.usage.cost == pytest.approx(failed.usage["cost"])
    run.resume()
    assert run.answer == 1
    assert client.root_requests[0].messages == client.root_requests[1].messages
    assert loop._shared.budget.usage.cost == pytest.approx(run.usage.cost)
    assert loop._shared.budget._reserved_tokens == 0


# -- children -------------------------------------------------------------------------


class HangingFamily(Hanging):
    """The child is asked ``Deep``; it says `child`, and later finishes."""

    def __init__(self, root, child):
        super().__init__(root)
        self.child = child

    def _reply(self, request):
        if request.role == "root" and "<question>\nDeep" in request.messages[1].content:
            return self.child
        return super()._reply(request)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "call", ["llm_query('slow')", "await allm_query('slow')", "llm_query_batched(['slow'] * 3)"]
)
def test_a_child_that_waits_for_a_model_ends_with_its_calls(way, call):
    client = HangingFamily([cell("rlm_query('Deep')"), finish("1")], cell(call))
    run, seconds = interrupted(prepare(client), client.hanging, WAYS[way])
    assert seconds < SOON
    assert client.in_flight == 0
    assert (run.children[0].status, run.children[0].reason) == ("stopped", "interrupt")
    assert not run.trajectory.of(Warned)
    assert run.resume().answer == 1


@pytest.mark.parametrize("way", WAYS)
def test_a_child_whose_code_runs_ends_too(way):
    client = HangingFamily(
        [cell("rlm_query_batched(['Deep', 'Deep'])"), finish("1")], cell(READY, "while True: pass")
    )
    run, seconds = interrupted(prepare(client), client.hanging, WAYS[way])
    assert seconds < SOON
    assert {child.status for child in run.children} == {"stopped"}
    wait_until(lambda: child_threads() == [])


def test_the_cell_that_waited_for_a_batch_of_children_is_interrupted_not_failed():
    code = cell(
        "try: rlm_query_batched(['Deep'] * 3, on_error='return')", "except Exception: pass", "after = 1"
    )
    client = HangingFamily([code, finish("1")], cell("llm_query('slow')"))
    run, _seconds = interrupted(prepare(client), client.hanging)
    assert "after" not in run.namespace
    assert run.steps[0].cells[0].interrupted


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("code", SWALLOWING.values(), ids=SWALLOWING)
def test_a_child_that_swallows_the_interrupt_is_ended_all_the_same(code, way):
    client = HangingFamily([cell("rlm_query('Deep')"), finish("1")], cell("import time", READY, *code))
    run, seconds = interrupted(prepare(client), client.hanging, WAYS[way])
    assert seconds < INSISTED
    assert (run.children[0].status, run.children[0].reason) == ("stopped", "interrupt")
    assert not run.trajectory.of(Warned)
    wait_until(lambda: child_threads() == [])


def test_an_abandoned_child_has_stopped_and_is_interrupted_when_it_comes_back_to_python():
    stuck = [
        "import time",
        READY,
        "time.sleep(4)",
        "late = 1",
        "while True:",
        "    try: late += 1",
        "    except: pass",
    ]
    client = HangingFamily([cell("rlm_query('Deep')"), finish("1")], cell(*stuck))
    run, _seconds = interrupted(prepare(client), client.hanging)
    (child,) = run.children
    assert (child.status, child.reason) == ("stopped", "interrupt")
    assert "abandoned" in child.message
    (finished,) = [event for event in run.trajectory.of(RunFinished) if event.span == child.span]
    assert (finished.status, finished.reason) == ("stopped", "interrupt")
    assert run.resume().answer == 1
    wait_until(lambda: child_threads() == [])
    assert "late" not in child.namespace
    assert child.status == "stopped"


def test_an_abandoned_child_that_finishes_after_all_stays_stopped():
    stuck = cell("import time", "FINAL(1)", READY, "time.sleep(4)")
    client = HangingFamily([cell("rlm_query('Deep')"), finish("1")], stuck)
    run, _seconds = interrupted(prepare(client), client.hanging)
    wait_until(lambda: child_threads() == [])
    (child,) = run.children
    assert (child.status, child.answer) == ("stopped", None)
    assert [event.span for event in run.trajectory.of(RunFinished)].count(child.span) == 1


def test_a_debugger_works_while_an_abandoned_child_is_stuck():
    stuck = cell("import time", READY, "time.sleep(4)")
    client = HangingFamily([cell("rlm_query('Deep')"), finish("1")], stuck)
    interrupted(prepare(client), client.hanging)
    before, began = sys.gettrace(), time.monotonic()
    sys.settrace(lambda *_arguments: None)
    try:
        assert child_threads()  # a traced call
    finally:
        sys.settrace(before)
    assert time.monotonic() - began < 1.5
    wait_until(lambda: child_threads() == [])


def test_children_that_had_not_begun_are_not_called_stuck():
    stuck = cell("import time", READY, "time.sleep(4)")
    client = HangingFamily([cell("rlm_query_batched(['Deep'] * 3)"), finish("1")], stuck)
    run, _seconds = interrupted(prepare(client, settings=one_at_a_time()), client.hanging)
    assert len(run.trajectory.of(Warned)) == 1
    wait_until(lambda: child_threads() == [])
    assert len(run.children) == 1


def test_a_child_stuck_where_nothing_reaches_it_is_abandoned_and_asks_nothing_more():
    stuck = cell("import time", READY, "time.sleep(6)", "x = 1")
    client = HangingFamily([cell("rlm_query('Deep')"), finish("1")], stuck)
    run, seconds = interrupted(prepare(client), client.hanging)
    assert seconds < INSISTED
    assert any("was abandoned" in event.message for event in run.trajectory.of(Warned))
    assert run.resume().answer == 1
    asked = len(client.requests)
    wait_until(lambda: child_threads() == [])
    assert len(client.requests) == asked
    assert len(run.trajectory.of(CallStarted)) == asked


def one_at_a_time():
    return CallSettings("root-model", "sub-model", concurrency=1)


def child_threads():
    return [thread for thread in threading.enumerate() if thread.name == "rlm-child"]


def wait_until(holds, seconds=15.0):
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert holds()


# -- the parts ------------------------------------------------------------------------


def test_the_first_reason_to_stop_is_kept():
    stop = Stop()
    stop.set("interrupt")
    stop.set("later")
    assert stop.reason == "interrupt"
    with pytest.raises(RunInterrupted):
        stop.check()
    stop.clear()
    stop.check()


def wait(coroutine, check):
    with background.running(coroutine) as task:
        return background.wait(task, check)


def test_a_wait_that_ends_at_once_does_not_wait_for_its_coroutine():
    def refuse():
        raise RunInterrupted

    began = time.monotonic()
    for _ in range(20):
        with pytest.raises(RunInterrupted):
            wait(asyncio.sleep(30), refuse)
    assert time.monotonic() - began < 1


def test_a_cancelled_task_has_a_result_for_those_who_wait_for_it():
    task = background.submit(asyncio.sleep(30))
    background.cancel([task])
    with pytest.raises(asyncio.CancelledError):
        task.result(1)


def test_a_wait_passes_on_the_result_and_the_error():
    async def double(number):
        return number * 2

    async def fail():
        raise ValueError("no")

    assert wait(double(4), lambda: None) == 8
    with pytest.raises(ValueError, match="no"):
        wait(fail(), lambda: None)


def test_usage_of_a_completion_adds_up():
    assert (Usage(1, 2, 3, 4, 0.5) + Usage(1, 2, 3, 4, 0.5)) == Usage(2, 4, 6, 8, 1.0)
    assert (Usage(1, 2, cost=None) + Usage(1, 2)).cost is None
    assert Completion("x").usage.tokens == 0


def test_children_that_await_calls_are_cancelled_together():
    class Slow(Hanging):
        async def complete(self, request, on_progress=None):
            try:
                return await super().complete(request, on_progress)
            except asyncio.CancelledError:
                await asyncio.sleep(0.3)  # as one that closes its connections
                raise

    code = cell("rlm_query_batched([str(i) for i in range(12)])")
    client = Slow([code, cell("await allm_query('slow')")])
    _run, seconds = interrupted(prepare(client), client.hanging)
    assert seconds < 12 * 0.3


def test_an_interrupt_before_a_run_has_begun_leaves_none_that_seems_to_run():
    class Struck:
        def __init__(self, run):
            raise KeyboardInterrupt

    loop = prepare(ScriptedClient([finish("1")]), host=Struck)
    with pytest.raises(KeyboardInterrupt):
        loop.start()
    assert loop.run.status == "stopped"


def test_the_first_calls_from_many_threads_share_one_loop():
    code = (
        "import threading, asyncio\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from rlm_kernel.background import background_loop\n"
        "with ThreadPoolExecutor(8) as pool: loops = set(pool.map(lambda _: background_loop(), range(64)))\n"
        "print(len(loops), sum(t.name == 'rlm-calls' for t in threading.enumerate()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["1", "1"]


def test_a_child_that_awaits_a_thread_is_not_taken_for_stuck():
    code = cell("import asyncio, time", "llm_query('ready')", "await asyncio.to_thread(time.sleep, 8)")
    client = Hanging([cell("rlm_query('child')"), code])
    run, seconds = interrupted(prepare(client), client.hanging)
    assert seconds < SOON
    assert run.trajectory.of(Warned) == []
