"""The mark that tells when the output of child processes has come."""

from __future__ import annotations

import os
import threading
import time

import pytest

from rlm_kernel.shell.descriptors import MARK, PATIENCE, Pipe


class Reader:
    """Reads a pipe as ipykernel does, a few bytes at a time."""

    def __init__(self, size: int) -> None:
        self.texts: list[str] = []
        self._end, descriptor = os.pipe()
        self._size = size
        self._thread = threading.Thread(target=self._read, daemon=True)
        self.pipe = Pipe(descriptor, self._thread)

    def start(self) -> Pipe:
        self._thread.start()
        return self.pipe

    def _read(self) -> None:
        while data := os.read(self._end, self._size):
            self.pipe.deliver(data.decode(), self.texts.append)


@pytest.mark.parametrize("size", [1, 3, len(MARK), 1000])
def test_all_before_the_mark_has_been_delivered_after_the_wait_and_the_mark_never_is(size):
    reader = Reader(size)
    pipe = reader.start()
    for number in range(5):
        pipe.write(f"text {number} \x1b[0;1m")
        pipe.mark()
        pipe.wait(time.monotonic() + 5)
        assert "".join(reader.texts) == "".join(f"text {n} \x1b[0;1m" for n in range(number + 1))


def test_two_marks_that_come_at_once_are_both_taken_out():
    reader = Reader(1000)
    reader.pipe.write("a")
    thread_runs = reader.start()
    thread_runs.mark()
    thread_runs.mark()
    thread_runs.write("b")
    thread_runs.mark()
    thread_runs.wait(time.monotonic() + 5)
    assert "".join(reader.texts) == "ab"


def test_without_a_reader_nothing_is_waited_for():
    began = time.monotonic()
    pipe = Reader(1).pipe
    pipe.mark()
    pipe.wait(began + PATIENCE)
    assert time.monotonic() - began < PATIENCE
