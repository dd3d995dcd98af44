"""Real kernels: one a module, freshly set up for each test."""

from __future__ import annotations

import pytest
from live_kernel import SETUP, Kernel


@pytest.fixture(scope="module")
def shared_kernel(tmp_path_factory):
    kernel = Kernel(tmp_path_factory.mktemp("kernel"))
    yield kernel
    kernel.close()


@pytest.fixture
def kernel(shared_kernel, tmp_path):
    """The module's kernel in a folder of this test; a new one where the last test lost it."""
    if shared_kernel.lost:
        shared_kernel.restart()
    setup = f"import os, rlm_kernel; os.chdir({str(tmp_path)!r}); rlm_kernel.runs.clear()"
    shared_kernel.run(
        f"%reset -f\n{SETUP}\n{setup}\n%config RLM.quiet = False\n%config RLM.model = 'scripted'"
    )
    return shared_kernel


@pytest.fixture
def quiet(kernel):
    """The kernel, without cards and steps: what is shown is the cells' own output."""
    kernel.run("%config RLM.quiet = True")
    kernel.run("%config RLM.max_cost = 0")  # a scripted model has no price, which would be noted
    return kernel


@pytest.fixture
def new_kernel(tmp_path):
    """Starts kernels of the test's own."""
    started = []

    def start(**more):
        kernel = Kernel(tmp_path, **more)
        started.append(kernel)
        return kernel

    yield start
    for kernel in started:
        kernel.close()
