"""What a model's cell leaves behind: threads, what these start in turn, pools, and tasks.

They stay the business of the run that started them, within its limits, and end with it;
what the user has started stays the user's.
"""

from __future__ import annotations

import time

from live_kernel import lines


def asked(kernel):
    return kernel.value("len(model.asked)")


def assert_asks_no_more(kernel):
    """The count of calls stays as it is, once what was being refused has been."""
    time.sleep(0.3)
    before = asked(kernel)
    time.sleep(0.7)
    assert asked(kernel) == before


def slow(kernel, *cells, seconds=0.02):
    kernel.run(f"model = slow_subs({', '.join(cells)}, seconds=lambda prompt: {seconds})")


def test_a_timer_that_starts_the_next_stays_within_the_run_and_ends_with_it(quiet):
    chain = ("import threading", "def tick():", "    llm_query('x')", "    t = threading.Timer(.02, tick)")
    body = lines(*chain, "    t.daemon = True; t.start()", "tick()")
    slow(quiet, body, lines("import time", "time.sleep(1)"), "finish('1')")
    quiet.run("%%rlm --max-calls 5\nq")
    assert asked(quiet) == 5
    assert_asks_no_more(quiet)


def test_a_batch_that_a_task_awaits_ends_with_the_run(quiet):
    body = lines(
        "import asyncio",
        "task = asyncio.create_task(allm_query_batched(['x'] * 100, concurrency=2))",
        "await asyncio.sleep(0.2)",
    )
    slow(quiet, body, "finish('1')")
    assert quiet.run("%%rlm\nq").status == "ok"
    assert_asks_no_more(quiet)


def test_a_task_of_an_earlier_run_does_not_disturb_a_later_one(quiet):
    body = lines(
        "import asyncio",
        "async def poll():",
        "    while True: await allm_query('x')",
        "task = asyncio.create_task(poll())",
        "await asyncio.sleep(0.1)",
    )
    slow(quiet, body, "finish('1')")
    quiet.run("%%rlm\nq")
    slow(quiet, lines("import asyncio", "await asyncio.sleep(0.3)", "through = True"), "finish('2')")
    assert quiet.run("%%rlm\nq").status == "ok"
    assert quiet.value("[result, through]") == [2, True]
    assert asked(quiet) == 0


def test_a_task_that_swallows_its_refusals_holds_nobody_up(quiet):
    body = lines(
        "import asyncio",
        "print('go')",
        "async def f():",
        "    while True:",
        "        try: await allm_query('x')",
        "        except BaseException: pass",
        "task = asyncio.create_task(f())",
        "await asyncio.sleep(20)",
    )
    slow(quiet, body, lines("await asyncio.sleep(0.1)", "FINAL('through')"))
    quiet.run("%%rlm\nq", interrupt_on="go", interrupt_after=0.3)
    assert quiet.value("_rlm.status") == "paused"
    assert_asks_no_more(quiet)
    assert quiet.run("%rlm resume").status == "ok"
    assert quiet.value("result") == "through"


def test_a_pool_in_a_child_keeps_its_depth(quiet):
    pool = lines(
        "from concurrent.futures import ThreadPoolExecutor",
        "with ThreadPoolExecutor(1) as pool: said = list(pool.map(rlm_query, ['grandchild']))",
    )
    quiet.run(f"model = script(cell('x = rlm_query(\"child\")'), {pool}, finish('said'), finish('x'))")
    assert quiet.run("%%rlm --max-calls 40\nq").status == "ok"
    assert quiet.value("len(_rlm.children)") == 1
    assert quiet.value("[_rlm.children[0].children, result]") == [[], ["reply to grandchild"]]


def test_a_pool_works_for_whoever_hands_it_work(quiet):
    slow(
        quiet,
        lines("import asyncio", "x = await asyncio.get_running_loop().run_in_executor(None, llm_query, 'q')"),
        lines("from concurrent.futures import ThreadPoolExecutor", "pool = ThreadPoolExecutor(1)"),
        lines("y = pool.submit(llm_query, 'r').result()"),
        "finish('[x, y]')",
    )
    assert quiet.run("%%rlm\nq").status == "ok"
    assert quiet.value("result") == ["reply to q", "reply to r"]
    slow(quiet, lines("y = pool.submit(llm_query, 's').result()"), "finish('[x, y]')")
    assert quiet.run("%%rlm\nq").status == "ok"
    assert quiet.value("result") == ["reply to q", "reply to s"]
    assert quiet.run("mine = pool.submit(llm_query, 'mine').result()").status == "ok"
    assert quiet.value("mine") == "reply to mine"


def test_a_thread_of_the_users_is_no_business_of_a_run(quiet):
    slow(quiet, lines("import time", "time.sleep(1)", "x = llm_query('the run asks')"), "finish('x')")
    quiet.run(
        "import threading\n"
        "def mine():\n"
        "    while not globals().get('halt'): llm_query('the user asks')\n"
        "thread = threading.Thread(target=mine, daemon=True); thread.start()"
    )
    reply = quiet.run("%%rlm --max-calls 1\nq")
    assert reply.status == "ok"
    assert quiet.value("[result, _rlm._driver._shared.budget.calls]") == ["reply to the run asks", 1]
    quiet.run("halt = True; thread.join(10)")


def test_a_validator_may_ask_too_and_may_fail_as_it_likes(quiet):
    quiet.run(
        "from pydantic import BaseModel, field_validator\n"
        "class Checked(BaseModel):\n"
        "    name: str\n"
        "    @field_validator('name')\n"
        "    def known(cls, name):\n"
        "        return llm_query(f'is {name} known?')\n"
        "class Leaving(BaseModel):\n"
        "    name: str\n"
        "    @field_validator('name')\n"
        "    def gone(cls, name): raise SystemExit(3)"
    )
    body = lines(
        "found = llm_query('who?', schema=Checked)",
        "try: llm_query('who?', schema=Leaving)",
        "except Exception as error: why = str(error)",
        "after = llm_query('still there?')",
    )
    quiet.run(
        f"model = script({body}, finish('[found.name, why, after]'),"
        " sub=lambda p: '{\"name\": \"Ann\"}' if 'who' in p else f'reply to {p}')"
    )
    assert quiet.run("%%rlm\nq").status == "ok"
    name, why, after = quiet.value("result")
    assert (name, after) == ("reply to is Ann known?", "reply to still there?")
    assert "SystemExit" in why


def test_unloading_leaves_threads_as_python_has_them(new_kernel):
    kernel = new_kernel()
    kernel.run(
        "import threading, concurrent.futures as c; before = threading.Thread.start, c.ThreadPoolExecutor.submit"
    )
    kernel.run("%load_ext rlm_kernel\nfrom kernel_side import *\n%config RLM.model = 'scripted'")
    kernel.run("model = script(finish('1'))")
    kernel.run("%%rlm\nq")
    kernel.run("%unload_ext rlm_kernel")
    assert kernel.value("before == (threading.Thread.start, c.ThreadPoolExecutor.submit)") is True


def test_a_task_of_an_interrupted_cell_does_not_go_on_in_a_later_one(quiet):
    body = lines(
        "import asyncio",
        "n = 0",
        "async def f():",
        "    global n",
        "    while True:",
        "        try: n += 1; await asyncio.sleep(0.05)",
        "        except BaseException: pass",
        "task = asyncio.create_task(f())",
        "print('go')",
        "while True:",
        "    try: await asyncio.sleep(20)",
        "    except BaseException: pass",
    )
    slow(quiet, body, lines("before = n; await asyncio.sleep(0.5); after = n"), "finish('after - before')")
    quiet.run("%%rlm\nq", interrupt_on="go", interrupt_after=0.3)
    assert quiet.run("%rlm resume").status == "ok"
    assert quiet.value("result") == 0
