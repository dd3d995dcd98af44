"""The dialect `fast-rlm` in a notebook: its names come with the run and go with it."""

from __future__ import annotations

from live_kernel import DONE, ask, lines

LINE = "--dialect fast-rlm"


def test_queries_are_awaited_and_gathered_in_a_models_cell(quiet):
    code = (
        "import asyncio",
        "one = await llm_query('one')",
        "two = await asyncio.gather(llm_query('2a'), llm_query('2b'))",
        "three = await batch_llm_query('3a', llm_query('3b'), llm_query('3c'))",
    )
    ask(quiet, lines(*code), "finish('[one, *two, *three]')", line=f"{LINE} --max-depth 0")
    assert quiet.value("result") == [f"reply to {name}" for name in ("one", "2a", "2b", "3a", "3b", "3c")]


def test_children_of_a_gather_run_side_by_side(quiet):
    code = ("import asyncio", "FINAL(await asyncio.gather(*[llm_query(f'Q{i}') for i in range(6)]))")
    quiet.run(f"model = script({lines(*code)}, {lines('FINAL(context)')}, together=6)")
    quiet.run(f"%%rlm {LINE}\nq")
    assert quiet.value("[result, len(_rlm.children)]") == [[f"Q{i}" for i in range(6)], 6]
    assert quiet.value("model.peak") == 6


def test_the_users_names_are_untouched_after_the_run(quiet):
    quiet.run("import builtins; from rlm_kernel.functions import FUNCTIONS")
    ask(quiet, lines("x = await llm_query('a')"), DONE, line=f"{LINE} --max-depth 0")
    assert quiet.value("[name for name, f in FUNCTIONS.items() if vars(builtins)[name] is not f]") == []
    assert quiet.value("{'llm_query', 'batch_llm_query'} & set(globals()) == set()") is True
    assert quiet.value("hasattr(builtins, 'batch_llm_query')") is False
    assert quiet.value("llm_query('b')") == "reply to b"


def test_a_users_function_of_that_name_is_kept_and_restored(quiet):
    quiet.run("def llm_query(prompt): return 'mine'")
    ask(quiet, lines("x = await llm_query('a')"), "finish('x')", line=f"{LINE} --max-depth 0")
    assert quiet.value("[result, list(_rlm.shadowed)]") == ["reply to a", ["llm_query"]]
    quiet.run("%rlm restore")
    assert quiet.value("llm_query('a')") == "mine"


def test_a_cell_that_forgot_to_await_is_told(quiet):
    ask(quiet, lines("llm_query('Where?')"), DONE, line=LINE)
    message = quiet.value("model.root_requests[-1].messages[-1].content")
    assert "it must be awaited: await llm_query('Where?')" in message


def test_an_interrupted_gather_pauses_with_the_names_given_back_and_resumes(quiet):
    code = (
        "import asyncio; print('go')",
        "xs = await asyncio.gather(*[llm_query(str(i)) for i in range(5)])",
    )
    again = lines("xs = await batch_llm_query('a', 'b')", "FINAL(xs)")
    quiet.run(f"model = slow_subs({lines(*code)}, {again}, seconds=lambda prompt: 20)")
    reply = quiet.run(f"%%rlm {LINE} --max-depth 0\nq", interrupt_on="go", interrupt_after=0.5)
    assert reply.seconds_after_interrupt < 6
    assert quiet.value("[_rlm.status, _rlm.reason, model.waiting]") == ["paused", "interrupt", 0]
    assert quiet.value("'batch_llm_query' in globals()") is False
    quiet.run("model.seconds = lambda prompt: 0")
    quiet.run("%rlm resume")
    assert quiet.value("[_rlm.status, result]") == ["finished", ["reply to a", "reply to b"]]


def test_interrupted_children_of_a_gather_end_too(quiet):
    code = (
        "import asyncio; print('go')",
        "xs = await asyncio.gather(*[llm_query(str(i)) for i in range(3)])",
    )
    child = lines("llm_query('never awaited'); allm = await allm_query('slow')")
    quiet.run(f"model = slow_subs({lines(*code)}, {child}, seconds=lambda prompt: 20)")
    reply = quiet.run(f"%%rlm {LINE}\nq", interrupt_on="go", interrupt_after=1)
    assert reply.seconds_after_interrupt < 6
    assert quiet.value("[_rlm.status, model.waiting]") == ["paused", 0]
    assert quiet.value("sorted({child.status for child in _rlm.children})") == ["stopped"]
