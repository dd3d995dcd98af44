"""What a model's cell cannot take away from the user: the kernel, and IPython's own names."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rlm_kernel.shell.hooks import replaced

_IPYTHONS = ("In", "Out", "exit", "quit", "open")
"""Names that IPython binds, and that anybody may bind to something else."""
_NEEDED = ("_ih", "_oh", "_dh", "get_ipython")
"""Names without whose own values IPython can run no further cell."""


@contextmanager
def kept_usable(shell: Any) -> Iterator[None]:
    """Around a cell of a model: afterwards the shell still works, and goes on."""
    with (
        # A headless shell has no such method, and its `exit` calls it all the same.
        replaced(shell, "ask_exit", _refuse_exit),
        # ipykernel ends its loop as soon as the flag is set.
        replaced(shell, "_update_exit_now", _ignore),
    ):
        try:
            yield
        finally:
            shell.exit_now = False
            _put_names_back(shell)


def _refuse_exit() -> None:
    """Stands in for `ask_exit`, which ``exit()`` and ``quit()`` call to end the user's kernel."""
    raise RuntimeError(
        "a model's cell cannot end the kernel: to finish, set answer['content'] and answer['ready'] = True"
    )


def _ignore(_change: object) -> None:
    """Stands in for what ipykernel does when `exit_now` changes."""


def _put_names_back(shell: Any) -> None:
    namespace, own = shell.user_ns, shell.user_ns_hidden
    for name in _NEEDED:
        if name in own:
            namespace[name] = own[name]
    for name in _IPYTHONS:
        if name in own:
            namespace.setdefault(name, own[name])
    namespace.setdefault("__name__", "__main__")
    namespace.setdefault("__builtins__", builtins)
