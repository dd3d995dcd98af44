"""Hooks into one IPython shell: what it displays passes through the recorder of its cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rlm_kernel.shell.recorder import Recorder
from rlm_kernel.shell.routing import catch_up, current_recorder, not_recording
from rlm_kernel.shell.tracebacks import message_of


@contextmanager
def recording_displays(shell: Any) -> Iterator[None]:
    """Record what the shell displays, shows as a result, or shows as an error.

    Errors need their own hook: ipykernel sends them to the front end by itself, past every
    stream and past the display publisher.
    """
    publisher, hook = shell.display_pub, shell.displayhook
    with (
        replaced(publisher, "publish", _recorded_publish(publisher.publish)),
        replaced(publisher, "clear_output", _recorded_clear(publisher.clear_output)),
        replaced(hook, "write_output_prompt", _unrecorded(hook.write_output_prompt)),
        replaced(hook, "write_format_data", _recorded_result(hook.write_format_data, shell)),
        replaced(shell, "_showtraceback", _recorded_error(shell._showtraceback)),  # noqa: SLF001
    ):
        yield


@contextmanager
def replaced(owner: Any, name: str, method: Callable[..., Any]) -> Iterator[None]:
    """Give one object, not its class, another method for a time, or one that it does not have."""
    own = [vars(owner)[name]] if name in vars(owner) else []
    setattr(owner, name, method)
    try:
        yield
    finally:
        if own:
            setattr(owner, name, own[0])
        else:
            delattr(owner, name)


def _recorded_publish(publish: Callable[..., Any]) -> Callable[..., Any]:
    def recorded(
        data: Mapping[str, Any],
        metadata: dict[str, Any] | None = None,
        _source: Any = None,
        *,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **more: Any,
    ) -> None:
        recorder = _recorder_here()
        if recorder is not None:
            display_id = (transient or {}).get("display_id")
            if update:
                data = recorder.update(display_id or "", data, metadata or {})
            else:
                data = recorder.display("display_data", data, metadata or {}, transient=transient or {})
        if recorder is None or recorder.live:
            with not_recording():
                publish(data, metadata, transient=transient, update=update, **more)

    return recorded


def _unrecorded(write: Callable[[], None]) -> Callable[[], None]:
    """A terminal's ``Out[3]:``, which the recorded result knows by itself."""

    def unrecorded() -> None:
        recorder = current_recorder()
        if recorder is None or recorder.live:
            with not_recording():
                write()

    return unrecorded


def _recorded_clear(clear_output: Callable[..., Any]) -> Callable[..., Any]:
    def recorded(wait: bool = False) -> None:
        recorder = current_recorder()
        if recorder is not None:
            recorder.clear(wait=wait)
        if recorder is None or (recorder.live and not recorder.shares_output):
            with not_recording():
                clear_output(wait)

    return recorded


def _recorded_result(write: Callable[..., Any], shell: Any) -> Callable[..., Any]:
    def recorded(format_dict: Mapping[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        recorder = _recorder_here()
        if recorder is not None:
            count = shell.displayhook.prompt_count
            format_dict = recorder.display(
                "execute_result", format_dict, md_dict or {}, execution_count=count
            )
        if recorder is None or recorder.live:
            with not_recording():
                write(format_dict, md_dict)

    return recorded


def _recorded_error(show: Callable[..., Any]) -> Callable[..., Any]:
    def recorded(etype: type[BaseException], evalue: BaseException, stb: list[str]) -> None:
        recorder = _recorder_here()
        shown: object = evalue
        if recorder is not None:
            text = message_of(evalue)
            message, stb = recorder.error(etype.__name__, text, stb, evalue)
            # Of the value, shells show nothing but its text.
            shown = evalue if message == text else message
        if recorder is None or recorder.live:
            with not_recording():
                show(etype, shown, stb)

    return recorded


def _recorder_here() -> Recorder | None:
    """The recorder of the calling code, after what its child processes have written."""
    recorder = current_recorder()
    if recorder is not None:
        catch_up()
    return recorder
