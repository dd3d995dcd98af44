"""What we rely on in ipykernel and IPython, without our own code: DESIGN, section 8.

When one of these fails after an upgrade, it says what else will.
"""

from __future__ import annotations

import pytest
from live_kernel import Kernel

NESTED = "outcome = get_ipython().run_cell({!r}, store_history=True)"


@pytest.fixture(scope="module")
def shared_kernel(tmp_path_factory):
    kernel = Kernel(tmp_path_factory.mktemp("plain"))
    yield kernel
    kernel.close()


@pytest.fixture
def plain(shared_kernel):
    """A kernel without our extension."""
    if shared_kernel.lost:
        shared_kernel.restart()
    return shared_kernel


def nested(kernel, code, before="", after="", **how):
    return kernel.run("\n".join([before, NESTED.format(code), after]).strip(), **how)


# -- 8.8: history and prompt numbers ----------------------------------------------------


def test_nested_cells_have_numbers_of_their_own_and_the_reply_carries_the_last(plain):
    reply = plain.run("for code in ('6 * 7', '7 * 7'): get_ipython().run_cell(code, store_history=True)")
    first = next(
        number
        for number in range(reply.input_count, reply.input_count + 3)
        if plain.value(f"In[{number}]") == "6 * 7"
    )
    assert plain.value(f"[Out[{first}], Out[{first + 1}]]") == [42, 49]
    assert reply.execution_count > reply.input_count


# -- 8.9: errors, interrupts, exits, builtins -------------------------------------------


def test_an_error_in_a_nested_cell_is_shown_and_not_raised(plain):
    reply = nested(plain, "1 / 0", after="kind = type(outcome.error_in_exec).__name__")
    assert reply.status == "ok"
    assert len(reply.errors) == 1
    assert plain.value("kind") == "ZeroDivisionError"


def test_a_syntax_error_is_an_error_before_execution(plain):
    nested(plain, "def (", after="kind = type(outcome.error_before_exec).__name__")
    assert plain.value("kind") == "SyntaxError"


def test_an_error_escapes_capture_output(plain):
    reply = plain.run(
        "from IPython.utils.capture import capture_output\n"
        "with capture_output() as captured: get_ipython().run_cell('print(1); 1 / 0')"
    )
    assert len(reply.errors) == 1
    assert plain.value("captured.stdout") == "1\n"


def test_an_interrupt_of_a_nested_cell_is_swallowed_and_found_in_its_outcome(plain):
    code = "print('go'); import time; time.sleep(20)"
    reply = nested(plain, code, after="kind = type(outcome.error_in_exec).__name__", interrupt_on="go")
    assert reply.status == "ok"
    assert plain.value("kind") == "KeyboardInterrupt"


def test_exit_asks_the_shell_through_ask_exit(plain):
    reply = plain.run(
        "asked = []; shell = get_ipython()\n"
        "shell.ask_exit = lambda: asked.append(1)\n"
        "try:\n    shell.run_cell('exit()'); shell.run_cell('quit()')\n"
        "finally: del shell.ask_exit"
    )
    assert reply.content["payload"] == []
    assert plain.value("len(asked)") == 2


def test_what_a_cell_puts_into_builtins_stays(plain):
    plain.run("import builtins; builtins.put_there = 1")
    assert plain.run("put_there").status == "ok"
    plain.run("del builtins.put_there")


@pytest.mark.parametrize(
    "code",
    ["class Bad:\n    def __repr__(self): return 1 / 0\nBad()", "%run raises.py"],
    ids=["display", "%run"],
)
def test_some_errors_are_shown_and_not_passed_on(plain, code):
    plain.run("open('raises.py', 'w').write('1 / 0')")
    reply = nested(plain, code, after="passed_on = outcome.error_in_exec is not None")
    assert "ZeroDivisionError" in reply.errors[0]
    assert plain.value("passed_on") is False


# -- 8.10: await ------------------------------------------------------------------------


def test_await_in_a_nested_cell_needs_the_running_loop_out_of_the_way(plain):
    cell = "import asyncio\nawait asyncio.sleep(0)\nawaited = True"
    nested(plain, cell, before="awaited = False", after="error = str(outcome.error_in_exec)")
    assert plain.value("awaited") is False
    assert "event loop" in plain.value("error")
    nested(
        plain,
        cell,
        before="import asyncio; running = asyncio._get_running_loop(); asyncio._set_running_loop(None)",
        after="asyncio._set_running_loop(running)",
    )
    assert plain.value("awaited") is True
    assert plain.run("await asyncio.sleep(0.01); print('well')").text == "well\n"


# -- 8.11: threads ----------------------------------------------------------------------


def test_a_thread_without_a_context_has_no_context_variables(plain):
    plain.run(
        "import contextvars, threading\n"
        "variable = contextvars.ContextVar('v', default='none'); variable.set('mine'); seen = []\n"
        "def look(): seen.append(variable.get())\n"
        "for target in (look, lambda c=contextvars.copy_context(): c.run(look)):\n"
        "    t = threading.Thread(target=target); t.start(); t.join()"
    )
    assert plain.value("seen") == ["none", "mine"]


# -- 8.12: what an interrupt reaches ----------------------------------------------------


def test_a_pool_holds_the_interrupt_until_its_jobs_end(plain):
    code = (
        "import time; from concurrent.futures import ThreadPoolExecutor\n"
        "def job(): global job_ended; time.sleep(2); job_ended = time.monotonic()\n"
        "with ThreadPoolExecutor(1) as pool: print('go'); pool.submit(job).result()"
    )
    reply = plain.run(code, interrupt_on="go")
    assert reply.content["ename"] == "KeyboardInterrupt"
    assert reply.interrupted_at < plain.value("job_ended") < reply.ended_at


WAITS_IN_C_FOR_HALF_A_SECOND_AFTER_THE_INTERRUPT = """
import ctypes, os, signal, threading, time
c = ctypes.CDLL(None)
mutex = ctypes.create_string_buffer(64)
c.pthread_mutex_lock(mutex)
signals, tell = os.pipe()
os.set_blocking(tell, False)
before = signal.set_wakeup_fd(tell, warn_on_full_buffer=False)

def release():
    os.read(signals, 1)
    time.sleep(0.5)
    c.pthread_mutex_unlock(mutex)

threading.Thread(target=release, daemon=True).start()
try:
    print('go', flush=True)
    c.pthread_mutex_lock(mutex)
finally:
    signal.set_wakeup_fd(before)
"""


def test_c_code_cannot_be_interrupted(plain):
    reply = plain.run(
        WAITS_IN_C_FOR_HALF_A_SECOND_AFTER_THE_INTERRUPT, interrupt_on="go", interrupt_after=0.3
    )
    assert reply.content["ename"] == "KeyboardInterrupt"
    assert reply.seconds_after_interrupt >= 0.5


# -- 8.13: Run All ----------------------------------------------------------------------


def test_a_quiet_exception_shows_its_own_traceback_and_aborts_what_is_queued(plain):
    plain.run("class Quiet(Exception):\n    def _render_traceback_(self): return [str(self)]")
    ids = [plain.client.execute(code, stop_on_error=True) for code in ("raise Quiet('one line')", "1")]
    replies = {}
    while set(ids) - set(replies):
        message = plain.client.get_shell_msg(timeout=20)
        replies[message["parent_header"]["msg_id"]] = message["content"]
    assert replies[ids[0]]["traceback"] == ["one line"]
    assert replies[ids[1]]["status"] == "aborted"


# -- 8.14: what a nested cell keeps -----------------------------------------------------


def test_a_nested_cell_is_cheap_and_keeps_variables_of_a_failure_closures_and_private_names(plain):
    nested(plain, "_kept = 1\ndef f(): return _kept\n1 / 0")
    plain.run("_kept = 2")
    assert plain.value("f()") == 2
    plain.run(
        "import time; began = time.perf_counter()\n"
        "for _ in range(200): get_ipython().run_cell('pass', store_history=True)\n"
        "took = (time.perf_counter() - began) / 200"
    )
    assert plain.value("took") < 0.05
