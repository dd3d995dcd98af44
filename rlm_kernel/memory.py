"""Replies on record that identical requests are answered with, without asking again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rlm_kernel.events import CallFinished


class Memory:
    """The replies a run remembers, by the key of their request."""

    def __init__(self) -> None:
        self._replies: dict[str, list[CallFinished]] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._replies

    def keep(self, replies: Sequence[CallFinished], keys: Mapping[str, str]) -> None:
        """Remember replies; `keys` maps the span of a call to the key of its request."""
        for reply in replies:
            if keys.get(reply.span):
                self._replies.setdefault(keys[reply.span], []).append(reply)

    def next(self, key: str) -> CallFinished:
        """The replies to one request in the order they were given, then the last one again."""
        replies = self._replies[key]
        return replies.pop(0) if len(replies) > 1 else replies[0]
