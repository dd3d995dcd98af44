"""Cells that a server executes in the place of the page they were run in.

JupyterLab tells the kernel which cell of the notebook a request is.  An executor on the
server, as that of jupyter-server-nbmodel, sends the code alone, and sends it when it is the
cell's turn: then the page in which the cell was run is asked for the rest.
"""

from __future__ import annotations

from typing import Any

from rlm_kernel.frontend.channel import Channel, channels
from rlm_kernel.frontend.placing import PATIENCE
from rlm_kernel.own_magics import are_all

WAIT_FOR_HELLO = 0.5
"""Seconds that the first run of a kernel waits for a front end that has just seen it load."""

Json = dict[str, Any]


def complete(shell: Any, request: Json) -> None:
    """Put into the metadata of a request what its front end would have sent with it.

    Those are the cell's id and what it says of the run it is of; beside them are `window`,
    the session of the front end, and `scheduled`, when the cell was run there.
    """
    channel = channels.get(shell)
    metadata = request.setdefault("metadata", {})
    if channel is None or metadata.get("cellId") or not _may_be_a_cell(channel, request):
        return
    asked = {"ask": "scheduled", "code": request["content"]["code"]}
    answers = channel.ask(asked, PATIENCE, lambda answers: any(answers.values()))
    for session, cell in answers.items():
        if cell:
            metadata |= {**cell, "window": session}
            return


def _may_be_a_cell(channel: Channel, request: Json) -> bool:
    """Whether somebody else than a front end of ours runs code that is to be kept."""
    content = request.get("content") or {}
    if not content.get("code") or content.get("silent") or not content.get("store_history", True):
        return False
    is_known = channel.has_clients(WAIT_FOR_HELLO) if are_all(content["code"]) else bool(channel.clients)
    return is_known and request["header"].get("session") not in channel.clients
