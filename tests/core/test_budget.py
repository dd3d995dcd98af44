"""The ledger of a run: reserve before a call, settle after it, and what happens at a limit."""

from __future__ import annotations

import threading

import pytest
from doubles import ScriptedClient, cell, finish, launch, prepare, told

from rlm_kernel.budget import FIRST_OUTPUT_ESTIMATE, Budget
from rlm_kernel.events import BatchStarted, CallStarted, RunPaused, StepStarted
from rlm_kernel.interfaces import Completion, LimitExceeded, ModelInfo, Price, Usage, UsageError
from rlm_kernel.limits import Limits, limit_text
from rlm_kernel.tokens import estimate_tokens

PRICE = Price(input=1e-6, output=2e-6)


class Clock:
    """Seconds that pass when told to."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def priced(limits, clock=None):
    budget = Budget(limits, clock or Clock())
    budget.learn(ModelInfo("m", PRICE))
    return budget


class MeteredClient(ScriptedClient):
    """Uses as many tokens as its messages are estimated at, and 50 for each reply."""

    def _completion(self, text):
        size = sum(estimate_tokens(message.content) for message in self.requests[-1].messages)
        usage = Usage(size, 50)
        return Completion(text, Usage(size, 50, cost=self.price.of(usage) if self.price else None))


# -- estimates ------------------------------------------------------------------------


def test_expected_output_is_a_thousand_tokens_until_the_run_has_seen_a_reply():
    assert priced(Limits()).estimate("m", 10).output_tokens == FIRST_OUTPUT_ESTIMATE == 1_000


def test_expected_output_is_max_tokens_where_given():
    assert priced(Limits()).estimate("m", 10, max_tokens=77).output_tokens == 77


def test_expected_output_is_the_95th_percentile_of_that_models_replies():
    budget = priced(Limits())
    budget.learn(ModelInfo("other", PRICE))
    for output in range(1, 101):
        call = budget.estimate("m", 1)
        budget.reserve([call])
        budget.settle(call, Usage(1, output))
    assert budget.estimate("m", 10).output_tokens == pytest.approx(95, abs=1)
    assert budget.estimate("other", 10).output_tokens == FIRST_OUTPUT_ESTIMATE


def test_the_cost_of_an_estimate_is_that_of_the_price_list():
    estimate = priced(Limits()).estimate("m", 1_000)
    assert estimate.cost == pytest.approx(1_000 * 1e-6 + 1_000 * 2e-6)


def test_cached_tokens_are_charged_at_their_own_price():
    assert Price(10.0, 1.0, cached=1.0).of(Usage(10, 1, cached_tokens=4)) == 6 * 10 + 4 * 1 + 1


# -- reserving ------------------------------------------------------------------------


def test_a_batch_that_does_not_fit_is_refused_whole_with_the_number_that_fits():
    budget = priced(Limits(max_calls=10))
    with pytest.raises(
        LimitExceeded, match="12 calls do not fit the run's budget of 10 calls; 10 would fit"
    ) as error:
        budget.reserve([budget.estimate("m", 1)] * 12)
    assert (error.value.limit, error.value.fits) == ("max_calls", 10)
    budget.reserve([budget.estimate("m", 1)] * 10)  # nothing was taken by the refused one


def test_the_number_that_fits_a_cost_limit_is_exact():
    budget = priced(Limits(max_cost=0.0095))
    call = budget.estimate("m", 0)  # 0.002 each
    with pytest.raises(LimitExceeded) as error:
        budget.reserve([call] * 5)
    assert error.value.fits == 4
    budget.reserve([call] * 4)
    with pytest.raises(LimitExceeded):
        budget.reserve([call])


def test_settling_replaces_the_reservation_by_what_was_used():
    budget = priced(Limits(max_tokens=2_100))
    call = budget.estimate("m", 1_000)
    budget.reserve([call])
    with pytest.raises(LimitExceeded):
        budget.reserve([call])
    budget.settle(call, Usage(10, 5))
    assert (budget.calls, budget.usage.tokens) == (1, 15)
    budget.reserve([budget.estimate("m", 1_000)])


def test_a_cancelled_reservation_is_given_back():
    budget = priced(Limits(max_calls=1))
    call = budget.estimate("m", 1)
    budget.reserve([call])
    budget.cancel(call)
    budget.reserve([call])
    assert budget.calls == 0


def test_a_limit_of_zero_is_none():
    budget = priced(Limits(max_calls=0, max_tokens=0, max_cost=0, max_seconds=0))
    budget.reserve([budget.estimate("m", 10**9)] * 1_000)
    assert budget.exhausted(10**6) == "max_steps"
    assert priced(Limits(max_steps=0)).exhausted(10**6) is None


def test_where_no_price_is_known_the_cost_limit_does_not_apply():
    budget = Budget(Limits(max_cost=0.000001))
    budget.learn(ModelInfo("free"))
    budget.reserve([budget.estimate("free", 10**6)] * 100)


def test_what_is_held_back_for_the_last_turn_cannot_be_spent_on_calls():
    budget = priced(Limits(max_tokens=15_000))  # a tenth is held back for the observation
    budget.hold_back(budget.estimate("m", 3_000))  # one more turn: 3,000 + 1,000 + 1,500 in, 1,000 out
    with pytest.raises(LimitExceeded):
        budget.reserve([budget.estimate("m", 9_000)])
    budget.reserve_turn(budget.estimate("m", 10_500), last=True)


def test_the_time_of_a_pause_is_not_counted():
    clock = Clock()
    budget = priced(Limits(max_seconds=10), clock)
    budget.start_clock()
    clock.now = 4.0
    budget.stop_clock()
    clock.now = 100.0
    budget.start_clock()
    clock.now = 105.0
    assert budget.seconds == 9.0
    assert budget.exhausted(0) is None
    clock.now = 106.0
    assert budget.exhausted(0) == "max_seconds"
    with pytest.raises(LimitExceeded, match="10 seconds are used up"):
        budget.reserve([budget.estimate("m", 1)])


def test_the_model_is_told_of_a_limit_only_when_nine_tenths_are_used():
    clock = Clock()
    budget = priced(Limits(max_calls=10, max_seconds=100, max_cost=0), clock)
    budget.start_clock()
    call = budget.estimate("m", 1)
    for _ in range(8):
        budget.reserve([call])
        budget.settle(call, Usage(1, 1))
    assert budget.near() == []
    budget.reserve([call])
    budget.settle(call, Usage(1, 1))
    clock.now = 95.0
    assert budget.near() == ["1 of 10 calls left", "5 of 100 seconds left"]


@pytest.mark.parametrize(
    ("name", "text"),
    [("max_calls", "10,000 calls"), ("max_cost", "$1"), ("max_steps", "20 steps")],
)
def test_a_limit_is_written_as_a_person_would(name, text):
    assert limit_text(name, Limits()) == text


def test_a_limit_that_is_none_or_negative_is_refused():
    with pytest.raises(UsageError, match="there is no limit 'max_step'"):
        Limits().with_changes({"max_step": 3})
    with pytest.raises(UsageError, match="it must be 0 or more"):
        Limits().with_changes({"max_steps": -3})


def test_reserving_from_many_threads_never_overspends():
    budget = priced(Limits(max_cost=1.0))
    call = budget.estimate("m", 8_000)  # one cent each: 100 fit
    refused = []

    def work():
        for _ in range(20):
            try:
                budget.reserve([call])
            except LimitExceeded:
                refused.append(1)
            else:
                budget.settle(call, Usage(8_000, 1_000, cost=call.cost))

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert budget.usage.cost <= 1.0
    assert budget.calls >= 99
    assert len(refused) == 320 - budget.calls


# -- in a run -------------------------------------------------------------------------


def test_sixty_four_calls_at_once_never_overspend():
    client = MeteredClient(
        [
            cell(
                "import concurrent.futures",
                "def ask(i):",
                "    try: return llm_query('x' * 4000, max_tokens=50)",
                "    except Exception as error: return error",
                "with concurrent.futures.ThreadPoolExecutor(64) as pool: replies = list(pool.map(ask, range(200)))",
                "refused = sum(isinstance(r, Exception) for r in replies)",
            ),
            cell("FINAL(refused)"),
        ],
        price=PRICE,
        delay=0.005,
    )
    run = launch(client, limits=Limits(max_cost=0.05))
    assert run.status == "finished", run.message
    assert 0 < run.answer < 200
    assert run.usage.cost <= 0.05
    assert run.usage.cost > 0.03


def test_a_refused_batch_makes_no_call_and_the_model_is_told_how_many_fit():
    client = ScriptedClient(
        [cell("xs = llm_query_batched([str(i) for i in range(50)])"), cell("FINAL('few')")]
    )
    run = launch(client, limits=Limits(max_calls=30))
    assert run.answer == "few"
    assert "LimitExceeded: these 50 calls do not fit the run's budget of 30 calls; 30 would fit" in told(
        client
    )
    assert len(client.requests) == 2
    assert not run.trajectory.of(BatchStarted)


def test_the_number_that_fits_is_on_the_error():
    code = cell(
        "try: llm_query_batched(['a'] * 9)",
        "except Exception as error: fits = error.fits",
        "FINAL(llm_query_batched(['a'] * fits))",
    )
    assert len(launch(ScriptedClient([code]), limits=Limits(max_calls=4)).answer) == 4


def test_at_max_steps_the_model_gets_one_extra_turn_to_answer():
    client = ScriptedClient([cell("x = 1"), cell("x = 2"), finish("x")])
    run = launch(client, limits=Limits(max_steps=2))
    assert run.answer == 2
    assert "This is the last turn: the budget (2 steps) is used up" in told(client)
    assert "This is the last turn" not in told(client, 1)
    assert [event.last for event in run.trajectory.of(StepStarted)] == [False, False, True]


def test_after_the_extra_turn_the_run_pauses_and_nothing_is_lost():
    client = ScriptedClient([cell("x = llm_query('a')"), cell("y = x"), finish("y")])
    run = launch(client, limits=Limits(max_steps=1))
    assert (run.status, run.reason) == ("paused", "max_steps")
    assert run.message == "the budget of 1 step is used up"
    assert run.namespace["y"] == "reply to a"
    assert run.trajectory.of(RunPaused)[-1].step == 2
    assert run.resume(max_steps=4).answer == "reply to a"


def test_max_calls_ends_in_an_extra_turn_and_a_pause():
    client = ScriptedClient([cell("xs = llm_query_batched(['a', 'b'])"), cell("1"), cell("FINAL(xs)")])
    run = launch(client, limits=Limits(max_calls=2))
    assert (run.status, run.reason) == ("paused", "max_calls")
    assert "2 calls" in told(client)
    assert run.resume(max_calls=10).answer == ["reply to a", "reply to b"]


def test_max_seconds_ends_in_an_extra_turn_and_a_pause():
    client = ScriptedClient([cell("1"), cell("2"), finish("3")], delay=0.06)
    run = launch(client, limits=Limits(max_seconds=0.05))
    assert (run.status, run.reason) == ("paused", "max_seconds")
    assert len(client.requests) == 2
    assert run.resume(max_seconds=60).answer == 3


def test_max_cost_leaves_room_for_the_extra_turn_and_is_kept():
    client = MeteredClient(
        [cell("xs = [llm_query('y' * 40_000) for _ in range(9)]"), cell("FINAL('enough')")], price=PRICE
    )
    run = launch(client, limits=Limits(max_cost=0.05))
    assert run.answer == "enough"
    assert "raised LimitExceeded" in told(client)
    assert run.usage.cost <= 0.05


def test_max_cost_ends_in_an_extra_turn_and_a_pause():
    client = MeteredClient([cell("print('z' * 15_000)")], price=PRICE)
    run = launch(client, limits=Limits(max_cost=0.04, max_steps=0))
    assert (run.status, run.reason) == ("paused", "max_cost")
    assert "This is the last turn: the budget ($0.04) is used up" in told(client)
    assert 0.02 < run.usage.cost <= 0.04
    with pytest.raises(UsageError, match="--max-cost N"):
        run.resume()


def test_max_tokens_ends_in_an_extra_turn_and_a_pause():
    client = MeteredClient([cell("print('z' * 15_000)")])
    run = launch(client, limits=Limits(max_tokens=50_000, max_steps=0))
    assert (run.status, run.reason) == ("paused", "max_tokens")
    assert "(50,000 tokens)" in told(client)
    assert run.usage.tokens <= 50_000


def test_a_budget_too_small_for_any_turn_pauses_before_the_first_call():
    client = ScriptedClient([finish("1")])
    run = launch(client, limits=Limits(max_tokens=100))
    assert (run.status, run.reason) == ("paused", "max_tokens")
    assert client.requests == []
    assert run.resume(max_tokens=100_000).answer == 1


def test_children_are_charged_to_the_same_ledger():
    def root(request):
        return cell("FINAL(llm_query('deep'))") if "child?" in request.messages[1].content else parent.pop(0)

    parent = [cell("x = rlm_query('child?')"), cell("FINAL(x)")]
    client = ScriptedClient([root], price=PRICE)
    loop = prepare(client)
    run = loop.start()
    assert run.answer == "reply to deep"
    budget = loop._shared.budget
    assert budget.calls == 2  # the child's turn and its sub-call; turns of the root are steps
    assert budget.usage.tokens == run.usage.tokens == 4 * 110
    assert run.usage.cost == pytest.approx(4 * 110e-6 + 4 * 10e-6, rel=0.01)


def test_a_child_that_runs_out_ends_in_a_limit_error_in_its_parents_cell():
    def root(request):
        return cell("1") if "child?" in request.messages[1].content else parent.pop(0)

    parent = [
        cell(
            "try: rlm_query('child?')",
            "except Exception as error: kind = type(error).__name__",
            "print(kind)",
        ),
        cell("FINAL(kind)"),
    ]
    run = launch(ScriptedClient([root]), limits=Limits(max_steps=3))
    assert run.answer == "LimitExceeded"
    assert (run.children[0].status, run.children[0].reason) == ("stopped", "max_steps")


def test_reservations_are_all_given_back_in_the_end():
    client = ScriptedClient(
        [cell("llm_query_batched(['a'] * 20, on_error='return')", "rlm_query('c')"), finish("1")]
    )
    loop = prepare(client)
    loop.start()
    budget = loop._shared.budget
    assert (budget._reserved_calls, budget._reserved_tokens) == (0, 0)
    assert budget._reserved_cost == pytest.approx(0)


def test_calls_are_recorded_before_they_are_made():
    seen = []
    client = ScriptedClient([lambda request: seen.append(len(run.trajectory.of(CallStarted))) or finish("1")])
    loop = prepare(client)
    run = loop.run
    loop.start()
    assert seen == [1]
