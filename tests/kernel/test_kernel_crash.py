"""A killed kernel loses at most the event that was being written."""

from __future__ import annotations

import json
import os
import random
import signal
import time

import pytest
from live_kernel import SETUP, Kernel, lines

import rlm_kernel
from rlm_kernel.trajectory import read

STEP = lines("ys = llm_query_batched([str(i) for i in range(5)])", "print('x' * 1000)")


@pytest.fixture(params=range(4))
def killed(request, tmp_path):
    """The trajectory of a run whose kernel was killed at a random moment."""
    kernel = Kernel(tmp_path)
    kernel.run(SETUP)
    kernel.run(f"model = script({STEP})")
    kernel.client.execute("%%rlm -m scripted --max-steps 0\nq")
    time.sleep(0.5 + random.Random(request.param).random())
    os.kill(kernel.manager.provisioner.pid, signal.SIGKILL)
    kernel.client.stop_channels()
    kernel.manager.shutdown_kernel(now=True)
    (file,) = (tmp_path / "rlm_runs").glob("*.jsonl")
    return file


def test_all_events_but_the_last_are_whole_and_follow_each_other(killed):
    *whole, last = killed.read_bytes().split(b"\n")
    events = [json.loads(line) for line in whole]
    assert [event["seq"] for event in events] == list(range(len(events)))
    assert len(events) > 10
    trajectory = read(killed)
    assert len(trajectory) in {len(events), len(events) + 1}
    assert last == b"" or len(trajectory) == len(events)
    run = rlm_kernel.load(killed)
    assert run.status == "interrupted"
    assert len(run.steps) >= 1
