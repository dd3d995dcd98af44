"""``%config RLM.…``: the settings of a session, as traits."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from traitlets import Any as AnyTrait
from traitlets import Float, Unicode
from traitlets.config import Configurable

from rlm_kernel.interfaces import UsageError
from rlm_kernel.options import TABLE, value_of
from rlm_kernel.values import amount

TRAJECTORY_DIR = "rlm_runs"
"""Where trajectories go unless the user says otherwise, below the working directory."""

_DEFAULTS: dict[str, Any] = {
    option.name: AnyTrait(None, allow_none=True, help=f"Default for {option.flag}: {option.help}.").tag(
        config=True
    )
    for option in TABLE
    if option.is_setting
}

_Defaults = type("_Defaults", (Configurable,), _DEFAULTS)
"""One trait for each option that has a default; made from the table, so that none is forgotten."""


class RLM(_Defaults):  # type: ignore[misc, valid-type]
    """Defaults for %%rlm: an option in a cell is stronger; the environment (RLM_MODEL, …) and then
    JupyterLab's settings are weaker.
    """

    trajectory_dir = Unicode(
        None, allow_none=True, help=f"The folder that trajectories are written to ({TRAJECTORY_DIR})."
    ).tag(config=True)
    session_max_cost = Float(
        None,
        allow_none=True,
        help="US dollars that llm_query may cost outside runs, in this kernel (0: no limit).",
    ).tag(config=True)

    def settings(self) -> dict[str, Any]:
        """The options that were set; raises UsageError for a bad value."""
        given = {name: getattr(self, name) for name in _DEFAULTS}
        return {
            name: value_of(name, value, f"%config RLM.{name}")
            for name, value in given.items()
            if value is not None
        }

    def folder(self, environ: Mapping[str, str]) -> Path:
        """The folder that trajectories are written to."""
        return Path(self.trajectory_dir or environ.get("RLM_TRAJECTORY_DIR") or TRAJECTORY_DIR)

    def outside_max_cost(self, environ: Mapping[str, str]) -> float:
        """US dollars that calls outside runs may cost, 0 for no limit; raises UsageError for a bad value."""
        given, called = self.session_max_cost, "%config RLM.session_max_cost"
        if given is None:
            given, called = environ.get("RLM_SESSION_MAX_COST") or 0, "RLM_SESSION_MAX_COST"
        try:
            return amount(str(given))
        except ValueError:
            raise UsageError(f"{called} cannot be {given!r}: it must be a number, 0 or more") from None


_of_shells: weakref.WeakKeyDictionary[Any, RLM] = weakref.WeakKeyDictionary()


def settings_of(shell: Any) -> RLM:
    """The settings of a shell, which ``%config RLM`` changes; fresh ones for None."""
    if shell is None:
        return RLM()
    if shell not in _of_shells:
        _of_shells[shell] = RLM(parent=shell)
    return _of_shells[shell]


def forget_settings(shell: Any) -> None:
    """Let a shell's next settings be fresh ones."""
    _of_shells.pop(shell, None)
