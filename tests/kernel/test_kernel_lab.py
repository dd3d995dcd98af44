"""The kernel's end of the line to the labextension, spoken to as the labextension does."""

from __future__ import annotations

import time
import uuid
from pathlib import Path

import pytest
from live_kernel import Kernel

from rlm_kernel.frontend.placing import PATIENCE

OWNER = "the-question"
SAVED = Path(__file__).parents[1] / "data" / "trajectories" / "simple.jsonl"


class FrontEnd:
    """What a labextension does, without a browser: it says hello, attaches cells and keeps outputs."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.client = kernel.client
        self.parts: list[dict] = []
        self.outputs: dict[str, list[dict]] = {}
        self.numbers: list[int] = []
        self.attaches = True
        self.edited: dict[str, str] = {}

    def ask(self, op, message=None, **content):
        request = self.client.session.msg("rlm_request", {"op": op, **content})
        if message is not None:
            request["header"]["msg_id"] = request["msg_id"] = message
        self.client.control_channel.send(request)
        return request["header"]["msg_id"]

    def reply(self, op, **content):
        sent = self.ask(op, **content)
        while True:
            message = self.client.get_control_msg(timeout=20)
            if message["parent_header"].get("msg_id") == sent:
                return message["content"]

    def execute(self, code, cell=OWNER, timeout=30):
        """Run a cell; meanwhile do as the kernel says.  Returns its reply."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "allow_stdin": False,
            "stop_on_error": True,
        }
        request = self.client.session.msg("execute_request", content)
        request["metadata"] = {"cellId": cell}
        self.client.shell_channel.send(request)
        sent, deadline = request["header"]["msg_id"], time.monotonic() + timeout
        while time.monotonic() < deadline:
            message = self.client.get_iopub_msg(timeout=timeout)
            self._see(message)
            if (
                message["msg_type"] == "status"
                and message["content"]["execution_state"] == "idle"
                and message["parent_header"].get("msg_id") == sent
            ):
                break
        while True:
            reply = self.client.get_shell_msg(timeout=timeout)
            if reply["parent_header"].get("msg_id") == sent:
                return reply["content"]

    def listen(self, until, seconds=10):
        """Take what comes until an event of that type has."""
        deadline = time.monotonic() + seconds
        while not any(event["type"] == until for event in self.events) and time.monotonic() < deadline:
            self._see(self.client.get_iopub_msg(timeout=seconds))

    @property
    def operations(self):
        return [part["cell"] for part in self.parts if "cell" in part]

    @property
    def events(self):
        return [part["event"] for part in self.parts if "event" in part]

    def _see(self, message):
        parent = message["parent_header"].get("msg_id")
        self.outputs.setdefault(parent, []).append(message)
        if message["msg_type"] != "comm_msg":
            return
        data = message["content"]["data"]
        if data["kind"] != "run":
            return
        self.numbers.append(data["n"])
        self.parts += data["parts"]
        for part in data["parts"]:
            operation = part.get("cell", {})
            if self.attaches and operation.get("op") == "put" and operation["message"]:
                self.ask("attach", operation["message"])
            if operation.get("op") == "report":
                self.ask("edited", run=data["run"], cells=self.edited)

    def shown(self, message):
        """What was written to the outputs of a message."""
        streams = [m["content"]["text"] for m in self.outputs.get(message, []) if m["msg_type"] == "stream"]
        return "".join(streams)


@pytest.fixture
def front(quiet):
    quiet.run("%config RLM.quiet = False")
    front = FrontEnd(quiet)
    assert front.reply("hello")["status"] == "ok"
    return front


def by_op(front, op):
    return [operation for operation in front.operations if operation["op"] == op]


def test_a_step_becomes_cells_whose_outputs_are_their_own(front, quiet):
    quiet.run("model = script('First I look.\\n' + cell('print(1)', 'x = 5'), finish('x'))")
    reply = front.execute("%%rlm -m m\nq")
    assert reply["status"] == "ok"
    codes = {put["id"]: put for put in by_op(front, "put") if put["type"] == "code"}
    first, second = codes.values()
    assert first["source"] == "print(1)\nx = 5"
    assert front.shown(first["message"]) == "1\n"
    assert [done.get("count") for done in by_op(front, "done") if done["id"] in codes] == [
        reply["execution_count"] + 1,
        reply["execution_count"] + 2,
    ]
    assert first["metadata"]["rlm"]["owner"] == OWNER
    assert first["metadata"]["tags"] == ["skip-execution"]
    [thought] = {put["id"]: put for put in by_op(front, "put") if put["type"] == "markdown"}.values()
    assert thought["source"] == "First I look."
    assert second["metadata"]["rlm"]["step"] == 2


def test_all_events_arrive_in_order_and_batches_are_numbered(front, quiet):
    quiet.run("model = script(cell('llm_query_batched([str(i) for i in range(300)])'), finish('1'))")
    front.execute("%%rlm -m m\nq")
    front.listen(until="run_finished")
    stored = [event["seq"] for event in front.events if event["type"] != "reply_delta"]
    assert stored == list(range(quiet.value("len(_rlm.trajectory)")))
    assert front.numbers == list(range(1, len(front.numbers) + 1))


def test_a_front_end_that_is_gone_costs_one_wait_and_its_cells_are_shown_in_the_owner(front, quiet):
    front.attaches = False
    quiet.run("model = script(cell('print(1)'), cell('print(2)'), finish('3'))")
    began = time.monotonic()
    front.execute("%%rlm -m m\nq")
    assert time.monotonic() - began < 2 * PATIENCE
    assert quiet.value("result") == 3
    assert not by_op(front, "run")


def test_nothing_is_sent_to_front_ends_that_did_not_say_hello(quiet):
    quiet.run("%config RLM.quiet = False\nmodel = script(finish('1'))")
    reply = quiet.run("%%rlm -m m\nq")
    assert not [m for m in reply.messages if m["msg_type"].startswith("comm")]


def test_after_a_reload_a_front_end_gets_the_cells_with_their_outputs(front, quiet):
    quiet.run("model = script('Look.\\n' + cell('print(1)'), finish('2'))")
    front.execute("%%rlm -m m\nq")
    greeting = front.reply("hello")
    [run] = greeting["runs"]
    assert (run["owner"], run["status"], run["question"]) == (OWNER, "finished", "q")
    cells = front.reply("cells", run=run["id"])["cells"]
    assert [cell["cell_type"] for cell in cells] == ["markdown", "code", "code"]
    assert cells[1]["outputs"][0]["text"] == "1\n"
    assert {put["id"] for put in by_op(front, "put") if put["type"] == "code"} == {
        cells[1]["id"],
        cells[2]["id"],
    }


def test_a_run_can_be_paused_after_its_step_while_the_kernel_is_busy(front, quiet):
    quiet.run("import time; model = script(cell('time.sleep(2); x = 1'), cell('x = 2'), finish('x'))")
    content = {"code": "%%rlm -m m\nq", "silent": False, "store_history": True, "allow_stdin": False}
    front.client.shell_channel.send(front.client.session.msg("execute_request", content))
    time.sleep(1)
    run = front.reply("hello")["runs"][-1]["id"]
    assert front.reply("pause", run=run) == {"status": "ok"}
    front.client.get_shell_msg(timeout=20)
    assert quiet.value("[_rlm.status, _rlm.reason, x]") == ["paused", "pause", 1]
    assert front.reply("pause", run=run)["status"] == "error"


def test_names_are_told_with_who_set_them(front, quiet):
    quiet.run("mine = [1, 2]; model = script(cell('theirs = {}'), finish('1'))")
    front.execute("%%rlm -m m -c mine\nq")
    names = {name["name"]: name for name in front.reply("names")["names"]}
    assert (names["mine"]["by"], names["theirs"]["by"], names["context"]["by"]) == ("human", "model", "run")
    assert names["theirs"]["step"] == 1
    assert "list" in front.reply("preview", name="mine")["text"]


def test_events_come_shortened_and_are_whole_for_whoever_asks(front, quiet):
    prompt = "ab" * 40_000
    quiet.run("text = 'ab' * 40_000; model = script(cell('llm_query(text); print(text)'), finish('1'))")
    front.execute("%%rlm -m m --max-cost 0\nq")
    [short] = [event for event in front.events if event["type"] == "call_started" and event["role"] == "sub"]
    run, span = quiet.value("_rlm.id"), short["span"]
    started, finished = front.reply("span", run=run, spans=[span])["events"]
    assert len(short["messages"][0]["content"]) < 300
    assert started["messages"] == [{"role": "user", "content": prompt}]
    assert finished["type"] == "call_finished"
    [cell] = front.reply("span", run=run, spans=["r/1.1"])["events"][1:]
    assert cell["outputs"][0]["text"] == prompt + "\n"
    assert front.reply("span", run=run, spans=["r/9"])["events"] == []
    # A search looks into the exact texts, from any event on.
    found = front.reply("search", run=run, text="BA" * 39_999 + "b")
    assert (found["spans"], found["more"]) == ([span, "r/1.1"], False)
    assert front.reply("search", run=run, text="ab", after=found["after"])["spans"] == []


def test_the_messages_that_the_model_was_sent_are_in_the_events_of_its_steps(front, quiet):
    quiet.run("model = script(cell('print(6 * 7)'), finish('1'))")
    front.execute("%%rlm -m m\nq")
    spans = ["r/1", "r/1/q1", "r/2"]
    events = front.reply("span", run=quiet.value("_rlm.id"), spans=spans)["events"]
    told = [(e["role"], e["content"]) for e in events if e["type"] == "message_added"]
    [reply] = [("assistant", e["text"]) for e in events if e["type"] == "call_finished"]
    sent = quiet.value("[[m.role, m.content] for m in model.root_requests[1].messages]")
    assert [tuple(message) for message in sent] == [*told[:-1], reply, told[-1]]


def test_a_text_that_is_no_unicode_is_sent_all_the_same(front, quiet):
    quiet.run("model = script(cell(r\"print('\\ud800')\"), finish('1'))")
    front.execute("%%rlm -m m\nq")
    reply = front.reply("span", run=quiet.value("_rlm.id"), spans=["r/1.1"])
    assert [event["type"] for event in reply["events"]] == ["cell_started", "cell_finished"]


def test_a_request_nobody_knows_is_answered_with_a_sentence(front):
    assert front.reply("dance")["message"] == "this kernel knows no request 'dance'"
    assert front.reply("events", run=str(uuid.uuid4()))["status"] == "error"


def test_a_run_that_is_resumed_under_another_cell_goes_on_there_and_says_everything_once(front, quiet):
    quiet.run("model = script(cell('print(1)'), cell('print(2)'), finish('3'))")
    front.execute("%%rlm -m m --max-steps 1\nq")
    assert quiet.value("_rlm.status") == "paused"
    before = len(front.operations)
    front.execute("%rlm resume --max-steps 9", cell="another-cell")
    later = front.operations[before:]
    assert {put["after"] for put in later if put["op"] == "put"} == {"another-cell"}
    messages = [put["message"] for put in by_op(front, "put") if put["type"] == "code"]
    assert len(set(messages)) == len({put["id"] for put in by_op(front, "put") if put["type"] == "code"})
    seen = [event["seq"] for event in front.events if event["type"] != "reply_delta"]
    assert len(seen) == len(set(seen))


def test_a_branch_shares_the_cells_of_the_steps_it_has_in_common_and_the_others_leave(front, quiet):
    quiet.run(
        "model = script(cell('x = 1'), cell('x += 1'), finish('x'), finish('x + 10'), finish('x + 20'))"
    )
    front.execute("%%rlm -m m\nq")
    first = quiet.value("_rlm.id")
    for turn in range(2):
        before = len(front.operations)
        assert front.execute("%rlm branch 1", cell="branch-cell")["status"] == "ok"
        later = front.operations[before:]
        assert quiet.value("_rlm.trajectory.events[0].branch_of['run']") == first
        begun, *left = [o for o in later if o["op"] in ("begin", "leave")]
        assert begun["owner"] == "branch-cell"
        assert [o["ids"] for o in left] == ([] if turn else [[f"{first}-r-2-1", f"{first}-r-3-1"]])
        branch = quiet.value("_rlm.id")
        ran = [o["id"] for o in later if o["op"] == "done" and o.get("count")]
        assert ran == [f"{first}-r-1-1", f"{branch}-r-2-1"]
        assert [c["id"] for c in front.reply("cells", run=first)["cells"]] == ran[:1]
        assert [c["id"] for c in front.reply("cells", run=branch)["cells"]] == ran[1:]
    owners = {put["id"]: put["metadata"]["rlm"]["owner"] for put in by_op(front, "put")}
    assert owners[f"{first}-r-1-1"] == OWNER
    assert owners[f"{branch}-r-2-1"] == "branch-cell"


def test_a_branch_with_another_cell_has_that_one_below_its_own(front, quiet):
    quiet.run("model = script(cell('x = 1'), finish('x'), finish('x + 10'))")
    front.execute("%%rlm -m m\nq")
    front.execute("_rlm.branch(1, code='x = 5')", cell="branch-cell")
    branch = quiet.value("_rlm.id")
    cells = front.reply("cells", run=branch)["cells"]
    assert [cell["id"] for cell in cells] == [f"{branch}-r-1-1", f"{branch}-r-2-1"]
    assert cells[0]["source"] == "x = 5"


def test_a_branch_repeats_what_the_human_ran_in_a_pause_unseen_and_its_card_follows_it(front, quiet):
    replies = "cell('x = 1'), cell('z = 0'), cell('x += y'), finish('x'), cell('x += 10'), finish('x')"
    quiet.run(f"model = script({replies})")
    front.execute("%%rlm -m m --max-steps 1\nq")  # and a last turn
    front.execute("y = 2\nprint('by hand')", cell="mine")
    front.execute("%rlm resume --max-steps 9", cell="resume-cell")
    assert quiet.value("result") == 3
    assert front.execute("%rlm branch 3", cell="branch-cell")["status"] == "ok"
    assert quiet.value("(_rlm.status, result)") == ["finished", 13]
    messages = [message for shown in front.outputs.values() for message in shown]
    streams = [m["content"]["text"] for m in messages if m["msg_type"] == "stream"]
    assert streams.count("by hand\n") == 1
    card = [m["content"]["data"] for m in messages if m["msg_type"] == "update_display_data"][-1]
    assert card["text/plain"].startswith("✓ Finished")
    assert "A branch of run" in card["text/plain"]


def test_a_button_learns_how_to_name_the_run_and_what_ran_meanwhile(front, quiet):
    quiet.run("model = script(cell('x = 1'), finish('x'), cell('y = 1'), finish('y'))")
    front.execute("%%rlm -m m --max-steps 1\nq")
    first = quiet.value("_rlm.id")
    front.execute("'one'", cell="one")
    front.execute("'two'", cell="two")
    told = front.reply("going_on", run=first)
    assert (told["isLatest"], told["since"]) == (True, ["one", "two"])
    front.execute("%%rlm -m m --max-steps 1\nq", cell="another")
    assert not front.reply("going_on", run=first)["isLatest"]


def test_a_stopped_run_is_told_to_be_over(front, quiet):
    quiet.run("model = script(cell('x = 1'), cell('x = 2'), finish('1'))")
    front.execute("%%rlm -m m --max-steps 1\nq")
    front.execute("%rlm stop")
    front.listen(until="run_finished")
    assert front.events[-1]["type"] == "run_finished"
    assert front.events[-1]["status"] == "stopped"


def test_what_was_decided_waits_no_more_and_its_cells_stay_as_what_they_are(front, quiet):
    quiet.run("model = script(cell('x = 1'), cell('x = 2'), finish('1'))")
    assert front.execute("%%rlm -m m --step\nq")["status"] == "error"  # so that Run All stops there
    assert front.execute("%rlm skip", cell="another-cell")["status"] == "error"
    front.execute("%rlm stop", cell="the-last")
    front.listen(until="run_finished")
    left = [
        (cell["metadata"]["rlm"]["step"], cell["metadata"]["rlm"]["left_out"])
        for cell in by_op(front, "stay")
    ]
    assert left == [(1, "skipped"), (2, "not run")]
    assert by_op(front, "drop") == []
    shown = [message["msg_type"] for messages in front.outputs.values() for message in messages]
    assert "error" not in shown
    record = front.reply("cells", run=front.events[0]["run"])
    assert [cell["metadata"]["rlm"]["left_out"] for cell in record["cells"]] == ["skipped", "not run"]


def test_accept_runs_what_the_front_end_says_that_the_user_has_edited(front, quiet):
    quiet.run("model = script(cell('x = 1'), finish('x'))")
    front.execute("%%rlm -m m --step\nq")
    front.edited = {"1.1": "x = 5"}
    front.execute("%rlm accept", cell="another-cell")
    front.edited = {}
    front.execute("%rlm accept", cell="the-last")
    front.listen(until="run_finished")
    assert quiet.value("[x, [(c.author, c.code) for c in _rlm.steps[0].cells]]") == [5, [["human", "x = 5"]]]
    assert "The user edited cell 1.1 before it ran" in quiet.value("told(model)")
    [put, *_] = [put for put in by_op(front, "put") if put["source"] == "x = 5"]
    assert put["metadata"]["rlm"]["cell"] == 1
    [done, *_] = [done for done in by_op(front, "done") if done["source"] == "x = 5"]
    assert (done["metadata"]["rlm"]["author"], done["metadata"]["tags"]) == ("model", ["skip-execution"])
    record = front.reply("cells", run=front.events[0]["run"])
    [recorded] = [cell for cell in record["cells"] if cell["source"] == "x = 5"]
    assert recorded["metadata"] == done["metadata"]


def test_the_first_cell_of_a_step_says_what_all_of_it_took(front, quiet):
    quiet.run(
        "model = script(cell('import time; time.sleep(0.2)') + '\\n' + cell('time.sleep(0.3)'), finish('1'))"
    )
    front.execute("%%rlm -m m\nq")
    first = [
        done["metadata"]["rlm"]["seconds"]
        for done in by_op(front, "done")
        if done["source"].startswith("import")
    ]
    assert first[-1] >= first[0] + 0.29  # it is told again when the second has run


def test_cells_that_did_not_run_are_taken_away(front, quiet):
    quiet.run("model = script(cell('1 / 0') + '\\n' + cell('never = 1'), finish('2'))")
    front.execute("%%rlm -m m\nq")
    [dropped] = by_op(front, "drop")
    assert [put["source"] for put in by_op(front, "put") if put["id"] == dropped["id"]] == ["never = 1"]


def test_no_thread_is_left_when_all_is_said(front, quiet):
    quiet.run("model = script(cell('llm_query_batched([str(i) for i in range(50)])'), finish('2'))")
    front.execute("%%rlm -m m\nq")
    time.sleep(0.5)
    names = quiet.value("[thread.name for thread in __import__('threading').enumerate()]")
    assert "rlm-feed" not in names


def test_many_calls_are_told_at_no_more_than_a_server_lets_pass(front, quiet):
    quiet.run(
        "model = script(cell('xs = llm_query_batched([str(i) * 500 for i in range(1000)])'), finish('2'))"
    )
    front.execute("%%rlm -m m --max-cost 0\nq", timeout=60)
    sizes = [len(str(m["content"])) for m in front.outputs.get(None, []) if m["msg_type"] == "comm_msg"]
    assert max(sizes) < 60_000


def test_settings_of_the_front_end_are_the_weakest_defaults_of_all(front, quiet):
    quiet.run("import os; from rlm_kernel.session import current_session")
    quiet.run("os.environ['RLM_MAX_CALLS'] = '7'\n%config RLM.max_depth = 0")
    chosen = "[getattr(current_session().options({'concurrency': 2}), name) for name in %r]"
    chosen %= (["max_steps", "max_calls", "max_depth", "concurrency", "sub_model"],)
    given = {"max_steps": 3, "max_calls": 4, "max_depth": 5, "concurrency": 9, "sub_model": ""}
    assert front.reply("hello", defaults={**given, "unheard_of": True})["status"] == "ok"
    assert quiet.value(chosen) == [3, 7, 0, 2, None]
    assert front.reply("defaults", defaults={"sub_model": "tiny"}) == {"status": "ok"}
    assert quiet.value(chosen) == [20, 7, 0, 2, "tiny"]
    quiet.run("del os.environ['RLM_MAX_CALLS']")


def test_a_bad_setting_is_told_in_one_sentence_before_anything_is_asked(front, quiet):
    front.reply("defaults", defaults={"max_steps": -1})
    reply = quiet.run("%%rlm -m m\nq")
    assert "the setting max_steps of JupyterLab cannot be -1: it must be 0 or more" in str(reply.messages)


def test_the_names_of_providers_whose_keys_the_kernel_sees_are_told_and_nothing_of_the_keys(front, quiet):
    quiet.run("import os; os.environ['ANTHROPIC_API_KEY'] = 'sk-very-secret'")
    assert front.reply("keys") == {"status": "ok", "keys": ["Anthropic"]}
    quiet.run("del os.environ['ANTHROPIC_API_KEY']")
    assert front.reply("keys")["keys"] == []


def test_a_request_before_any_run_is_answered_and_imports_nothing_beside_the_main_thread(quiet):
    quiet.run("import sys, threading, builtins; importers = set(); real = builtins.__import__")
    quiet.run(
        "def watched(name, *more):\n"
        "    if name.startswith('rlm_kernel'): importers.add(threading.current_thread())\n"
        "    return real(name, *more)\n"
        "builtins.__import__ = watched"
    )
    front = FrontEnd(quiet)
    assert front.reply("hello")["runs"] == []
    assert front.reply("keys")["status"] == "ok"
    assert front.reply("names")["status"] == "ok"
    quiet.run("builtins.__import__ = real")
    assert quiet.value("[thread is threading.main_thread() for thread in importers]") in ([], [True])


def test_a_run_that_is_older_than_the_extension_is_told_at_the_hello(new_kernel):
    kernel = new_kernel()
    kernel.run(f"import rlm_kernel; old = rlm_kernel.load({str(SAVED)!r}); rlm_kernel.runs[old.id] = old")
    kernel.run("%load_ext rlm_kernel")
    front = FrontEnd(kernel)
    [run] = front.reply("hello")["runs"]
    assert run["status"] == "finished"
    assert front.reply("events", run=run["id"])["events"][-1]["type"] == "run_finished"


def test_what_a_page_asks_for_in_vain_is_not_the_output_of_the_cell_that_runs(front, quiet):
    gone = {"comm_id": "gone", "data": {"method": "request_state"}}
    quiet.run("import comm; comm.get_comm_manager()")
    reply = quiet.run(f"comm.get_comm_manager().comm_msg(None, None, {{'content': {gone!r}}}); print('mine')")
    assert reply.text == "mine\n"
    logged = "import logging; logging.getLogger('Comm').error('Exception in comm_msg for %s', 'a slider')"
    assert "a slider" in quiet.run(logged).text
