"""Child runs: the same loop, one level deeper, in a namespace of its own."""

from __future__ import annotations

import pytest
from doubles import ScriptedClient, cell, finish, launch, prepare, told

from rlm_kernel.events import BatchFinished, BatchStarted, CallStarted, CellStarted, RunFinished, RunStarted
from rlm_kernel.interfaces import BatchError, KeyRefused
from rlm_kernel.limits import Limits


class Family(ScriptedClient):
    """Answers the root from one script, and each child by what it was asked.

    `children` maps the beginning of a question to the replies to it.
    """

    def __init__(self, root, children, **more):
        super().__init__(root, **more)
        self.children = children

    def _reply(self, request):
        opening = request.messages[1].content if request.role == "root" else ""
        for question, replies in self.children.items():
            if f"<question>\n{question}" in opening:
                turn = sum(message.role == "assistant" for message in request.messages)
                reply = replies[min(turn, len(replies) - 1)]
                return reply(request) if callable(reply) else reply
        return super()._reply(request)

    def asked(self, question):
        """The requests of the child that was asked `question`."""
        return [r for r in self.root_requests if f"<question>\n{question}" in r.messages[1].content]


def test_a_child_answers_with_a_python_object_from_its_own_namespace():
    client = Family(
        [cell("x = 'mine'", "y = rlm_query('Add', context=[1, 2])"), cell("FINAL((x, y))")],
        {"Add": [cell("x = sum(context)"), cell("FINAL({'sum': x})")]},
    )
    run = launch(client)
    assert run.answer == ("mine", {"sum": 3})
    (child,) = run.children
    assert child.namespace["x"] == 3
    assert "y" not in child.namespace


def test_a_child_gets_the_object_itself_and_gives_the_object_itself():
    client = Family(
        [cell("thing = object()", "same = rlm_query('Echo', context=thing) is thing", "FINAL(same)")],
        {"Echo": [cell("FINAL(context)")]},
    )
    assert launch(client).answer is True


def test_without_a_context_the_child_has_the_prompt_as_one():
    client = Family([cell("FINAL(rlm_query('Echo'))")], {"Echo": [cell("FINAL(context)")]})
    assert launch(client).answer == "Echo"


def test_a_child_can_be_inspected_afterwards():
    client = Family(
        [cell("FINAL(rlm_query('Add', context=[1]))")], {"Add": [cell("x = 1"), cell("FINAL(x)")]}
    )
    run = launch(client)
    (child,) = run.children
    assert child.parent is run
    assert (child.question, child.status, child.reason, child.answer) == ("Add", "finished", "answer", 1)
    assert (child.span, child.id) == ("r/1.1/r1", "run-1:r/1.1/r1")
    assert [step.cells[0].code for step in child.steps] == ["x = 1", "FINAL(x)"]
    assert child.usage.tokens == 220
    assert run.usage.tokens == 330


def test_a_childs_events_are_in_the_same_trajectory_under_its_own_span():
    client = Family(
        [cell("FINAL(rlm_query('Add', context=[1]))")], {"Add": [cell("FINAL(llm_query('deep'))")]}
    )
    run = launch(client)
    started = run.trajectory.of(RunStarted)
    assert [(event.span, event.parent, event.depth) for event in started] == [
        ("r", None, 0),
        ("r/1.1/r1", "r/1.1", 1),
    ]
    assert [event.span for event in run.trajectory.of(CellStarted)] == ["r/1.1", "r/1.1/r1/1.1"]
    assert [event.span for event in run.trajectory.of(CallStarted)] == [
        "r/1/q1",
        "r/1.1/r1/1/q1",
        "r/1.1/r1/1.1/q1",
    ]
    assert [event.span for event in run.trajectory.of(RunFinished)] == ["r/1.1/r1", "r"]


def test_children_of_a_batch_run_side_by_side_in_the_order_of_their_prompts():
    questions = {f"Q{i}": [cell("FINAL(context * 10)")] for i in range(8)}
    client = Family(
        [cell("FINAL(rlm_query_batched([f'Q{i}' for i in range(8)], contexts=list(range(8))))")],
        questions,
        together=8,
    )
    run = launch(client)
    assert run.answer == [0, 10, 20, 30, 40, 50, 60, 70]
    assert client.peak == 8
    assert len(run.children) == 8
    (began,), (ended,) = run.trajectory.of(BatchStarted), run.trajectory.of(BatchFinished)
    assert (began.kind, began.size, ended.done, ended.failed) == ("rlm", 8, 8, 0)


def test_outputs_of_children_side_by_side_do_not_mix():
    questions = {
        f"Q{i}": [cell(f"for n in range(50): print('child {i}')"), cell("FINAL(1)")] for i in range(4)
    }
    client = Family([cell("rlm_query_batched([f'Q{i}' for i in range(4)])"), finish("1")], questions)
    run = launch(client)
    for child in run.children:
        (text,) = {line for output in child.steps[0].cells[0].outputs for line in output["text"].splitlines()}
        assert text == f"child {child.question[1]}"
    assert run.steps[0].cells[0].outputs[0]["output_type"] == "execute_result"


def test_prompts_and_contexts_must_be_as_many():
    client = ScriptedClient([cell("rlm_query_batched(['a', 'b'], contexts=[1])"), finish("1")])
    launch(client)
    assert "UsageError: rlm_query_batched got 2 prompts and 1 contexts" in told(client)


def test_a_child_that_fails_raises_in_its_parents_cell():
    client = Family(
        [
            cell(
                "try: rlm_query('Ask')",
                "except Exception as error: FINAL((type(error).__name__, str(error)))",
            )
        ],
        {"Ask": [lambda request: KeyRefused("no such key")]},
    )
    run = launch(client)
    assert run.answer == ("KeyRefused", "no such key")
    assert run.children[0].status == "failed"


def test_failures_of_a_batch_of_children_are_those_of_any_batch():
    children = {"bad": [lambda request: KeyRefused("no such key")], "good": [finish("1")]}
    client = Family(
        [
            cell("try: rlm_query_batched(['good', 'bad', 'good'])", "except Exception as e: error = e"),
            cell("FINAL((error, rlm_query_batched(['bad', 'good'], on_error='return')))"),
        ],
        children,
    )
    error, returned = launch(client).answer
    assert isinstance(error, BatchError)
    assert (error.failed, error.results[0], error.results[2]) == ([1], 1, 1)
    assert isinstance(returned[0], KeyRefused)
    assert returned[1] == 1


def test_a_schema_holds_for_the_answer_of_a_child():
    client = Family(
        [cell("FINAL(rlm_query('Count', schema=int))")], {"Count": [finish("'many'"), finish("'3'")]}
    )
    assert launch(client).answer == 3


def test_a_childs_root_model_is_the_runs_unless_named():
    client = Family(
        [cell("FINAL([rlm_query('A'), rlm_query('B', model='other')])")],
        {"A": [finish("1")], "B": [finish("2")]},
    )
    assert launch(client).answer == [1, 2]
    assert [client.asked(question)[0].model for question in "AB"] == ["root-model", "other"]


def test_at_the_depth_limit_a_plain_sub_call_answers_and_is_recorded_so():
    client = Family([cell("FINAL(rlm_query('Deep', context='the text'))")], {})
    run = launch(client, limits=Limits(max_depth=0))
    assert run.answer == 'reply to Deep\n\n<context name="context">\nthe text\n</context>'
    (call,) = [event for event in run.trajectory.of(CallStarted) if event.role == "sub"]
    assert call.function == "rlm_query"
    assert run.children == []


def test_a_batch_at_the_depth_limit_is_a_batch_of_sub_calls():
    client = Family([cell("FINAL(rlm_query_batched(['a', 'b'], contexts=['x', [1]]))")], {})
    answer = launch(client, limits=Limits(max_depth=0)).answer
    assert answer == [
        'reply to a\n\n<context name="context">\nx\n</context>',
        'reply to b\n\n<context name="context">\n[1]\n</context>',
    ]


def test_depth_is_counted_from_the_root():
    client = Family(
        [cell("FINAL(rlm_query('One'))")],
        {"One": [cell("FINAL(rlm_query('Two'))")], "Two": [cell("FINAL(rlm_query('Three'))")]},
    )
    run = launch(client, limits=Limits(max_depth=2))
    assert run.answer == "reply to Three"
    assert run.children[0].children[0].question == "Two"
    assert run.children[0].children[0].children == []


def test_only_a_run_that_may_have_children_is_told_of_them():
    client = Family([cell("FINAL(rlm_query('One'))")], {"One": [finish("1")]})
    launch(client, limits=Limits(max_depth=1))
    root, child = client.root_requests[0].messages[0].content, client.asked("One")[0].messages[0].content
    assert "rlm_query(prompt, context=obj)" in root
    assert "rlm_query" not in child


def test_a_child_does_not_touch_the_names_of_its_parent():
    client = Family(
        [
            cell("rlm_query('One', context='other')"),
            cell("FINAL((context, answer['ready'], 'result' in globals()))"),
        ],
        {"One": [cell("context += '!'", "result = 1", "answer = {'content': context, 'ready': True}")]},
    )
    assert launch(client).answer == ("hello world", False, False)


def test_children_started_from_threads_and_awaited_ones_answer_too():
    client = Family(
        [
            cell(
                "import asyncio, threading",
                "xs = await asyncio.gather(arlm_query('A', context=1), arlm_query('A', context=2))",
                "ys = []",
                "thread = threading.Thread(target=lambda: ys.append(rlm_query('A', context=3)))",
                "thread.start(); thread.join()",
                "FINAL(xs + ys)",
            )
        ],
        {"A": [cell("FINAL(context)")]},
        together=2,
    )
    assert launch(client).answer == [1, 2, 3]
    assert client.peak == 2


def test_no_more_children_run_at_once_than_the_concurrency():
    from rlm_kernel.calls import CallSettings

    client = Family([cell("FINAL(len(rlm_query_batched(['A'] * 12)))")], {"A": [finish("1")]}, together=3)
    assert launch(client, settings=CallSettings("root", "sub", concurrency=3)).answer == 12
    assert client.peak == 3


def test_a_child_of_many_that_ends_the_budget_leaves_the_answers_of_the_others():
    client = Family(
        [cell("xs = rlm_query_batched(['A'] * 6, on_error='return')", "FINAL(xs)")],
        {"A": [cell("llm_query('work')"), finish("1")]},
    )
    run = launch(client, limits=Limits(max_calls=9))
    kinds = {type(value).__name__ for value in run.answer}
    assert kinds <= {"int", "LimitExceeded"}
    assert "LimitExceeded" in kinds
    assert sum(len(run.trajectory.of(kind)) for kind in (CallStarted,)) <= 9 + 1


@pytest.mark.parametrize("prompts", ["[]", "iter(['A'])"])
def test_any_iterable_of_prompts_will_do(prompts):
    client = Family([cell(f"FINAL(rlm_query_batched({prompts}))")], {"A": [finish("1")]})
    assert launch(client).answer in ([], [1])


def test_a_child_loop_has_no_out_name():
    client = Family([cell("FINAL(rlm_query('A'))")], {"A": [finish("1")]})
    loop = prepare(client, out="found")
    run = loop.start()
    assert run.namespace["found"] == 1
    assert "found" not in run.children[0].namespace
    assert "_rlm" not in run.children[0].namespace


@pytest.mark.parametrize("call", ["rlm_query('A')", "rlm_query_batched(['A'])[0]", "await arlm_query('A')"])
def test_an_answer_that_is_an_exception_is_returned_and_not_raised(call):
    client = Family([cell(f"FINAL({call})")], {"A": [cell("FINAL(ValueError('as a value'))")]})
    run = launch(client)
    assert isinstance(run.answer, ValueError)
    assert str(run.answer) == "as a value"
    assert [(event.done, event.failed) for event in run.trajectory.of(BatchFinished)] in ([], [(1, 0)])
