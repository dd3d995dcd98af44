"""Tab in the lines of the magics, asked of a real kernel as every front end asks it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlm_kernel.commands import COMMANDS
from rlm_kernel.options import TABLE


@pytest.fixture
def complete(kernel):
    """Asks for what fits at ``|``; returns each line as it would be after choosing."""

    def ask(code):
        before, _, after = code.partition("|")
        kernel.client.complete(before + after, len(before))
        reply = kernel.client.get_shell_msg(timeout=60)["content"]
        assert reply["status"] == "ok"
        begin, end = reply["cursor_start"], reply["cursor_end"]
        return [before[:begin] + match + (before + after)[end:] for match in reply["matches"]]

    return ask


def test_all_options_are_offered_and_those_given_are_not_offered_again(complete):
    offered = complete("%%rlm |\nWhy?")
    assert offered == [f"%%rlm {option.flag}\nWhy?" for option in TABLE]
    assert complete("%%rlm -m x --max-c|\nWhy?") == [
        f"%%rlm -m x --max-c{rest}\nWhy?" for rest in ("alls", "ost")
    ]
    again = complete("%%rlm -m x -c y --|\nWhy?")
    assert "%%rlm -m x -c y --context\nWhy?" in again
    assert "%%rlm -m x -c y --model\nWhy?" not in again


def test_after_context_come_the_namespaces_data_then_files(complete, kernel, tmp_path):
    kernel.run("orders = [1]; open_orders = {}; import json as organ\ndef orchard(): pass")
    Path(tmp_path, "orders.csv").write_text("1")
    Path(tmp_path, "or else").mkdir()
    Path(tmp_path, ".orc").write_text("1")
    lines = [line.splitlines()[0] for line in complete("%%rlm -c or|\nWhy?")]
    assert lines == ["%%rlm -c orders", "%%rlm -c 'or else/'", "%%rlm -c orders.csv"]
    assert complete("%%rlm --context=orde|") == ["%%rlm --context=orders", "%%rlm --context=orders.csv"]
    assert complete("%%rlm -c mine=orders.|") == ["%%rlm -c mine=orders.csv"]
    assert complete("%%rlm -c .o|") == ["%%rlm -c .orc"]


def test_a_path_in_quotes_goes_on_below_its_folder(complete, tmp_path):
    folder = Path(tmp_path, "two words")
    folder.mkdir()
    Path(folder, "it's.txt").write_text("1")
    assert complete("%%rlm -c 'two w|") == ["%%rlm -c 'two words/'"]
    [line] = complete("%%rlm -c 'two words/'|")
    assert line == """%%rlm -c 'two words/it'"'"'s.txt'"""


def test_a_path_that_would_be_misread_is_written_so_that_it_is_not(complete, tmp_path):
    Path(tmp_path, "a=b.txt").write_text("1")
    Path(tmp_path, "-c.txt").write_text("1")
    assert {line.split()[-1] for line in complete("%rlm import |")} >= {"./-c.txt", "./a=b.txt"}


def test_models_are_offered_by_the_beginning_of_their_name(complete, kernel):
    assert "%%rlm -m offline" in complete("%%rlm -m |")
    assert "%%rlm -m scripted" in complete("%%rlm -m |")
    offered = complete("%%rlm --sub-model anthropic/|")
    assert len(offered) > 3
    assert all(line.startswith("%%rlm --sub-model anthropic/claude") for line in offered)


def test_a_recording_is_offered_by_its_path(complete, tmp_path):
    Path(tmp_path, "run.jsonl").write_text("")
    assert complete("%%rlm --replay ru|") == ["%%rlm --replay run.jsonl"]


def test_dialects_and_types_are_offered(complete, kernel):
    kernel.run("class Listing: pass")
    assert complete("%%rlm --dialect s|") == ["%%rlm --dialect smolagents"]
    assert complete("%%rlm --schema Lis|") == ["%%rlm --schema Listing"]
    assert complete("%%rlm --schema dict|")[0] == "%%rlm --schema 'dict[str, int]'"


def test_commands_and_their_arguments_are_offered(complete, quiet):
    assert complete("%rlm |") == [f"%rlm {name}" for name in COMMANDS]
    assert complete("x = 1\n%rlm sto|") == ["x = 1\n%rlm stop"]
    quiet.run("model = script(cell('x = 1'), finish('1'))")
    quiet.run("%%rlm -m m --max-steps 1\nq")
    run = quiet.value("_rlm.id")
    assert complete("%rlm resume |") == [
        f"%rlm resume {word}"
        for word in (
            run,
            "--hint",
            "--max-steps",
            "--max-calls",
            "--max-tokens",
            "--max-cost",
            "--max-seconds",
            "--max-depth",
        )
    ]
    assert complete(f"%rlm resume {run} --h|") == [f"%rlm resume {run} --hint"]
    assert complete("%rlm stop |") == [f"%rlm stop {run}"]


def test_ask_offers_its_options_until_the_question_begins(complete):
    assert complete("%rlm ask --sch|") == ["%rlm ask --schema"]
    assert not [line for line in complete("%rlm ask -m offline where is --sch|") if "--schema" in line]


def test_the_question_and_other_code_are_left_alone(complete):
    assert not [line for line in complete("%%rlm -m x\nIs there --|") if "--context" in line]
    assert not [line for line in complete("%%rlm -m x\n%rlm |") if line.endswith("status")]
    assert complete("len|")[0].startswith("len")


def test_without_the_extension_nothing_is_offered(complete, kernel):
    kernel.run("%unload_ext rlm_kernel")
    assert not [line for line in complete("%rlm |") if line.endswith("status")]


def test_the_functions_are_offered_in_code_as_builtins_are(complete, kernel):
    kernel.run("class mine: llm_q = 1")
    assert complete("x = llm_query_b|") == ["x = llm_query_batched"]
    assert "mine.llm_query" not in complete("mine.llm_q|")
    assert "%%rlm -m x\nllm_query" not in complete("%%rlm -m x\nllm_qu|")


def test_names_with_an_underscore_are_offered_where_one_is_written(complete, kernel):
    kernel.run("_mine = 1")
    assert complete("%%rlm -c _m|\nWhy?") == ["%%rlm -c _mine\nWhy?"]
    assert not [line for line in complete("%%rlm -c |\nWhy?") if "_mine" in line]


def test_what_stands_for_a_type_is_offered_as_a_schema(complete, kernel):
    kernel.run("Lines = list[str]")
    assert complete("%%rlm --schema Li|") == ["%%rlm --schema Lines"]


def test_the_latest_runs_steps_are_offered(complete, quiet):
    quiet.run("model = script(cell('x = 1'), cell('y = 1'), finish('1'))")
    quiet.run("%%rlm -m m\nq")
    assert complete("%rlm cells |") == [f"%rlm cells {step}" for step in (3, 2, 1)]


def test_help_in_a_magics_line_is_that_magics_and_at_a_name_the_names(kernel):
    kernel.run("orders = [1]")

    def shown(code):
        before, _, after = code.partition("|")
        kernel.client.inspect(before + after, len(before))
        reply = kernel.client.get_shell_msg(timeout=60)["content"]
        return reply["data"].get("text/plain", "") if reply["found"] else ""

    for code in ("%%rl|m\nWhy?", "%%rlm|\nWhy?", "%%rlm -c orders --max-cost| 1\nWhy?"):
        assert "The body is the question" in shown(code), code
    assert "Commands for runs" in shown("x = 1\n%rlm resume|")
    assert "list" in shown("%%rlm -c orders|\nWhy?").splitlines()[0]
    assert shown("%%rlm\n%rlm nowhere|") == ""
