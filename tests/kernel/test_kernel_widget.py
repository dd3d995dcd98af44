"""The widget of a run, spoken to over its comm as a front end speaks."""

from __future__ import annotations

import time

import pytest
from live_kernel import ask, lines


class Widget:
    """What a front end has of a widget: its state, what it was sent, and a line back."""

    def __init__(self, kernel, expression="rlm_kernel.widget(_rlm)"):
        self.kernel = kernel
        self.shown = kernel.run(f"import rlm_kernel\nshown = {expression}\nshown")
        assert self.shown.status == "ok", self.shown.errors
        opened = [m["content"] for m in self.shown.messages if m["msg_type"] == "comm_open"]
        (view,) = [
            content for content in opened if "rlm" in content["data"]["state"].get("_anywidget_id", "")
        ]
        self.comm, self.state = view["comm_id"], view["data"]["state"]
        self.said: list[dict] = []

    def send(self, op, **content):
        data = {"method": "custom", "content": {"op": op, "request": op, **content}}
        message = self.kernel.client.session.msg("comm_msg", {"comm_id": self.comm, "data": data})
        self.kernel.client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def see_until(self, is_it, seconds=60):
        """Take what the kernel publishes until there is the message that is waited for."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            message = self.kernel.client.get_iopub_msg(timeout=seconds)
            content = message["content"]
            if message["msg_type"] == "comm_msg" and content["comm_id"] == self.comm:
                self.said.append(content["data"])
            if is_it(message):
                return message
        raise AssertionError("it never came")

    def reply(self, op, **content):
        self.send(op, **content)
        self.see_until(lambda _message: any(said["request"] == op for said in self.replies))
        return next(said for said in self.replies if said["request"] == op)

    @property
    def customs(self):
        return [data["content"] for data in self.said if data["method"] == "custom"]

    @property
    def replies(self):
        return [content for content in self.customs if content["kind"] == "reply"]

    @property
    def events(self):
        batches = [content["parts"] for content in self.customs if content["kind"] == "run"]
        return [part["event"] for parts in batches for part in parts]


def pause(kernel, *replies):
    """A run that has paused: its step, and the extra one in which it might have answered."""
    ask(kernel, lines("x = 5"), lines("x = 6"), *replies, line="--max-steps 1")
    assert kernel.value("_rlm.status") == "paused"
    return Widget(kernel)


@pytest.fixture
def paused(quiet):
    return pause(quiet, "finish('x')")


def test_it_holds_a_copy_of_the_run_and_its_card_for_whoever_cannot_show_it(paused):
    assert paused.state["saved"]["events"][0]["type"] == "run_started"
    assert paused.state["own_id"] == paused.comm
    assert paused.state["can_act"] is True
    assert "export" in paused.state["_esm"]
    (output,) = [output for output in paused.shown.outputs if output["output_type"] == "execute_result"]
    assert "Paused" in output["data"]["text/plain"]
    assert "Paused" in output["data"]["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in output["data"]


def test_it_is_asked_for_events_and_for_whole_texts(paused):
    page = paused.reply("events", after=-1, size=1)
    assert page["more"]
    everything = paused.reply("events", after=page["events"][-1]["seq"], size=1_000_000)
    assert everything["status"] == "ok"
    spans = {event["span"] for event in paused.reply("span", spans=["r/1"])["events"]}
    assert spans == {"r/1"}


def test_what_it_cannot_answer_it_answers_with_a_sentence(paused):
    assert "knows no request 'dance'" in paused.reply("dance")["message"]


def test_resume_goes_on_with_a_hint_and_a_limit_and_tells_what_happens(paused):
    paused.send("resume", hint='it\'s  "here"\n?', limits={"max_steps": 9.0})
    paused.see_until(lambda _message: any(event["type"] == "run_finished" for event in paused.events))
    resumed = next(event for event in paused.events if event["type"] == "run_resumed")
    assert resumed["hint"] == 'it\'s "here" ?'
    assert paused.kernel.value("_rlm.status") == "finished"


def test_stop_ends_a_paused_run(paused):
    assert paused.reply("stop")["status"] == "ok"
    assert paused.kernel.value("_rlm.status") == "stopped"


def test_branch_goes_another_way_after_a_step_in_a_new_run(paused):
    kernel, first = paused.kernel, paused.kernel.value("_rlm.id")
    assert paused.reply("branch", step=1, hint="  with\nless ", limits={"max_steps": 9})["status"] == "ok"
    assert kernel.value("_rlm.id") != first
    branch_of = kernel.value("_rlm.trajectory.events[0].branch_of")
    assert (branch_of["run"], branch_of["step"]) == (first, 1)
    assert branch_of["limits"] == {"max_steps": 9}
    hints = "[e.content for e in _rlm.trajectory.events if e.type == 'message_added' and 'with less' in e.content]"
    assert len(kernel.value(hints)) == 1
    assert kernel.value("rlm_kernel.runs[_rlm.trajectory.events[0].branch_of['run']].status") == "paused"


def test_a_branch_after_no_step_is_refused_below_the_widget(paused):
    paused.send("branch", step=7)
    said = paused.see_until(lambda message: "has no step 7" in str(message["content"]))
    assert said["msg_type"] in ("stream", "error", "display_data")
    assert paused.kernel.value("_rlm.status") == "paused"


SLEEPS = ["import time", "print('at', 'work')", "time.sleep(600)"]


def test_a_run_that_a_widget_resumed_can_be_interrupted(quiet):
    paused = pause(quiet, lines(*SLEEPS), "finish('x')")
    paused.send("resume", limits={"max_steps": 9})
    paused.see_until(lambda message: message["content"].get("text") == "at work\n")
    quiet.manager.interrupt_kernel()
    paused.see_until(lambda _message: any(said["request"] == "resume" for said in paused.replies))
    assert quiet.value("(_rlm.status, _rlm.reason)") == ["paused", "interrupt"]


def test_where_comms_have_a_thread_of_their_own_the_run_goes_on_in_the_main_one(quiet):
    paused = pause(quiet, lines(*SLEEPS), "finish('x')")
    request = {"op": "resume", "request": "resume", "limits": {"max_steps": 9}}
    receive = f"threading.Thread(target=shown._view._receive, args=(None, {request}, [])).start()"
    quiet.client.execute(f"import threading\n{receive}")
    paused.see_until(lambda message: message["content"].get("text") == "at work\n")
    quiet.manager.interrupt_kernel()
    paused.see_until(lambda _message: any(said["request"] == "resume" for said in paused.replies))
    assert quiet.value("(_rlm.status, _rlm.reason)") == ["paused", "interrupt"]


def test_a_run_from_a_file_can_be_looked_at_only(paused):
    read = Widget(paused.kernel, "rlm_kernel.widget(rlm_kernel.load(_rlm.trajectory.path))")
    assert read.state["can_act"] is False
    assert read.reply("events", after=-1)["events"]
    assert "read from a file" in read.reply("stop")["message"]
    assert paused.kernel.value("_rlm.status") == "paused"


def test_a_closed_widget_is_told_nothing_more(paused):
    kernel = paused.kernel
    kernel.run("shown.close()")
    reply = kernel.run("%rlm resume --max-steps 9")
    sent = [m for m in reply.messages if m["content"].get("comm_id") == paused.comm]
    assert sent == []


def test_what_is_no_run_is_refused_in_a_sentence(quiet):
    reply = quiet.run("import rlm_kernel\nrlm_kernel.widget(5)")
    assert "a widget shows a run, not int" in reply.errors[0]
