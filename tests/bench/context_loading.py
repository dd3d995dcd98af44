"""How long a large text file takes to load as a context, and how much memory, against `open().read()`.

    python tests/bench/context_loading.py --size 1GiB [--folder /dev/shm] [--only ascii]

Each load runs in a process of its own.  Time is the best of `--repeat`, with the file in
the page cache.  Memory is that process's private memory (Linux only), peak and afterwards,
less what it had before, over the size of the str (`sys.getsizeof`).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BLOCK = 1 << 20
LINE = "The quick brown fox jumps over the lazy dog, and then it sleeps for an hour or two.\n"

PROBE = """
import json, sys, time
sys.path.insert(0, {root!r})
from rlm_kernel.context import resolve

def private():
    with open("/proc/self/smaps_rollup") as lines:
        fields = (line.split() for line in lines)
        return 1024 * sum(int(f[1]) for f in fields if f[0].startswith("Private_"))

before = private()
start = time.perf_counter()
if {way!r} == "open":
    text = open({path!r}, encoding={encoding!r}).read()
else:
    text = resolve([{path!r}], {{}}, None)[0].value
seconds = time.perf_counter() - start
print(json.dumps(dict(seconds=seconds, before=before, after=private(), size=sys.getsizeof(text), length=len(text),
                      ends=text[:1000] + text[-1000:])))
"""


def lines(size: int, *, line: str = LINE, late: str = "", early: str = "") -> Iterator[str]:
    """About `size` characters, with `early` at the start and `late` near the end."""
    block = line * (BLOCK // len(line))
    yield early
    for _ in range(max(1, size // len(block))):
        yield block
    yield late + line


FILES = {
    "ascii": ("utf-8", {}),
    "ascii-crlf": ("utf-8", {"line": LINE.replace("\n", "\r\n")}),
    "latin-1": ("latin-1", {"line": LINE.replace("o", "ö")}),
    "utf-8 em dashes": ("utf-8", {"line": LINE.replace(",", " —")}),
    "utf-8 em dash at the end": ("utf-8", {"late": "—"}),
    "utf-8 é at the end": ("utf-8", {"late": "é"}),
    "utf-8 emoji at the start": ("utf-8", {"early": "🦊"}),
    "utf-8 emoji at the end": ("utf-8", {"late": "🦊"}),
    "utf-16": ("utf-16", {}),
    "utf-16 em dashes": ("utf-16", {"line": LINE.replace(",", " —")}),
}


def write(path: Path, size: int, encoding: str, options: dict[str, str]) -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        file.writelines(lines(size, **options))


def probe(way: str, path: Path, encoding: str, *, watch: bool) -> dict[str, Any]:
    code = PROBE.format(root=str(ROOT), way=way, path=str(path), encoding=encoding)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        peak = 0
        while watch and process.poll() is None:
            peak = max(peak, private(process.pid))
            time.sleep(0.005)
        found = json.loads(process.stdout.read())
    found["peak"] = max(peak, found["after"])
    for moment in ("peak", "after"):
        found[moment] = (found[moment] - found["before"]) / found["size"]
    return found


def private(pid: int) -> int:
    """Bytes that only this process has; 0 when it has ended."""
    try:
        report = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return 1024 * sum(int(line.split()[1]) for line in report.splitlines() if line.startswith("Private_"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="256MiB")
    parser.add_argument("--folder", default=None, help="where the files are written")
    parser.add_argument("--only", help="a part of the names of the files to measure")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from rlm_kernel.context import parse_size

    size = parse_size(options.size)
    print(f"{'file':26} {'open s':>7} {'ours s':>7} {'ratio':>6} {'peak':>6} {'after':>6} {'open peak':>10}")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for name, (encoding, how) in FILES.items():
            if options.only and options.only not in name:
                continue
            path = Path(folder, "text.txt")
            write(path, size, encoding, how)
            watched, their_watched = (probe(way, path, encoding, watch=True) for way in ("ours", "open"))
            assert (watched["length"], watched["ends"]) == (their_watched["length"], their_watched["ends"]), (
                name
            )
            seconds, their_seconds = (
                min(probe(way, path, encoding, watch=False)["seconds"] for _ in range(options.repeat))
                for way in ("ours", "open")
            )
            print(
                f"{name:26} {their_seconds:7.2f} {seconds:7.2f} {seconds / their_seconds:6.2f} "
                f"{watched['peak']:6.3f} {watched['after']:6.3f} {their_watched['peak']:10.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
