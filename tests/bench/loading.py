"""Loading a text file as a context, against reading it with `open`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def against_read(full: bool) -> None:
    """Time and memory, from the script that measures each load in a process of its own."""
    script = Path(__file__).with_name("context_loading.py")
    size = "1GiB" if full else "128MiB"
    subprocess.run([sys.executable, str(script), "--size", size], check=True)
