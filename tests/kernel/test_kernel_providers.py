"""What a server may do wrong, seen from a notebook: one sentence that says what to do."""

from __future__ import annotations

import time

import pytest
from servers.openai_server import OpenAIServer, Reply

FINISH = "```repl\nanswer['content'] = 'found'; answer['ready'] = True\n```"


@pytest.fixture
def server():
    with OpenAIServer(Reply(FINISH)) as running:
        yield running


@pytest.fixture
def real(kernel):
    """A kernel whose models are asked over the network."""
    kernel.run(
        "from rlm_kernel.models import AnyClient; current_session().client = AnyClient()\n%config RLM.quiet = True"
    )
    return kernel


def ask(kernel, server, line="", **how):
    return kernel.run(f"%%rlm -m some-model --api-base {server.url} {line}\nq", **how)


def one_sentence(reply):
    assert reply.status == "error"
    shown = "".join(reply.errors) + reply.text
    assert "Traceback" not in shown
    assert shown.strip().count("\n") == 0
    return shown


def test_a_server_that_answers_answers(real, server):
    assert ask(real, server).status == "ok"
    assert real.value("[result, _rlm.usage.tokens]") == ["found", 18]


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(status=401, error="bad key"), "does not accept the key"),
        (Reply(status=404, error="no such model"), "does not know"),
        (Reply(status=400, error="odd request"), "odd request"),
        (
            Reply(status=400, error="too long", code="context_length_exceeded"),
            "does not fit the context window",
        ),
        (Reply(status=402, error="pay first"), "has no credit"),
    ],
)
def test_a_refusal_pauses_with_the_servers_own_words_and_what_to_do(real, server, reply, said):
    server.default = reply
    assert said in one_sentence(ask(real, server))
    assert real.value("[_rlm.status, _rlm.reason]") == ["paused", "error"]
    server.default = Reply(FINISH)
    assert real.run("%rlm resume").status == "ok"
    assert real.value("result") == "found"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=429, headers={"Retry-After": "0"}),
        Reply(status=500),
        Reply(raw=b"this is no json"),
        Reply(break_after=1, text="x" * 100),
        Reply(""),
    ],
    ids=["429", "500", "invalid JSON", "broken stream", "empty reply"],
)
def test_a_failure_that_passes_is_retried(real, server, reply):
    server.will(reply)
    assert ask(real, server, timeout=60).status == "ok"
    assert real.value("result") == "found"


def test_nobody_at_the_address_is_said(real):
    reply = real.run("%%rlm -m some-model --api-base http://127.0.0.1:9/v1\nq", timeout=60)
    assert "no server answered" in one_sentence(reply)
    assert real.value("_rlm.status") == "paused"


def test_a_server_that_hangs_is_given_up_after_the_timeout(real, server):
    server.default = Reply(hang=True)
    reply = ask(real, server, "--timeout 0.2", timeout=60)
    assert "did not answer" in one_sentence(reply)


def test_a_server_that_hangs_can_be_interrupted(real, server):
    server.default = Reply(hang=True)
    ids = server.requests
    reply = ask(real, server, interrupt_after=2.0)
    assert reply.seconds_after_interrupt < 6
    assert real.value("[_rlm.status, _rlm.reason]") == ["paused", "interrupt"]
    assert ids[0].gone.wait(3)


def test_a_root_reply_cut_at_its_limit_is_told_to_the_model(real, server):
    server.will(Reply("```repl\nx = 1\n```\n```repl\ny = ", finish_reason="length"))
    assert ask(real, server).status == "ok"
    assert real.value("[x, 'y' in globals()]") == [1, False]
    assert "cut at the model's output limit" in server.requests[-1].body["messages"][-1]["content"]


def test_a_sub_reply_cut_at_its_limit_is_told_to_the_model(real, server):
    server.will(
        Reply("```repl\npart = llm_query('a', max_tokens=5)\n```"), Reply("cut", finish_reason="length")
    )
    assert ask(real, server).status == "ok"
    assert real.value("part") == "cut"
    assert "cut at max_tokens" in server.requests[-1].body["messages"][-1]["content"]


def test_a_sub_reply_cut_before_its_first_word_raises_in_the_cell(real, server):
    server.will(
        Reply(
            "```repl\ntry: llm_query('a', max_tokens=5)\nexcept Exception as e: kind = type(e).__name__\n```"
        ),
        Reply("", finish_reason="length"),
    )
    assert ask(real, server).status == "ok"
    assert real.value("kind") == "ReplyCut"


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("openai/gpt-4o-mini", "OPENAI_API_KEY"),
        ("anthropic/claude-sonnet-4-5", "ANTHROPIC_API_KEY"),
        ("nobody/knows", "nobody/knows"),
    ],
)
def test_an_absent_key_or_unknown_model_is_no_run(real, model, said):
    reply = real.run(f"%%rlm -m {model}\nq", timeout=60)
    assert said in one_sentence(reply)
    assert real.value("'_rlm' in globals()") is False


def test_a_key_is_never_shown(real, server):
    real.run("import os; os.environ['OPENAI_API_KEY'] = 'sk-very-secret-value-1234567890'")
    server.default = Reply(status=401, error="Incorrect API key provided: sk-very-secret-value-1234567890")
    shown = one_sentence(ask(real, server))
    real.run("del os.environ['OPENAI_API_KEY']")
    assert "very-secret" not in shown
    assert "very-secret" not in real.value("_rlm.trajectory.path.read_text('utf-8')")


def test_many_calls_are_made_at_once_and_kept_in_order(real, server):
    server.default = lambda body: Reply(
        "```repl\nxs = llm_query_batched([str(i) for i in range(60)])\nFINAL(xs)\n```"
        if body["messages"][0]["role"] == "system"
        else body["messages"][-1]["content"],
        latency=0.2,
    )
    began = time.monotonic()
    assert ask(real, server).status == "ok"
    assert real.value("result") == [str(i) for i in range(60)]
    assert server.most_at_once > 20
    assert time.monotonic() - began < 10
