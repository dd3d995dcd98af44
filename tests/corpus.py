"""Copy the source of the running Python's standard library to a folder: some ten megabytes of text.

Left out are site-packages, which is not the standard library, and the tests.
"""

from __future__ import annotations

import shutil
import sys
import sysconfig
from pathlib import Path

LEFT_OUT = shutil.ignore_patterns(
    "site-packages", "dist-packages", "test", "tests", "__pycache__", "*.so", "*.a", "*.exe"
)


def copy_standard_library(target: Path) -> Path:
    """Copy it, unless the folder is there already."""
    if not target.exists():
        source = Path(sysconfig.get_path("stdlib"))
        shutil.copytree(source, target, ignore=LEFT_OUT, symlinks=True, ignore_dangling_symlinks=True)
    return target


if __name__ == "__main__":
    copy_standard_library(Path(sys.argv[1]))
