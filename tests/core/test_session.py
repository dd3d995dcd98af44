"""What a session tells of a run before the run begins."""

from __future__ import annotations

import os

import pytest
from doubles import ScriptedClient, finish

from rlm_kernel.interfaces import Price, UsageError
from rlm_kernel.report import phrases
from rlm_kernel.report.state import RunReport
from rlm_kernel.session import Session


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def notes(price=None, **options):
    session = Session(make_view=lambda _run: None)
    session.client = ScriptedClient([finish("1")], price=price)
    run = session.ask("What is it?", {"model": "big", **options})
    return phrases.notes(RunReport.of(list(run.trajectory.events)))


def test_a_model_without_a_price_is_said_to_escape_the_cost_limit():
    assert notes() == ["No price is known for big: --max-cost does not apply to it"]


def test_several_models_without_a_price_are_several():
    assert notes(sub_model="small") == ["No price is known for big, small: --max-cost does not apply to them"]


def test_nothing_is_said_of_prices_that_are_known_or_do_not_matter():
    assert notes(Price(1e-6, 1e-6)) == []
    assert notes(max_cost=0) == []


def test_a_bad_limit_on_calls_outside_runs_is_said_of_where_it_was_given(monkeypatch):
    session = Session()
    monkeypatch.setenv("RLM_SESSION_MAX_COST", "much")
    with pytest.raises(UsageError, match=r"^RLM_SESSION_MAX_COST cannot be 'much': it must be a number"):
        session.config.outside_max_cost(os.environ)
    session.config.session_max_cost = -1
    with pytest.raises(UsageError, match=r"^%config RLM\.session_max_cost cannot be -1"):
        session.config.outside_max_cost(os.environ)
