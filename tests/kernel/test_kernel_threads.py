"""Threads that a model's cell starts and leaves: they are the run's, also between its cells."""

from __future__ import annotations

import time

ENDLESS = (
    "import threading, time",
    "def work():",
    "    while not globals().get('halt'):",
    "        try: llm_query('from a thread')",
    "        except BaseException: time.sleep(0.02)",
    "threading.Thread(target=work, daemon=True).start()",
)


def halt(kernel):
    """End the threads; the next test takes the word away again, so they are waited for."""
    kernel.run("halt = True")
    until = time.monotonic() + 5
    while kernel.value(
        "[t.name for t in __import__('threading').enumerate() if getattr(t, '_target', None) is work"
        " or t.name.startswith('ThreadPool')]"
    ):
        assert time.monotonic() < until
        time.sleep(0.05)


def script(*more, seconds=0.02):
    start = f"cell({', '.join(map(repr, ENDLESS))})"
    return f"model = slow_subs({', '.join([start, *more])}, seconds=lambda prompt: {seconds})"


def test_their_calls_are_within_the_limits_of_the_run(quiet):
    quiet.run(script("cell('import time', 'time.sleep(2)')", "finish('1')"))
    quiet.run("%%rlm --max-calls 5\nq")
    halt(quiet)
    assert quiet.value("len(model.asked)") == 5
    assert quiet.value("_rlm._driver._shared.budget.calls") == 5


def test_they_make_no_calls_once_the_run_is_over(quiet):
    quiet.run(script("finish('1')"))
    quiet.run("%%rlm\nq")
    time.sleep(0.3)
    asked = quiet.value("len(model.asked)")
    time.sleep(0.5)
    assert quiet.value("len(model.asked)") == asked
    halt(quiet)


def test_they_make_no_calls_after_an_interrupt_whatever_they_swallow(quiet):
    pool = (
        "from concurrent.futures import ThreadPoolExecutor",
        "def work(i):",
        "    while not globals().get('halt'):",
        "        try: llm_query(str(i))",
        "        except BaseException: pass",
        "print('go')",
        "with ThreadPoolExecutor(3) as pool: list(pool.map(work, range(3)))",
    )
    quiet.run(
        f"model = slow_subs(cell({', '.join(map(repr, pool))}), finish('1'), seconds=lambda prompt: 0.02)"
    )
    quiet.run("%%rlm\nq", interrupt_on="go", interrupt_after=0.5)
    time.sleep(0.3)
    asked = quiet.value("len(model.asked)")
    time.sleep(0.5)
    assert quiet.value("[_rlm.status, len(model.asked)]") == ["paused", asked]
    halt(quiet)


def test_a_thread_of_the_user_is_the_sessions(quiet):
    quiet.run("model = slow_subs(finish('1'), seconds=lambda prompt: 0)")
    quiet.run("%%rlm\nq")
    quiet.run("import threading; said = []")
    quiet.run("t = threading.Thread(target=lambda: said.append(llm_query('mine'))); t.start(); t.join()")
    assert quiet.value("said") == ["reply to mine"]
