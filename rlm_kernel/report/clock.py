"""The time a run has been running, pauses not counted, as its events tell it."""

from __future__ import annotations


class Clock:
    """Runs and stops with the run; knows the time only by the events."""

    def __init__(self) -> None:
        self.latest = 0.0
        """The Unix time of the latest event."""
        self._ran = 0.0
        self._since: float | None = None

    def note(self, time: float) -> None:
        """Something happened at a Unix time."""
        self.latest = max(self.latest, time)

    def seconds(self, now: float | None = None) -> float:
        """Seconds of running at the Unix time `now`, or at the latest event."""
        if self._since is None:
            return self._ran
        return self._ran + max(0.0, max(self.latest, now or 0.0) - self._since)

    def start(self, time: float) -> None:
        """The run goes on."""
        self._since = time

    def start_if_stopped(self, time: float) -> None:
        """One of its cells runs, perhaps by hand while the run stands still."""
        if self._since is None:
            self._since = time

    def stop(self) -> None:
        """The run has stood still since the latest event."""
        self._ran, self._since = self.seconds(), None

    def set(self, seconds: float) -> None:
        """Of a run that stands still it is known how long it ran."""
        self._ran = seconds
