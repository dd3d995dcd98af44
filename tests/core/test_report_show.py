"""What a report looks like, as HTML and as text."""

from __future__ import annotations

import re
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import trajectories as t

from rlm_kernel import events as e
from rlm_kernel.report import figures
from rlm_kernel.report.html import answer_html, card_html
from rlm_kernel.report.markdown import markdown_html
from rlm_kernel.report.plain import one_line, plain
from rlm_kernel.report.state import RunReport
from rlm_kernel.report.step import step_markdown, step_text
from rlm_kernel.report.text import card_text

HOSTILE = (
    "</pre></details><script>alert(1)</script>\x1b[31mred\x1b]0;t\x07 \x00 \ud800 \u202egnp.exe $x$ `` ```"
)
VOID = {"col", "br", "hr", "img"}


class Outline(HTMLParser):
    """The tags of a fragment, and its text; fails on what is not nested."""

    def __init__(self, fragment):
        super().__init__()
        self.tags, self.open, self.text, self.attributes = set(), [], "", []
        self.feed(fragment)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes += attributes
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def report_of(story):
    report = RunReport()
    for event in story.events:
        report.add(event)
    return report


def hostile_run():
    story = t.Story(HOSTILE, notes=[HOSTILE], shadowed=[HOSTILE])
    story.turn(1, f"{HOSTILE.rstrip('`')}\n\n```repl\nprint({HOSTILE[:60]!r})\n```", reasoning=HOSTILE)
    story.record(e.Warned, "r", None, message=HOSTILE)
    story.pause("step", HOSTILE, 1)
    return story


def streaming_run():
    story = t.Story()
    story.step(1)
    story.ask(1)
    story.delta(1, t.FAN_OUT[:200])
    return story


STATES = {
    "running": t.fanning_out,
    "streaming": streaming_run,
    "children": lambda: t.with_children()[0],
    "paused": t.paused,
    "finished": t.fanout,
    "failed calls": t.failed_calls,
    "hostile": hostile_run,
}


@pytest.mark.parametrize("tell", STATES.values(), ids=STATES)
def test_a_card_is_well_formed_and_without_scripts_styles_or_addresses(tell):
    card = card_html(report_of(tell()))
    outline = Outline(card)
    assert not outline.tags & {"script", "style", "link", "img", "iframe", "a"}
    assert not any(name.startswith("on") or name in {"src", "href"} for name, _ in outline.attributes)


@pytest.mark.parametrize("show", [card_html, card_text])
def test_whatever_was_written_can_be_sent_and_obeyed_by_no_terminal(show):
    shown = show(report_of(hostile_run()))
    shown.encode()
    assert not set(shown) & {"\x1b", "\x00", "\x07", "\u202e"}


def test_a_card_tells_progress_in_words_and_in_a_labelled_bar():
    outline = Outline(card_html(report_of(t.fanning_out(600, until=412))))
    assert "412 of 600 calls · 3 failed · 63 in flight · 50/s" in outline.text
    assert "412 of 600 calls ended" in dict(outline.attributes)["aria-label"]


@pytest.mark.parametrize("show", [lambda report: Outline(card_html(report)).text, card_text])
@pytest.mark.parametrize(
    ("tell", "said"),
    [
        (t.fanout, ["✓ Finished", "60", "17", "of $1", "The count is stable, so I answer with it."]),
        (t.paused, ["‖ Paused", "interrupted in step 2", "%rlm resume"]),
        (t.simple, ["KeyError", "1270.5"]),
        (t.failed_calls, ["2 failed", "BatchError"]),
        (lambda: t.with_children()[0], ["6 child runs: 4 done · 2 running", "child at step 2"]),
        (lambda: t.Story(priced=False, notes=["No price is known."]), ["No price is known."]),
    ],
)
def test_a_card_says_what_matters(show, tell, said):
    shown = show(report_of(tell()))
    assert [words for words in said if words not in shown] == []


@pytest.mark.parametrize("show", [card_html, card_text])
def test_the_turn_after_a_limit_is_not_counted_against_it(show):
    story = t.Story(limits={"max_steps": 1})
    story.step(1)
    story.step(2, last=True)
    shown = show(report_of(story))
    assert "step 2, last turn" in shown
    assert "2 of 1" not in shown


def test_an_unknown_price_is_never_a_number():
    story = t.Story(priced=False)
    story.turn(1, t.PEEK)
    assert "n/a · 1,500 in" in card_text(report_of(story))
    story.priced = True
    story.turn(2, t.PEEK)
    assert "≥ $0.0035 · 3,000 in" in card_text(report_of(story))


def test_a_running_card_keeps_its_height_while_a_reply_streams():
    story = streaming_run()
    before = card_html(report_of(story))
    story.delta(1, "more of it " * 200)
    after = card_html(report_of(story))
    assert before.count("<div") == after.count("<div")
    assert before.count("<tr") == after.count("<tr")


def test_a_card_that_waits_has_no_empty_box():
    story = t.Story()
    story.step(1)
    story.ask(1)
    assert "border-left:1px" not in card_html(report_of(story))
    assert "border-left:1px" in card_html(report_of(streaming_run()))


@pytest.mark.parametrize(
    ("reason", "status", "command"),
    [
        ("max_steps", "Paused: out of steps", "%rlm resume --max-steps N"),
        ("max_calls", "Paused: out of calls", "%rlm resume --max-calls N"),
        ("max_tokens", "Paused: out of tokens", "%rlm resume --max-tokens N"),
        ("max_cost", "Paused: out of dollars", "%rlm resume --max-cost N"),
        ("max_seconds", "Paused: out of time", "%rlm resume --max-seconds N"),
        ("interrupt", "Paused", "%rlm resume"),
    ],
)
@pytest.mark.parametrize("show", [lambda report: Outline(card_html(report)).text, card_text])
def test_a_paused_run_says_by_which_command_it_really_goes_on(show, reason, status, command):
    story = t.Story()
    story.turn(1, t.PEEK)
    story.pause(reason, "why", 1)
    shown = show(report_of(story))
    assert f"‖ {status} " in shown
    assert f'{command} [--hint "…"] goes on' in shown


@pytest.mark.parametrize("show", [lambda report: Outline(card_html(report)).text, card_text])
def test_an_interrupted_cell_is_told_once(show):
    story = t.Story()
    story.turn(1, t.PEEK)
    story.cell(1, "…")
    story.ran(1, interrupted=True)
    story.pause("interrupt", "interrupted", 1)
    assert show(report_of(story)).count("interrupted") == 1


@pytest.mark.parametrize("show", [lambda report: Outline(card_html(report)).text, card_text])
def test_a_run_that_took_names_of_the_users_says_so(show):
    story = t.Story()
    story.turn(1, t.PEEK)
    names = [(name, "rebound") for name in ("Text", "size")] + [("old", "deleted")]
    story.cell(1, "…")
    story.ran(1, names=[{"name": name, "change": change} for name, change in names])
    story.finish("17")
    assert "Rebound your Text, size; deleted your old" in show(report_of(story))


def test_a_run_without_prices_shows_no_amount_from_the_start():
    shown = card_text(report_of(t.Story(unpriced=[t.ROOT_MODEL, t.SUB_MODEL])))
    assert "cost n/a · 0 in + 0 out tokens" in shown
    assert "$" not in shown


def test_a_long_answer_is_short_in_the_card_and_leaves_its_type_in_view():
    story = t.Story()
    story.finish("[" + "7, " * 100 + "]", "list")
    card = card_html(report_of(story))
    line = Outline(card).text
    assert "Answer [7, 7," in line
    assert "… list" in line
    assert line.count("7,") < 30
    assert '<span style="flex:none"><span style="opacity:0.7">list</span></span>' in card


def test_only_a_card_that_stands_still_is_announced():
    assert "role=" not in card_html(report_of(t.fanning_out()))
    assert 'role="status"' in card_html(report_of(t.fanout()))


def test_the_earlier_steps_of_a_long_run_are_folded():
    story = t.Story()
    for number in range(1, 31):
        story.turn(number, t.PEEK)
    card = card_html(report_of(story))
    assert "Steps 1 to 18" in card
    assert card.count("<details") == 1


def test_a_megabyte_on_one_line_makes_no_large_card():
    line = "x" * 1_000_000
    story = t.Story(line)
    story.turn(1, f"{line}\n\n```repl\n{line}\n```")
    story.cell(1, line)
    story.ran(1)
    story.finish(line, "str")
    assert len(card_html(report_of(story))) < 60_000
    assert len(card_text(report_of(story))) < 5_000
    assert len(step_markdown("1.1", line, line)) < 60_000


def test_two_amounts_of_dollars_are_not_taken_for_a_formula():
    story = t.Story("Is it $5 or $6?")
    card = card_html(report_of(story))
    assert "$" not in card.replace("<span>&#36;</span>", "")
    assert "$0 of $1" in Outline(card).text


def test_a_card_tells_how_long_it_has_waited():
    story = t.Story()
    story.step(1)
    story.ask(1)
    assert f"Waiting for {t.ROOT_MODEL}, 34 s" in card_html(report_of(story), story.now + 34)


def test_a_finished_card_is_its_answer_with_the_steps_folded():
    card = card_html(report_of(t.fanout()))
    assert "3 steps" in card
    assert card.index("Answer") < card.index("<details") < card.index("<table")
    assert "<details" not in card_html(report_of(t.paused()))


# -- steps ----------------------------------------------------------------------------


def test_a_step_is_its_thought_and_highlighted_code():
    shown = step_markdown("2.1", "x = 1", "I'll set x.")
    assert "\n\n```python\nx = 1\n```\n\n</div>" in shown
    assert "I&#x27;ll set x." in shown


def test_a_step_without_a_thought_has_its_heading_above_the_first_cell_only():
    assert "Step 3" in step_markdown("3.1", "pass")
    assert "Step 3" not in step_markdown("3.2", "pass")


def test_a_thought_shows_code_bold_and_italic_and_obeys_no_link():
    shown = step_markdown(
        "1.1", "pass", "Count **all** of `a < **b**` *now*, [not](https://example.org) 2 * 3 ** 4 * a*b*c"
    )
    assert "<strong>all</strong>" in shown
    assert "a &lt; **b**</code> <em>now</em>" in shown
    assert "[not](https://example.org) 2 * 3 ** 4 * a*b*c" in shown


def bare(fragment):
    """HTML without its styles."""
    return re.sub(r' style="[^"]*"', "", fragment)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("one\ntwo\n\nthree", "<p>one\ntwo</p><p>three</p>"),
        ("## The plan ##\nGo.", "<div><strong>The plan</strong></div><p>Go.</p>"),
        ("- a\n  more\n- *b*\n\nc", "<ul><li>a\nmore</li><li><em>b</em></li></ul><p>c</p>"),
        (
            "Then:\n2. a\n   - b\n3. c",
            '<p>Then:</p><ol start="2"><li>a<ul><li>b</li></ul></li><li>c</li></ol>',
        ),
        ("- a\n\n- b\n1. c", "<ul><li>a</li><li>b</li></ul><ol><li>c</li></ol>"),
        ("```json\n{<b>}\n```\nend", "<pre><code>{&lt;b&gt;}</code></pre><p>end</p>"),
        ("~~~\nunclosed", "<pre><code>unclosed</code></pre>"),
        ("|a|b|\n|-|-|\nend", "<pre><code>|a|b|\n|-|-|</code></pre><p>end</p>"),
        ("a\n---\nb", "<p>a</p><p>b</p>"),
        ("![x](https://e.org/?leak)", "<p>![x](https://e.org/?leak)</p>"),
        ("", ""),
    ],
)
def test_the_markdown_of_a_thought_is_html_of_ours(text, shown):
    assert re.sub("</?span>", "", bare(markdown_html(text, 1_000))) == shown


@pytest.mark.parametrize(
    "mark", ["#", "*", "* ", "- ", "`", "*a ", "**a ", "- a\n", "  - a\n- b\n", "> ", "1. "]
)
def test_no_thought_takes_long_to_read(mark):
    started = time.perf_counter()
    Outline(markdown_html(f"{mark * 20_000}x", 20_000))
    assert time.perf_counter() - started < 2


def test_code_cannot_leave_its_fence():
    code = 'text = """\n````\n<script>\n"""'
    shown = step_markdown("1.1", code)
    assert f"\n\n`````python\n{code}\n`````\n\n" in shown


def test_a_thought_stays_one_line_of_escaped_html():
    thought = f"a\n\n![x](https://example.org/?leak) {HOSTILE}"
    head = step_markdown("1.1", "pass", thought, "why\n\nnot").partition("\n\n")[0]
    assert "leak" in head
    assert "$" not in head
    assert not Outline(head).tags & {"script", "img"}


def test_a_long_thought_and_any_reasoning_are_folded():
    assert "<details" not in step_markdown("1.1", "pass", "short")
    assert step_markdown("1.1", "pass", "long " * 500, "because").count("<details") == 2


def test_a_step_as_text_has_nothing_a_terminal_obeys():
    assert step_text("1.1", "x = '\x1b[2J'", "clear\x07") == "[1.1] clear␇\n\nx = '␛[2J'"


def test_an_answer_is_escaped():
    assert Outline(answer_html(HOSTILE)).tags == {"div", "span"}


# -- texts and figures ----------------------------------------------------------------


def test_the_first_line_that_says_something_stands_for_a_text():
    assert one_line("\n\n## Plan\nfirst", 20) == "Plan"
    assert one_line("word " * 20, 12) == "word word w…"
    assert one_line(" \n ", 12) == ""
    assert one_line("-5 is what?", 20) == "-5 is what?"
    assert one_line("> - **Check:** are they?", 40) == "Check: are they?"


def test_a_text_that_is_cut_says_its_length():
    assert "1,000,000 characters" in plain("x" * 1_000_000, 100)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (figures.tokens(9_999), "9,999"),
        (figures.tokens(12_345), "12.3k"),
        (figures.tokens(99_960), "100k"),
        (figures.tokens(999_999), "1.00M"),
        (figures.dollars(0), "$0"),
        (figures.dollars(0.00001), "<$0.0001"),
        (figures.dollars(0.00312), "$0.0031"),
        (figures.dollars(0.9996), "$1.000"),
        (figures.dollars(12.345), "$12.35"),
        (figures.duration(0.04), "0.0 s"),
        (figures.duration(9.96), "10 s"),
        (figures.duration(59.7), "1 m 00 s"),
        (figures.duration(3_599.6), "1 h 00 m"),
        (figures.rate(31.4), "31/s"),
        (figures.rate(0.05), "3.0/min"),
        (figures.counted(1, "call"), "1 call"),
    ],
)
def test_figures_are_short_and_have_units(shown, expected):
    assert shown == expected
