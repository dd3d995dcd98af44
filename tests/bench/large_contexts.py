"""What a run waits for before its first request: a context of a gigabyte, a folder of 100,000 files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.context_loading import private

TESTS = Path(__file__).resolve().parents[1]
LINE = "The quick brown fox jumps over the lazy dog, and then it sleeps for an hour or two.\n"

READ = """
import litellm, sys, time
began = time.perf_counter()
open(sys.argv[1], encoding="utf-8").read()
print(time.perf_counter() - began)
"""

RUN = """
import json, litellm, sys, time
from doubles import ScriptedClient, finish
from rlm_kernel.session import current_session

def private():
    with open("/proc/self/smaps_rollup") as lines:
        fields = (line.split() for line in lines)
        return 1024 * sum(int(f[1]) for f in fields if f[0].startswith("Private_"))

def answer(request):
    asked.append(time.perf_counter())
    return finish("1")

asked, session = [], current_session()
session.client = ScriptedClient([answer])
before = private()
began = time.perf_counter()
session.ask("question", {"context": sys.argv[1], "model": "m", "max_cost": 0})
print(json.dumps({"seconds": asked[0] - began, "before": before, "after": private()}))
"""


def first_request(full: bool) -> None:
    """From the start of a run on a text file to its first request, against reading the file alone.

    Each in a process of its own, with litellm imported and the file in the page cache.
    """
    size = 1 << 30 if full else 1 << 27
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "text.txt"
        with file.open("w", encoding="ascii") as text:
            for _ in range(size // (len(LINE) * 10_000)):
                text.write(LINE * 10_000)
        read = min(float(_child(READ, file)[0]) for _ in range(3))
        runs = [_grown(*_child(RUN, file)) for _ in range(3)]
        bytes_ = file.stat().st_size
    ratio = min(run["seconds"] for run in runs) / read
    after, peak = (max(run[key] for run in runs) / bytes_ for key in ("after", "peak"))
    print(
        f"  {bytes_ / 2**20:,.0f} MiB ASCII: first request after {ratio:.2f} × open().read()   (goal ≤ 1.3)"
    )
    print(
        f"  private memory: {after:.3f} × the file after (goal ≤ 1.05), {peak:.3f} × at the peak (goal ≤ 1.1)"
    )


def listing(_full: bool) -> None:
    """A folder of 100,000 files and a glob that matches them, against `os.walk` over the same."""
    from rlm_kernel.context import resolve

    with tempfile.TemporaryDirectory() as folder:
        for i in range(100):
            (Path(folder) / f"{i}").mkdir()
            for j in range(1000):
                (Path(folder) / f"{i}" / f"{j}.txt").touch()
        walk = _seconds(lambda: sum(len(files) for _, _, files in os.walk(folder)))
        for what, context in (("folder", folder), ("glob **", f"{folder}/**/*.txt")):
            seconds = _seconds(lambda context=context: len(resolve([context], {}, None)[0].value))
            print(f"  100,000 files as a {what}: {seconds:.2f} s (goal ≤ 1), {seconds / walk:.1f} × os.walk")


def _grown(printed: str, peak: int) -> dict[str, float]:
    found = json.loads(printed)
    before, after = found["before"], found["after"]
    return {"seconds": found["seconds"], "after": after - before, "peak": max(peak, after) - before}


def _child(code: str, file: Path) -> tuple[str, int]:
    """What a process of its own prints, and the most private memory it had, in bytes."""
    command = [sys.executable, "-c", code, str(file)]
    paths = {"PYTHONPATH": f"{TESTS}:{TESTS.parent}", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    peak = 0
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=file.parent, env=os.environ | paths
    ) as process:
        while process.poll() is None:
            peak = max(peak, private(process.pid))
            time.sleep(0.005)
        return process.stdout.read(), peak


def _seconds(work: Callable[[], int]) -> float:
    """The best of three."""
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)
