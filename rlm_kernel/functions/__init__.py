"""The functions a cell calls: `llm_query` and its family, and the ways to finish.

They are the same objects for the model and for the human.  What they act on is decided
when they are called, by the current scope: the run whose cell is calling, or the session.

query      asking other models
finish     finishing the run
asks       what the functions are given → what is asked; mistakes are refused there
sampling   the same for what goes to the model as it is
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rlm_kernel import names
from rlm_kernel.functions.finish import FINAL, FINAL_VAR, SHOW_VARS, SUBMIT, final_answer
from rlm_kernel.functions.query import (
    allm_query,
    allm_query_batched,
    arlm_query,
    llm_query,
    llm_query_batched,
    on_thread,
    rlm_query,
    rlm_query_batched,
)

__all__ = [
    "FINAL",
    "FINAL_VAR",
    "FUNCTIONS",
    "SHOW_VARS",
    "SUBMIT",
    "allm_query",
    "allm_query_batched",
    "arlm_query",
    "final_answer",
    "llm_batch",
    "llm_query",
    "llm_query_batched",
    "on_thread",
    "rlm_query",
    "rlm_query_batched",
]

llm_batch = llm_query_batched
"""What verifiers' models call it."""

FUNCTIONS: Mapping[str, Callable[..., Any]] = {name: globals()[name] for name in names.FUNCTIONS}
"""Every name a cell finds, with its function."""
