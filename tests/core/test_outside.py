"""`llm_query` outside any run: one ledger, whatever is set in between."""

from __future__ import annotations

import asyncio
import threading

import pytest
from doubles import ScriptedClient

from rlm_kernel.calls import CallSettings
from rlm_kernel.dialects import dialect
from rlm_kernel.interfaces import LimitExceeded, ModelInfo, Price
from rlm_kernel.limits import Limits
from rlm_kernel.outside import Outside
from rlm_kernel.scope import Ask
from rlm_kernel.shell.namespace import NamespaceREPL

CENT = Price(0.0001, 0.0)
"""Of a token: the double's calls use 100 tokens each, so that one costs a cent."""


class Kernel:
    """What a session does when a human calls `llm_query`."""

    def __init__(self, folder, client):
        self.outside = Outside(client, folder, lambda _line: None)
        self.settings = {"model": "m", "sub_model": "m"}
        self.max_cost = 0.0
        self.dialect = "rlm"

    @property
    def scope(self):
        limits = Limits(20, 0, 0, self.max_cost, 0.0, 1)
        return self.outside.scope(
            CallSettings(**self.settings), dialect(self.dialect), limits, NamespaceREPL(), []
        )

    def ask(self, prompt="a" * 400):
        return self.scope.door.query(self.scope, Ask(prompt))

    def ask_many(self, number):
        return self.scope.door.query_batch(self.scope, [Ask("a" * 400)] * number, None, "raise")


@pytest.fixture
def client():
    return ScriptedClient(price=CENT)


@pytest.fixture
def start(tmp_path):
    """Starts kernels, whose trajectories are closed in the end."""
    kernels = []

    def start(client):
        kernels.append(Kernel(tmp_path, client))
        return kernels[-1]

    yield start
    for kernel in kernels:
        kernel.scope.owner.trajectory.close()


@pytest.fixture
def kernel(start, client):
    return start(client)


@pytest.mark.parametrize(
    "change",
    [{"concurrency": 3}, {"sub_model": "other"}, {"temperature": 0.5}, {"timeout": 9.0}, {"model": "other"}],
)
def test_what_was_spent_stays_spent_when_a_setting_changes(kernel, client, change):
    kernel.max_cost = 0.025
    kernel.ask_many(2)
    kernel.settings |= change
    with pytest.raises(LimitExceeded):
        kernel.ask()
    assert len(client.requests) == 2


def test_what_was_spent_stays_spent_when_the_dialect_changes(kernel):
    kernel.max_cost = 0.025
    kernel.ask_many(2)
    kernel.dialect = "paper"
    with pytest.raises(LimitExceeded):
        kernel.ask()


def test_another_limit_is_one_for_all_that_was_spent(kernel):
    kernel.ask_many(5)
    kernel.max_cost = 0.04
    with pytest.raises(LimitExceeded):
        kernel.ask()
    kernel.max_cost = 0.065
    kernel.ask()
    with pytest.raises(LimitExceeded):
        kernel.ask()


def test_a_call_in_flight_while_a_setting_changes_is_counted(start):
    client = Slow()
    kernel = start(client)
    thread = threading.Thread(target=kernel.ask)
    thread.start()
    assert client.begun.wait(5)
    kernel.max_cost = 0.015
    before = kernel.scope.owner.trajectory
    kernel.settings["concurrency"] = 3
    with pytest.raises(LimitExceeded):
        kernel.ask()
    client.go_on.set()
    thread.join()
    with pytest.raises(LimitExceeded):
        kernel.ask()
    before.close()  # the call's end has opened it again


def test_the_refusal_says_what_the_limit_is_and_how_to_change_it(kernel):
    kernel.max_cost = 0.025
    how = "calls outside runs may take in this kernel"
    option = "allow more with %config RLM.session_max_cost"
    with pytest.raises(LimitExceeded) as error:
        kernel.ask_many(3)
    assert str(error.value) == f"these 3 calls do not fit the $0.025 that {how}; 2 would fit: {option}"
    assert (error.value.limit, error.value.fits) == ("max_cost", 2)
    kernel.ask_many(2)
    with pytest.raises(LimitExceeded) as error:
        kernel.ask()
    assert str(error.value) == f"this call does not fit the $0.025 that {how}: {option}"


def test_prices_are_looked_up_again_for_another_server(start):
    client = PricedByServer()
    kernel = start(client)
    kernel.settings["api_base"] = "http://free"
    kernel.max_cost = 0.005
    kernel.ask()
    kernel.settings["api_base"] = "http://dear"
    with pytest.raises(LimitExceeded):
        kernel.ask()
    assert client.described == ["http://free", "http://dear"]


class PricedByServer(ScriptedClient):
    """A model of one name that costs something at one server only."""

    def __init__(self):
        super().__init__()
        self.described = []

    async def describe(self, model, api_base=None):
        self.described.append(api_base)
        return ModelInfo(model, CENT if api_base == "http://dear" else None)


class Slow(ScriptedClient):
    """A model that replies when it is told to."""

    def __init__(self):
        super().__init__(price=CENT)
        self.begun, self.go_on = threading.Event(), threading.Event()

    async def complete(self, request, on_progress=None):
        self.begun.set()
        await asyncio.to_thread(self.go_on.wait, 10)
        return await super().complete(request, on_progress)
