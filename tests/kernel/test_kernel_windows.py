"""Several windows on the notebook of one kernel, and cells that a server executes for them."""

from __future__ import annotations

import time

import pytest
from live_kernel import Kernel

from rlm_kernel.frontend.questions import Questions

PATIENCE = 60


class Window:
    """A front end that answers what it is asked, whoever has run the cell."""

    def __init__(self, kernel: Kernel, answers: dict) -> None:
        self.client = kernel.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)
        self.session = self.client.session.session
        self.answers = answers
        self.operations: list[dict] = []

    def tell(self, op, message=None, **content):
        request = self.client.session.msg("rlm_request", {"op": op, **content})
        if message is not None:
            request["header"]["msg_id"] = request["msg_id"] = message
        self.client.control_channel.send(request)
        return request["header"]["msg_id"]

    def hello(self):
        self.ask("hello")

    def goodbye(self):
        self.ask("goodbye")

    def ask(self, op):
        sent = self.tell(op)
        while self.client.get_control_msg(timeout=PATIENCE)["parent_header"].get("msg_id") != sent:
            pass

    def serve(self, until):
        """Do as the kernel says until `until` is true of the operations."""
        deadline = time.monotonic() + PATIENCE
        while not until(self.operations):
            assert time.monotonic() < deadline, self.operations
            message = self.client.get_iopub_msg(timeout=PATIENCE)
            data = message["content"].get("data", {}) if message["msg_type"] == "comm_msg" else {}
            if data.get("kind") == "question":
                self.tell("answer", question=data["id"], answer=self.answers[data["ask"]](data))
            for part in data.get("parts", []):
                operation = part.get("cell")
                if operation is not None:
                    self.operations.append({"run": data["run"], **operation})
                    if operation["op"] == "put" and operation["host"] == self.session:
                        self.tell("attach", operation["message"])

    def close(self):
        self.client.stop_channels()


def has_run(operations):
    return any(operation["op"] == "done" for operation in operations)


def hosts(operations, run):
    """The windows that were said to be the host of a run."""
    told = [operation for operation in operations if operation["op"] == "host"]
    return [operation["host"] for operation in told if operation["run"] == run]


def holds_all(question):
    return [held["run"] for held in question["runs"]]


@pytest.fixture
def window(quiet):
    """Opens windows on the kernel."""
    quiet.run("%config RLM.quiet = False")
    opened = []

    def open_window(**answers):
        opened.append(Window(quiet, {"holds": holds_all, "scheduled": lambda _: None, **answers}))
        opened[-1].hello()
        return opened[-1]

    yield open_window
    for one in opened:
        one.tell("goodbye")
        one.close()


def test_a_cell_that_a_server_executes_is_known_by_the_window_it_was_run_in(quiet, window):
    quiet.run("model = script(cell('print(1)'), finish('2'))")
    asked = []

    def scheduled(question):
        asked.append(question["code"])
        return {"cellId": "the-cell", "scheduled": "2030-01-01T00:00:00Z"}

    it = window(scheduled=scheduled)
    quiet.client.execute("%%rlm -m m\nq")
    it.serve(has_run)
    assert asked == ["%%rlm -m m\nq"]
    begun = [operation for operation in it.operations if operation["op"] == "begin"]
    assert [(operation["host"], operation["owner"]) for operation in begun] == [(it.session, "the-cell")]
    puts = [operation for operation in it.operations if operation["op"] == "put"]
    assert {put["after"] for put in puts} == {"the-cell"}


def test_a_model_s_cell_that_a_server_got_before_its_run_returned_is_not_run_again(quiet, window):
    quiet.run("model = script(cell('count = 1'), finish('2'))")
    sent = {"scheduled": "2030-01-01T00:00:00Z"}
    about = {
        "%%rlm -m m\nq": {"cellId": "the-cell", **sent},
        "count += 1": {"cellId": "a-cell", "rlm": {"author": "model", "owner": "the-cell"}, **sent},
    }
    asked = []

    def scheduled(question):
        asked.append(question["code"])
        return about[question["code"]]

    it = window(scheduled=scheduled)
    for code in about:
        quiet.client.execute(code)
    it.serve(lambda _: len(asked) == len(about))
    assert quiet.value("count") == 1


def asked_in(kernel, window):
    """A window in which a question was asked, and the run that it began."""
    kernel.run("model = script(cell('print(1)'), finish('2'))")
    asked = window(scheduled=lambda _: {"cellId": "the-cell"})
    kernel.client.execute("%%rlm -m m\nq")
    asked.serve(has_run)
    return asked, asked.operations[-1]["run"]


def test_a_run_s_host_stays_when_another_window_comes_and_is_another_when_it_goes(quiet, window):
    first, run = asked_in(quiet, window)
    second = window()
    for one in (first, second):
        one.serve(lambda operations: hosts(operations, run))
    assert {*hosts(first.operations, run), *hosts(second.operations, run)} == {first.session}
    first.tell("goodbye")
    second.serve(lambda operations: second.session in hosts(operations, run))


def test_a_window_that_answers_too_late_is_the_host_when_it_is_the_only_one_left(quiet, window):
    first, run = asked_in(quiet, window)
    second = window()
    first.serve(lambda operations: hosts(operations, run))  # without the second, which says nothing yet
    first.goodbye()
    second.serve(lambda operations: second.session in hosts(operations, run))


def test_a_front_end_that_is_silent_is_waited_for_once():
    sent = []
    questions = Questions(sent.append)
    began = time.monotonic()
    assert questions.ask({"ask": "holds"}, ["gone"], 0.2) == {}
    assert time.monotonic() - began >= 0.2
    assert questions.ask({"ask": "holds"}, ["gone"], PATIENCE) == {}
    questions.take({"session": "gone", "question": sent[-1]["id"], "answer": ["late"]})
    assert [question["kind"] for question in sent] == ["question", "question"]


def test_an_answer_that_is_enough_ends_the_waiting():
    def answer(question):
        taken.append(questions.take({"session": "one", "question": question["id"], "answer": "mine"}))

    taken = []
    questions = Questions(answer)
    found = questions.ask({"ask": "scheduled"}, ["one", "other"], PATIENCE, lambda said: any(said.values()))
    assert dict(found) == {"one": "mine"}
    assert taken == [False]
