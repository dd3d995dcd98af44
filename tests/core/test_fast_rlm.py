"""The dialect `fast-rlm`: awaited questions, each a child run, and names that go with the run."""

from __future__ import annotations

import builtins
import inspect

import pytest
from doubles import ScriptedClient, cell, finish, launch, told

from rlm_kernel import fast_rlm, functions
from rlm_kernel.events import BatchStarted, CallStarted, CellFinished, RunStarted
from rlm_kernel.functions import FUNCTIONS
from rlm_kernel.interfaces import ConnectionFailed, KeyRefused, UsageError
from rlm_kernel.limits import Limits
from rlm_kernel.shell.namespace import NamespaceREPL

ECHO = cell("FINAL(context)")
DOWN = ConnectionFailed("no server answered")
"""A reply that pauses the run."""


class Workers(ScriptedClient):
    """The root says what its script says, every child answers with the cell `child`."""

    def __init__(self, *root, child=ECHO, **more):
        super().__init__(root, **more)
        self.child = child

    def _reply(self, request):
        is_child = request.role == "root" and "<question>\nWhat is it?" not in request.messages[1].content
        if not is_child:
            return super()._reply(request)
        return self.child(request) if callable(self.child) else self.child

    @property
    def child_openings(self):
        openings = [r.messages[1].content for r in self.root_requests]
        return [text for text in openings if "<question>\nWhat is it?" not in text]


def fast(client, **options):
    return launch(client, dialect="fast-rlm", **options)


def answer_of(*lines, **options):
    """What a root cell of the dialect finishes with."""
    run = fast(Workers(cell("import asyncio", *lines)), **options)
    assert run.status == "finished", run.message
    return run.answer


# -- asking ---------------------------------------------------------------------------


def test_an_awaited_query_is_a_child_run_that_gives_its_object():
    client = Workers(cell("FINAL(await llm_query('Sum up'))"), child=cell("FINAL({'got': context})"))
    run = fast(client)
    assert run.answer == {"got": "Sum up"}
    assert [child.question for child in run.children] == ["Sum up"]


@pytest.mark.parametrize("context", [["a", "b"], {"task": "add", "numbers": [1, 2]}, 42])
def test_an_object_reaches_the_child_as_its_context(context):
    client = Workers(cell(f"FINAL(await llm_query({context!r}))"))
    assert fast(client).answer == context
    assert fast_rlm.TASK_IN_CONTEXT in client.child_openings[0]


def test_an_instruction_is_told_beside_the_context():
    client = Workers(cell("FINAL(await llm_query('the text', instruction='Be brief.'))"))
    assert fast(client).answer == "the text"
    assert "Be brief." in client.child_openings[0]


def test_at_the_depth_limit_a_query_is_a_plain_sub_call():
    run = fast(Workers(cell("FINAL(await llm_query('deep'))")), limits=Limits(max_depth=0))
    assert (run.answer, run.children) == ("reply to deep", [])
    assert [event.function for event in run.trajectory.of(CallStarted) if event.role == "sub"] == [
        "rlm_query"
    ]


def test_children_speak_the_dialect_too():
    child = cell("FINAL(await batch_llm_query('a', llm_query('b')))")
    run = fast(Workers(cell("FINAL(await llm_query('go'))"), child=child))
    assert run.answer == ["reply to a", "reply to b"]
    assert {event.dialect for event in run.trajectory.of(RunStarted)} == {"fast-rlm"}


@pytest.mark.parametrize(
    "schema",
    ["list[int]", "{'type': 'array', 'items': {'type': 'integer'}}", "int | list[int]", "list['Number']"],
)
def test_a_schema_is_a_type_or_a_json_schema(schema):
    client = Workers(
        cell("Number = int", f"FINAL(await llm_query('numbers', {schema}))"),
        child=cell("try: FINAL(tries.pop())", "except NameError: tries = [[1, 2]]; FINAL(['no', 1.5])"),
    )
    run = fast(client)
    assert run.answer == [1, 2]
    assert "does not validate as the schema" in client.root_requests[2].messages[-1].content


def test_a_json_schema_holds_for_the_reply_of_a_plain_sub_call():
    client = Workers(
        cell("FINAL(await llm_query('n', {'type': 'object', 'required': ['n']}))"), sub=lambda _: '{"n": 1}'
    )
    assert fast(client, limits=Limits(max_depth=0)).answer == {"n": 1}


def test_equal_runs_say_equal_things_of_a_json_schema():
    openings = []
    for _ in range(2):
        client = Workers(cell("FINAL(await llm_query('n', {'type': 'integer'}))"), child=cell("FINAL(1)"))
        fast(client)
        openings += client.child_openings
    assert openings[0] == openings[1]


# -- side by side ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        "await asyncio.gather(*[llm_query(str(i)) for i in range(8)])",
        "await batch_llm_query(*[llm_query(str(i)) for i in range(8)])",
        "await batch_llm_query([llm_query(str(i)) for i in range(8)])",
        "await batch_llm_query(str(i) for i in range(8))",
        "[await t for t in [asyncio.create_task(llm_query(str(i))) for i in range(8)]]",
    ],
)
@pytest.mark.parametrize("depth", [0, 1])
def test_queries_run_side_by_side_and_answer_in_order(call, depth):
    client = Workers(cell("import asyncio", f"FINAL({call})"), together=8, sub=lambda prompt: prompt)
    assert fast(client, limits=Limits(max_depth=depth)).answer == [str(i) for i in range(8)]
    assert client.peak == 8


def test_a_batch_takes_prompts_queries_and_other_awaitables_together():
    lines = (
        "async def doubled(text): return 2 * await llm_query(text)",
        "FINAL(await batch_llm_query('a', doubled('b'), llm_query('c'), asyncio.sleep(0, 'd')))",
    )
    assert answer_of(*lines) == ["a", "bb", "c", "d"]


def test_a_batch_is_recorded_as_one_and_may_be_empty():
    run = fast(Workers(cell("FINAL([await batch_llm_query('a', 'b'), await batch_llm_query([])])")))
    assert run.answer == [["a", "b"], []]
    assert [event.size for event in run.trajectory.of(BatchStarted)] == [2]


def test_a_failing_query_of_a_batch_leaves_the_answers_of_the_others():
    lines = (
        "try: await batch_llm_query('good', llm_query('bad'), 'fine')",
        "except Exception as error: FINAL((type(error).__name__, error.failed, error.results[::2]))",
    )
    refused = KeyRefused("the key is refused")
    client = Workers(cell(*lines), child=lambda r: refused if "bad" in r.messages[1].content else ECHO)
    assert fast(client).answer == ("BatchError", [1], ["good", "fine"])


def test_an_await_that_is_given_up_loses_only_the_answer():
    lines = (
        "import asyncio",
        "try: await asyncio.wait_for(llm_query('slow'), 0.02)",
        "except asyncio.TimeoutError: FINAL('in time')",
    )
    run = fast(Workers(cell(*lines), delay=0.1))
    assert run.answer == "in time"
    assert run.steps[0].cells[0].seconds < 1


def test_the_budget_holds_for_awaited_queries():
    lines = (
        "try: await batch_llm_query('a', 'b', 'c')",
        "except Exception as error: FINAL((type(error).__name__, error.fits))",
    )
    client = Workers(cell(*lines))
    assert fast(client, limits=Limits(max_depth=0, max_calls=2)).answer == ("LimitExceeded", 2)
    assert not [request for request in client.requests if request.role == "sub"]


# -- mistakes -------------------------------------------------------------------------


def test_a_query_that_is_not_awaited_says_so_and_asks_nothing():
    client = Workers(cell("llm_query('Where?')"), finish("1"))
    run = fast(client)
    assert "it must be awaited: await llm_query('Where?')" in told(client)
    assert "0x" not in told(client)
    assert run.children == []


def test_an_error_by_a_forgotten_await_names_the_cause():
    client = Workers(cell("'x' + llm_query('a')"), finish("1"))
    fast(client)
    assert "UnawaitedQuery" in told(client)


@pytest.mark.parametrize("dialect", ["rlm", "fast-rlm"])
@pytest.mark.parametrize("way", ["FINAL", "SUBMIT", "final_answer"])
def test_a_run_does_not_finish_with_what_was_not_awaited(dialect, way):
    query = "llm_query" if dialect == "fast-rlm" else "arlm_query"
    client = Workers(cell(f"query = {query}('a')", f"{way}(query)"), cell(f"{way}(await query)"))
    assert launch(client, dialect=dialect).answer == "a"
    assert "it was not awaited" in told(client, 1)


def test_a_query_answers_once():
    assert answer_of(
        "q = llm_query('a'); first = await q",
        "try: await q",
        "except RuntimeError as error: FINAL((first, str(error)))",
    ) == ("a", "cannot reuse already awaited coroutine")


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ("llm_query('a', tools=[len])", "llm_query takes no tools= and no mcp= here"),
        ("llm_query('a', mcp=['fs'])", "llm_query takes no tools= and no mcp= here"),
        ("llm_query('a', {'type': 'nothing'})", "the dict given as schema is no JSON Schema"),
        ("llm_query('a', 5)", "5 is not a schema"),
        ("llm_query('a', model=3)", "llm_query takes model as str, not int"),
        ("llm_query(llm_query('a'))", "await that one first"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_sentence(call, sentence):
    client = Workers(cell(f"await {call}"), finish("1"))
    run = fast(client)
    assert sentence in told(client)
    assert run.children == []


def test_nothing_is_asked_of_a_model_where_there_is_no_run():
    query = fast_rlm.llm_query("a")
    with pytest.raises(UsageError, match="there is no run"):
        query.send(None)
    fast_rlm.llm_query("never begun").close()


def test_the_signature_is_fast_rlms():
    parameters = inspect.signature(fast_rlm.llm_query).parameters
    assert list(parameters)[:2] == ["context", "schema"]
    assert {"tools", "mcp", "instruction"} <= set(parameters)


# -- for the run only -----------------------------------------------------------------


def test_the_names_stand_in_the_namespace_only_while_the_run_is_running():
    repl = NamespaceREPL()
    client = Workers(cell("here = [llm_query, 'batch_llm_query' in globals()]"), finish("here"))
    run = fast(client, repl=repl)
    assert run.answer == [fast_rlm.llm_query, True]
    assert not {"llm_query", "batch_llm_query"} & set(repl.namespace)
    assert repl.functions["llm_query"] is functions.llm_query
    assert "batch_llm_query" not in repl.functions
    assert not hasattr(builtins, "batch_llm_query")


def test_a_paused_run_has_given_the_names_back_and_has_them_again_when_resumed():
    client = Workers(
        cell("a = await llm_query('a')"), DOWN, cell("b = await llm_query('b')"), finish("a + b")
    )
    run = fast(client)
    assert (run.status, "llm_query" in run.namespace) == ("paused", False)
    run.namespace["llm_query"] = mine = len
    run.resume()
    assert run.answer == "ab"
    assert "llm_query" not in run.namespace
    assert run.shadowed == {"llm_query": mine}


def test_a_pause_is_no_change_of_names_to_the_model():
    client = Workers(cell("x = 1"), DOWN, cell("x += 1"), finish("x"))
    assert fast(client).resume().answer == 2
    assert not any("the user changed names" in m.content for r in client.root_requests for m in r.messages)


def test_a_value_of_the_users_with_such_a_name_is_kept():
    repl = NamespaceREPL()
    repl.namespace.update(llm_query=len, batch_llm_query=sum)
    run = fast(Workers(cell("FINAL(await llm_query('a'))")), repl=repl)
    assert run.answer == "a"
    assert run.shadowed == {"llm_query": len, "batch_llm_query": sum}


@pytest.mark.parametrize("name", ["llm_query", "batch_llm_query"])
@pytest.mark.parametrize("how", ["{} = 5", "del {}"])
def test_a_name_that_a_cell_takes_is_put_back_and_told(name, how):
    client = Workers(cell(how.format(name)), cell(f"FINAL({name})"))
    assert fast(client).answer is fast_rlm.FUNCTIONS[name]
    assert f"`{name}` is one of your tools and was put back" in told(client)


def test_the_names_are_not_among_the_users():
    client = Workers(cell("print(SHOW_VARS())", "x = llm_query"), finish("1"))
    run = fast(client)
    assert "llm_query" not in told(client).replace("`x` set", "").partition("Names:")[0]
    assert run.trajectory.of(CellFinished)[0].reads == []


def test_the_other_functions_are_there_as_everywhere():
    names = sorted(FUNCTIONS.keys() - fast_rlm.FUNCTIONS.keys())
    assert answer_of(f"FINAL([callable(f) for f in ({', '.join(names)})])") == [True] * len(names)


@pytest.mark.parametrize("dialect", ["rlm", "paper", "dspy", "smolagents"])
def test_elsewhere_there_is_no_such_name(dialect):
    client = Workers(cell("FINAL((llm_query, 'batch_llm_query' in dir()))"))
    assert launch(client, dialect=dialect).answer == (functions.llm_query, False)


def test_two_runs_in_one_namespace_do_not_mix():
    repl = NamespaceREPL()
    run = fast(
        Workers(cell("a = await llm_query('a')"), DOWN, cell("FINAL(a + await llm_query('b'))")), repl=repl
    )
    assert launch(ScriptedClient([cell("FINAL(llm_query('c'))")]), repl=repl).answer == "reply to c"
    assert run.resume().answer == "ab"
