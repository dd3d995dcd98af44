"""Run All on a notebook that holds a run's cells already."""

from __future__ import annotations

import pytest

OWNER = {"cellId": "the-question", "rlm": {"run": "earlier-run"}}


def send(kernel, code, metadata):
    """Queue a cell as JupyterLab does, with what its metadata says."""
    client = kernel.client
    content = {
        "code": code,
        "silent": False,
        "store_history": True,
        "allow_stdin": False,
        "stop_on_error": True,
    }
    request = client.session.msg("execute_request", content)
    request["metadata"] = metadata
    client.shell_channel.send(request)
    return request["header"]["msg_id"]


def replies(kernel, ids):
    found = {}
    while set(ids) - set(found):
        message = kernel.client.get_shell_msg(timeout=30)
        found[message["parent_header"].get("msg_id")] = message["content"]
    return [found[id_] for id_ in ids]


@pytest.mark.parametrize("about", [{"owner": "the-question", "run": "x"}, {"run": "earlier-run"}])
def test_a_model_s_cell_that_was_queued_behind_its_run_is_answered_and_not_run(quiet, about):
    quiet.run("times = 0; model = script(cell('times += 1'), finish('times'))")
    ids = [
        send(quiet, "%%rlm -m scripted\nq", OWNER),
        send(quiet, "times += 100", {"cellId": "c", "rlm": {"author": "model", **about}}),
        send(quiet, "after = 'ran'", {"cellId": "d"}),
    ]
    assert [reply["status"] for reply in replies(quiet, ids)] == ["ok"] * 3
    assert quiet.value("[times, result, after]") == [1, 1, "ran"]


def test_a_model_s_cell_that_is_run_by_hand_is_an_ordinary_cell(quiet):
    quiet.run("times = 0; model = script(cell('times += 1'), finish('times'))")
    replies(quiet, [send(quiet, "%%rlm -m scripted\nq", OWNER)])
    about = {"owner": "the-question", "author": "model"}
    [reply] = replies(quiet, [send(quiet, "times += 100", {"cellId": "c", "rlm": about})])
    assert reply["status"] == "ok"
    assert quiet.value("times") == 101


def test_cells_of_other_runs_and_of_humans_are_run(quiet):
    quiet.run("seen = []; model = script(cell('x = 1'), finish('x'))")
    ids = [
        send(quiet, "%%rlm -m scripted\nq", OWNER),
        send(quiet, "seen.append('other')", {"rlm": {"author": "model", "owner": "another", "run": "y"}}),
        send(quiet, "seen.append('human')", {"rlm": {"author": "human", "owner": "the-question"}}),
    ]
    replies(quiet, ids)
    assert quiet.value("seen") == ["other", "human"]
