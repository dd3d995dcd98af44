"""The host of a run: of the front ends that have its notebook, the one that writes its cells.

What a cell shows may be taken by another one: where that was quicker, it is the one to be
asked for input.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rlm_kernel.frontend.channel import Channel
from rlm_kernel.frontend.feed import Feed
from rlm_kernel.frontend.placing import HOST_PATIENCE, PATIENCE, Owner


class Host:
    """The host of one run, as long as it is there; then another front end in its place.

    Parameters
    ----------
    channel
        The line to the front ends, of which there is one.
    owner
        The request under which the run runs.
    feed
        What takes operations to the front ends.
    """

    def __init__(self, channel: Channel, owner: Owner, feed: Feed) -> None:
        self._channel = channel
        self._owner = owner
        self._feed = feed
        self._session = owner.window if owner.window in channel.clients else channel.clients[-1]
        self._taker = self._session
        """The front end that took the outputs of the cell that runs."""

    def say(self, operation: str, **what: Any) -> None:
        """Let the host do something to a cell; other windows on the notebook may do the same."""
        self._feed.cell({"op": operation, "host": self._session, **what})

    def choose(self, present: Sequence[str]) -> None:
        """Let one of the front ends that have the notebook be the host, and say which."""
        if present:
            if self._session not in present:
                self._session = present[-1]
            self.say("host")
            self._feed.flush()

    def takes(self, message: str, say_again: Callable[[], None]) -> bool:
        """Wait for the host, or in its place another front end, to take a cell's outputs.

        `say_again` tells a new host what the one before it may not have written.
        """
        attached = self._channel.expect(message)
        while self._channel.clients:
            if self._session not in self._channel.clients:
                self._session = self._channel.clients[-1]
                say_again()
            self._feed.flush()
            if attached.wait(HOST_PATIENCE, self._session):
                self._taker = self._session
                return True
            if attached.wait(PATIENCE - HOST_PATIENCE):
                self._taker = attached.sessions[-1]  # another window on the notebook
                self._channel.changed()  # the host is gone, or only slow
                return True
            self._channel.lose(self._session)
        return False

    def asked(self) -> Any:
        """Who is asked for input: None for the front end that ran the owner, else the one in its place."""
        return None if self._taker == self._owner.session else self._channel.address(self._taker)
