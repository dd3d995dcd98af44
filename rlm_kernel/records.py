"""Answering from a record instead of a model: what ``--replay`` and ``--cache`` do to a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rlm_kernel.cache import Cache, CachingClient
from rlm_kernel.events import RunStarted
from rlm_kernel.interfaces import Client, UsageError
from rlm_kernel.options import SCHEMA_TYPE, Options
from rlm_kernel.replay import ReplayClient
from rlm_kernel.trajectory import Trajectory, read

_OF_THE_RECORDING_ALONE = ("replay", "cache", SCHEMA_TYPE)
_OF_ITS_HUMAN = ("step", "approve")


def recording_of(replay: str | None) -> Trajectory | None:
    """The trajectory to replay, if one is; raises UsageError where the file holds none."""
    if replay is None:
        return None
    if Path(replay).suffix == ".ipynb":
        raise UsageError(
            f"--replay {replay}: a notebook holds a shortened copy; name the run's .jsonl in rlm_runs"
        )
    trajectory = read(replay)
    started = trajectory.events[0]
    if not isinstance(started, RunStarted):
        raise UsageError(f"--replay {replay}: this trajectory holds no run")
    if started.shortened:
        raise UsageError(
            f"--replay {replay}: this is a notebook's shortened copy; name the run's .jsonl in rlm_runs"
        )
    return trajectory


def recorded_options(recording: Trajectory | None) -> dict[str, Any]:
    """The options of the recorded run, its models included, for those that are not given."""
    if recording is None:
        return {}
    return {name: value for name, value in options_of(recording).items() if name not in _OF_ITS_HUMAN}


def options_of(recording: Trajectory) -> dict[str, Any]:
    """The options of a recorded run, its models included."""
    started = recording.events[0]
    assert isinstance(started, RunStarted)
    options = {name: value for name, value in started.options.items() if name not in _OF_THE_RECORDING_ALONE}
    return {**options, "model": started.model, "sub_model": started.sub_model, "dialect": started.dialect}


def question_of(recording: Trajectory) -> str:
    """What was asked in a recorded run."""
    started = recording.events[0]
    assert isinstance(started, RunStarted)
    return started.question


def client_for(
    options: Options, recording: Trajectory | None, client: Client, warn: Callable[[str], None]
) -> Client:
    """What answers the calls of a run: the recording, the cache before `client`, or `client`.

    Raises UsageError for a file that is no cache.
    """
    if recording is not None:
        return ReplayClient(recording.events)
    if options.cache is not None:
        return CachingClient(client, Cache(Path(options.cache), warn))
    return client
