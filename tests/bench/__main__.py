"""The benchmarks, as ratios: ``python -m tests.bench [--full] [NAME …]``.

Absolute times depend on the machine; what is compared is measured side by side.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from tests.bench import browser, kernels, large_contexts, loading, loops, rebuilding

BENCHMARKS: dict[str, Callable[[bool], None]] = {
    "load_ext": kernels.load_ext,
    "step": kernels.step_overhead,
    "http": loops.http_overhead,
    "long_run": loops.long_run,
    "replay": loops.replay,
    "rebuild": rebuilding.rebuild,
    "view": kernels.view_share,
    "context": loading.against_read,
    "first_request": large_contexts.first_request,
    "listing": large_contexts.listing,
    "browser": browser.browser,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], help="which; all by default")
    parser.add_argument("--full", action="store_true", help="the sizes of the issue: 1 GiB, 30 steps of 1 s")
    given = parser.parse_args()
    for name in given.names or BENCHMARKS:
        print(f"\n{name}")
        BENCHMARKS[name](given.full)


if __name__ == "__main__":
    main()
