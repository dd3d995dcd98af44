"""A run with fan-out, struck at many moments: killed, and interrupted.

A tenth of the moments here; all of them with ``RLM_FAULTS=all pytest tests/kernel/test_kernel_faults.py``.
"""

from __future__ import annotations

import os
import random
import time

import pytest
from live_kernel import SETUP, Kernel

EVERYTHING = os.environ.get("RLM_FAULTS") == "all"
KILLS, INTERRUPTS = (30, 100) if EVERYTHING else (10, 20)
SIDE = f"{SETUP}\nfrom fault_side import *\ncontext = CONTEXT\n%config RLM.max_cost = 0\n%config RLM.quiet = True"
ASK = "%%rlm -c context -m scripted\nWhat is it?"
OVER = {"cell_finished", "run_finished"}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The answer of a run that nothing strikes, and the types of its events in order."""
    kernel = Kernel(tmp_path_factory.mktemp("undisturbed"))
    kernel.run(f"{SIDE}\nmodel = planned()\nseen = []")
    kernel.run(
        "from rlm_kernel.trajectory import Trajectory\npublish = Trajectory._publish\n"
        "Trajectory._publish = lambda self, event: (publish(self, event), seen.append(event.type))"
    )
    kernel.run(ASK)
    found = kernel.value("result"), kernel.value("seen")
    kernel.close()
    return found


def moments(undisturbed, count, seed):
    """Events after which to strike, by type and occurrence: every type is among them."""
    _, seen = undisturbed
    before_the_end = seen[: len(seen) - 1 - seen[::-1].index("cell_finished")]
    where = [(kind, before_the_end[: n + 1].count(kind)) for n, kind in enumerate(before_the_end)]
    chance = random.Random(seed)
    first_of_each = [
        chance.choice([place for place in where if place[0] == kind])
        for kind in dict.fromkeys(before_the_end)
    ]
    more = [place for place in where if place not in first_of_each]
    return [*first_of_each, *chance.sample(more, max(0, min(len(more), count - len(first_of_each))))][:count]


def test_killed_anywhere_a_run_goes_on_in_a_new_kernel_to_the_same_answer(undisturbed, tmp_path):
    for number, (kind, occurrence) in enumerate(moments(undisturbed, KILLS, seed=7)):
        where = f"killed after {kind} number {occurrence}"
        folder = tmp_path / str(number)
        folder.mkdir()
        kernel = Kernel(folder)
        try:
            kernel.run(f"{SIDE}\nmodel = planned()\nstrike({kind!r}, {occurrence}, 'SIGKILL')")
            kernel.client.execute(ASK)
            until = time.monotonic() + 60
            while kernel.manager.provisioner.process.poll() is None:
                assert time.monotonic() < until, f"not {where}"
                time.sleep(0.01)
            kernel.restart()
            kernel.run(f"{SIDE}\nmodel = planned()")
            listed = kernel.run("%rlm runs").text
            assert "interrupted" in listed, where
            reply = kernel.run(f"%rlm resume {listed.split()[0]}", timeout=60)
            assert reply.status == "ok", (where, reply.errors, reply.text)
            assert kernel.value("result") == undisturbed[0], where
            assert kernel.value("paid_twice(_rlm)") == [], where
            assert kernel.value("_rlm.status") == "finished", where
        finally:
            kernel.close()


def test_interrupted_anywhere_a_run_pauses_and_goes_on_to_the_same_answer(undisturbed, quiet):
    quiet.run(SIDE)
    for kind, occurrence in moments(undisturbed, INTERRUPTS, seed=11):
        where = f"interrupted after {kind} number {occurrence}"
        quiet.run(
            "%reset -f\nfrom kernel_side import *\nfrom fault_side import *\nimport rlm_kernel\ncontext = CONTEXT\n"
            f"model = planned()\nstrike({kind!r}, {occurrence}, 'SIGINT')"
        )
        reply = quiet.run(ASK, timeout=60)
        assert reply.status == "error", (where, reply.text)
        assert quiet.value("_rlm.status") == "paused", where
        assert quiet.value("left_behind()") == [], where
        reply = quiet.run("%rlm resume", timeout=60)
        assert reply.status == "ok", (where, reply.errors, reply.text)
        assert quiet.value("result") == undisturbed[0], where
        assert quiet.value("paid_twice(_rlm)") == [], where
        assert quiet.value("left_behind()") == [], where
