"""Write the defaults of the options into ``schema/settings.json``, the settings of JupyterLab.

``python labextension/generate_schema.py`` after every change of the table in
``rlm_kernel/options.py``, which is the one place where options are described.  What else is
in the file is written by hand.  A test compares the two.
"""  # noqa: INP001  (a script, part of no package)

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from rlm_kernel.options import BY_NAME, LIMITS, Option, Options

TARGET = Path(__file__).parent / "schema" / "settings.json"
OPTIONS = (BY_NAME["model"], BY_NAME["sub_model"], *LIMITS)
"""The options that have a default in the settings: models and budget; never a key, or an address with one."""

BY_HAND = ("thought_cells", "panel_side", "provider_keys")
"""The settings of the front end itself; the last is a place to show, and holds nothing."""


def text() -> str:
    """The whole of the file, as prettier would have it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def schema() -> dict[str, Any]:
    """The options first, then what was written by hand."""
    written = json.loads(TARGET.read_text(encoding="utf-8"))
    own = {name: written["properties"][name] for name in BY_HAND}
    return {**written, "properties": {**{o.name: _property(o) for o in OPTIONS}, **own}}


def _property(option: Option) -> dict[str, Any]:
    default = getattr(Options(), option.name)
    about = {
        "title": option.flag.removeprefix("--").replace("max-", "max ").capitalize(),
        "description": f"{option.help[0].upper()}{option.help[1:].replace('`', '')}. Option {option.flag}.",
    }
    if default is None:
        return {"type": "string", **about, "default": ""}
    kind = "integer" if isinstance(default, int) else "number"
    return {"type": kind, "minimum": 0, **about, "default": default}


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
