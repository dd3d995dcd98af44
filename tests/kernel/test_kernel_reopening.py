"""Branching a run, and going on after the kernel died, in a real kernel."""

from __future__ import annotations

from live_kernel import SETUP, lines

THREE = [lines("xs = [len(context)]"), lines("ys = xs + [1]"), "finish('ys')"]
GO_ON = "model = script({})".format


def asked(kernel, *replies, line="-c text"):
    kernel.run(f"text = 'hello'\n{GO_ON(', '.join(replies))}")
    return kernel.run(f"%%rlm {line}\nWhat?")


def test_a_branch_takes_back_the_names_of_the_later_steps_and_goes_on_with_the_hint(quiet):
    asked(quiet, *THREE)
    assert quiet.value("result") == [5, 1]
    quiet.run(GO_ON("finish('(xs, \"ys\" in globals())')"))
    reply = quiet.run('%rlm branch 1 "only the length, please"')
    assert reply.status == "ok", reply.errors
    assert quiet.value("[list(result), len(rlm_kernel.runs)]") == [[[5], False], 2]
    assert "only the length, please" in quiet.value("told(model)")
    assert quiet.value("_rlm.usage.tokens") == 110


def test_a_branch_says_in_one_sentence_what_is_wrong_with_it(quiet):
    asked(quiet, *THREE)
    for line, why in {
        "branch": "which step? %rlm branch STEP, such as",
        "branch four": "which step? 'four' is no number: %rlm branch STEP",
        "branch 9": "has no step 9: it has 3",
        "branch 3": "step 3 gave the answer: branch after an earlier one, or give a hint",
        "branch 1 nobody": "there is no run 'nobody'",
        "branch 1 --max-steps few": "--max-steps cannot be 'few'",
    }.items():
        reply = quiet.run(f"%rlm {line}")
        assert reply.status == "error", line
        assert why in "".join(reply.errors) + reply.text, line
    assert quiet.value("[len(rlm_kernel.runs), ys, result]") == [1, [5, 1], [5, 1]]


def test_a_branch_that_is_not_as_the_record_names_the_two_ways_to_go_on(quiet):
    quiet.run("import random")
    asked(quiet, lines("n = random.random(); print(n)"), lines("m = n"), "finish('m')")
    quiet.run(GO_ON("finish('n')"))
    reply = quiet.run("%rlm branch 2")
    assert reply.status == "error"
    said = "".join(reply.errors) + reply.text
    assert "cell 1.1 did not do what it did then: line 2: recorded" in said
    assert "%rlm resume" in said
    assert "%rlm stop" in said
    assert quiet.value("len(model.requests)") == 0
    assert quiet.run("%rlm resume").status == "ok"
    assert quiet.value("result == n") is True


def test_a_cell_that_was_interrupted_is_interrupted_again_where_it_was(quiet):
    quiet.run(
        "text = 'hello'\nmodel = slow_subs({}, {}, seconds=lambda prompt: 60 if prompt == '2' else 0)".format(
            lines("seen = []", "for n in range(4):", "    seen.append(llm_query(str(n)))"), "finish('seen')"
        )
    )
    quiet.run("%%rlm -c text\nWhat?", interrupt_after=1.5)
    assert quiet.value("[_rlm.status, seen]") == ["paused", ["reply to 0", "reply to 1"]]
    quiet.run("%rlm resume")
    assert quiet.value("[_rlm.status, len(result)]") == ["finished", 2]
    was_told = quiet.value("told(model)")
    quiet.run(GO_ON("finish('seen + [\"branched\"]')"))
    reply = quiet.run("%rlm branch 1")
    assert reply.status == "ok", reply.errors
    assert quiet.value("result") == ["reply to 0", "reply to 1", "branched"]
    assert "The user interrupted cell 1.1 after" in was_told
    assert quiet.value("told(model)") == was_told
    assert quiet.value("_rlm.usage.tokens") == 110  # of the new turn: what was interrupted is not asked again


def test_a_call_that_an_interrupted_cell_asks_only_now_does_not_hold_up_later_children(quiet):
    quiet.run("import time; nap = 60")
    late = lines("print('begun')", "time.sleep(nap)", "late = llm_query('late')")
    quiet.run(
        f"replies = [{late}, {lines('kid = rlm_query(chr(63))')}, finish('kid')]\ntext = 'hello'\n"
        "def root(request):\n"
        "    turn = sum(message.role == 'assistant' for message in request.messages)\n"
        "    return finish('42') if '\\n?\\n' in request.messages[1].content else replies[turn]\n"
        "model = script(root)"
    )
    quiet.run("%%rlm -c text\nWhat?", interrupt_on="begun", timeout=60)
    quiet.run("nap = 0")
    quiet.run("%rlm resume")
    assert quiet.value("[_rlm.status, result]") == ["finished", 42]
    quiet.run(GO_ON("finish('[kid]')"))
    reply = quiet.run("%rlm branch 2 'another way'", timeout=60)
    assert reply.status == "ok", reply.errors
    assert quiet.value("result") == [42]


def test_a_branch_interrupted_while_its_cells_run_again_says_from_where_it_goes_on(quiet):
    quiet.run("import time; seconds = 0")
    asked(quiet, lines("print('begun')", "time.sleep(seconds)", "x = 1"), lines("y = 2"), "finish('x')")
    quiet.run("seconds = 60")
    quiet.run(GO_ON("finish('live')"))
    reply = quiet.run("%rlm branch 2 'another way'", interrupt_on="begun", timeout=60)
    said = "".join(reply.errors) + reply.text
    assert (
        "interrupted while its recorded cells were run again, at step 1: it goes on live from there" in said
    )
    assert quiet.value("[_rlm.status, len(model.requests)]") == ["paused", 0]


def test_an_interrupted_fan_out_in_threads_comes_back_with_the_replies_it_had(quiet):
    code = lines(
        "import threading",
        "seen = []",
        "def ask(n):",
        "    seen.append(llm_query(str(n)))",
        "threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]",
        "for thread in threads: thread.start()",
        "for thread in threads: thread.join()",
    )
    quiet.run(
        f"text = 'hello'\nmodel = slow_subs({code}, finish('sorted(seen)'), seconds=lambda prompt: 60 if prompt == '0' else 0.2)"
    )
    quiet.run("%%rlm -c text\nWhat?", interrupt_after=2.5)
    replies = [f"reply to {n}" for n in range(1, 8)]
    assert quiet.value("[_rlm.status, sorted(seen)]") == ["paused", replies]
    quiet.run("%rlm resume")
    quiet.run(GO_ON("finish('sorted(seen)')"))
    reply = quiet.run("%rlm branch 1")
    assert reply.status == "ok", reply.errors
    assert quiet.value("result") == replies


def test_magics_and_top_level_await_run_again_in_a_branch(quiet):
    asked(
        quiet,
        lines("import asyncio", "await asyncio.sleep(0)", "here = %pwd"),
        lines("out = !echo hi"),
        "finish('out')",
    )
    quiet.run(GO_ON("finish('[here == __import__(\"os\").getcwd(), list(out)]')"))
    assert quiet.run("%rlm branch 2").status == "ok"
    assert quiet.value("result") == [True, ["hi"]]


def test_after_the_kernel_died_the_run_goes_on_in_the_next_one(new_kernel):
    kernel = new_kernel()
    dying = lines("import os, signal", "os.kill(os.getpid(), signal.SIGKILL)")
    kernel.run(f"{SETUP}\ntext = 'hello'\n{GO_ON(THREE[0] + ', ' + dying)}")
    kernel.client.execute("%%rlm -c text -m scripted\nWhat?")
    kernel.manager.provisioner.process.wait(60)
    kernel.restart()
    kernel.run(f"{SETUP}\n" + GO_ON(lines("ys = xs + [2]") + ", finish('ys')"))
    run = kernel.run("%rlm runs").text.split()[0]
    reply = kernel.run(f"%rlm resume {run}")
    assert reply.status == "error"
    assert "there is no variable, file or folder called text" in "".join(reply.errors) + reply.text
    assert "run the cells above, then resume" in "".join(reply.errors) + reply.text
    kernel.run("text = 'hello'")
    reply = kernel.run(f"%rlm resume {run}")
    assert reply.status == "ok", reply.errors
    assert kernel.value(f"[result, _rlm.id == {run!r}, len(_rlm.steps)]") == [[5, 2], True, 4]
    assert "The kernel died while cell 2.1 was running; it was not run again." in kernel.value(
        "model.requests[0].messages[-1].content"
    )


ASKS = """note = llm_query('what is a note?', model='another')
more = llm_query_batched(['one', 'two', 'one'])
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor() as pool:
    told_ = list(pool.map(llm_query, 'ab'))
try:
    llm_query('fails')
except rlm_kernel.interfaces.QueryError as error:
    why = str(error)
alone = await allm_query('alone')"""


def _paused_and_asked(kernel):
    replies = ", ".join([lines("xs = [1]"), lines("ys = 2"), lines("zs = [note, alone]"), "finish('zs')"])
    numbered = "model.sub = (lambda n: lambda p: f'{p} {next(n)}')(__import__('itertools').count())"
    kernel.run(
        "import rlm_kernel.interfaces\n"
        f"model = script({replies})\n{numbered}\ncounted = model.sub\n"
        "model.sub = lambda p: rlm_kernel.interfaces.ProviderFailed('no') if p == 'fails' else counted(p)"
    )
    kernel.run("%%rlm -s elsewhere --max-steps 1 --max-calls 1\nWhat?")
    reply = kernel.run(ASKS)
    assert reply.status == "ok", reply.errors
    assert kernel.run("%rlm resume --max-steps 9").status == "ok"


def test_what_the_human_asked_in_a_pause_is_answered_from_the_sessions_record(quiet):
    _paused_and_asked(quiet)
    said = quiet.value("[note, more, told_, why, alone]")
    first = quiet.value("_rlm.id")
    for branched in ("", " --max-steps 9"):
        quiet.run(GO_ON("finish('[note, more, told_, why, alone]')"))
        reply = quiet.run(f"%rlm branch 3{branched}")  # the second time of the branch
        assert reply.status == "ok", (reply.errors, reply.text)
        assert quiet.value("list(result)") == said
        assert quiet.value("[len(model.requests), _rlm.usage.tokens]") == [1, 110]
    quiet.run(GO_ON("finish('1')"))
    assert quiet.run(f"%rlm branch 3 {first}").status == "ok"
    assert quiet.run(f"%%rlm --replay rlm_runs/{first}.jsonl\nWhat?").status == "ok"
    assert quiet.value("list(result)") == quiet.value("[note, alone]") == [said[0], said[4]]


def test_of_the_same_asked_in_two_cells_each_has_its_own_reply(quiet):
    replies = ", ".join([lines("xs = [1]"), lines("ys = 2"), lines("zs = [one, two]"), "finish('zs')"])
    quiet.run(f"model = script({replies})\nmodel.sub = lambda p, n=iter('abc'): next(n)")
    quiet.run("%%rlm --max-steps 1\nWhat?")
    quiet.run("one = llm_query('x')")
    quiet.run("two = llm_query('x')")
    quiet.run("%rlm resume --max-steps 9")
    quiet.run(GO_ON("finish('[one, two]')"))
    assert quiet.run("%rlm branch 3").status == "ok"
    assert quiet.value("result") == ["a", "b"]


def test_what_the_human_asked_in_a_pause_and_is_on_no_record_is_said_and_not_asked(quiet):
    _paused_and_asked(quiet)
    quiet.run("import glob\nfor path in glob.glob('rlm_runs/session-*'): os.remove(path)")
    quiet.run(GO_ON("finish('1')"))
    reply = quiet.run("%rlm branch 3")
    assert reply.status == "error"
    assert "your cell after step 2 asked a model, which is on no record" in "".join(reply.errors) + reply.text
    assert quiet.value("len(model.requests)") == 0


def test_a_branch_from_an_edited_cell_is_repeated_by_a_later_kernel(new_kernel):
    kernel = new_kernel()
    edit = "rlm_kernel.registry.edited[_rlm.id] = {'2.1': 'ys = xs + [7]'}"
    for told in (f"import rlm_kernel.registry\n{edit}", ""):
        kernel.run(f"{SETUP}\n%config RLM.quiet = True\n%config RLM.model = 'scripted'\nimport rlm_kernel")
        asked(kernel, *THREE)
        kernel.run(told + "\n" + GO_ON("finish('ys')"))
        reply = kernel.run("%rlm branch 2 --edited")
        assert reply.status == "ok", reply.text
        assert kernel.value("[result, len(model.requests)]") == [[5, 7], 1]
        assert ("those of the earlier branch" in reply.text) is (told == "")
        kernel.restart()
    kernel.run(f"{SETUP}\n%config RLM.quiet = True\n%config RLM.model = 'scripted'\nimport rlm_kernel")
    asked(kernel, lines("xs = [len(context), 1]"), *THREE[1:])
    reply = kernel.run("%rlm branch 2 --edited")
    assert "--edited is for *Branch From This Cell*" in reply.text
