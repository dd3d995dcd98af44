"""What a session tells of a run before the run begins."""

from __future__ import annotations

import pytest
from doubles import ScriptedClient, finish

from rlm_kernel.interfaces import Price
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
