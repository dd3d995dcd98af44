"""Runs to look at: trajectories told event by event, with a clock of their own.

``python tests/trajectories.py`` writes those that the front end's tests read as well to
``tests/data/trajectories``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rlm_kernel import events as e
from rlm_kernel.trajectory import Trajectory

DATA = Path(__file__).parent / "data" / "trajectories"
START = 1_790_000_000.0
PRICE_IN, PRICE_OUT = 1.25e-6, 1e-5
ROOT_MODEL, SUB_MODEL = "openai/gpt-5", "openai/gpt-5-mini"


class Story:
    """Records the events of one run through a real trajectory, at times it decides itself."""

    def __init__(self, question="How many of the reports mention a leak?", priced=True, **started):
        self.trajectory = Trajectory("20260921-141320-0001")
        self.now = START
        self.events = []
        self.priced = priced
        self.began = {}
        fields = {
            "question": question,
            "model": ROOT_MODEL,
            "sub_model": SUB_MODEL,
            "dialect": "rlm",
            "depth": 0,
            "contexts": [
                {
                    "name": "context",
                    "expression": "reports",
                    "type": "list",
                    "size": 600,
                    "fingerprint": "9f2c",
                }
            ],
            "limits": {
                "max_steps": 20,
                "max_calls": 10_000,
                "max_tokens": 0,
                "max_cost": 1.0,
                "max_seconds": 0,
            },
        }
        self.record(e.RunStarted, "r", None, **fields | started)

    def record(self, event_type, span, parent, after=0.0, **fields):
        self.now += after
        event = self.trajectory.record(event_type, span=span, parent=parent, **fields)
        event = replace(event, time=round(self.now, 3))
        self.events.append(event)
        return event

    def usage(self, given, written, cached=0):
        cost = round(given * PRICE_IN + written * PRICE_OUT, 8) if self.priced else None
        tokens = {
            "input_tokens": given,
            "output_tokens": written,
            "cached_tokens": cached,
            "reasoning_tokens": 0,
        }
        return tokens | {"cost": cost}

    def step(self, number, run="r", last=False):
        self.record(e.StepStarted, f"{run}/{number}", run, step=number, last=last)

    def ask(self, number, run="r"):
        span = f"{run}/{number}/q1"
        self.began[span] = self.now
        self.record(e.CallStarted, span, f"{run}/{number}", role="root", model=ROOT_MODEL, key=f"k{number}")

    def delta(self, number, text="", reasoning="", after=0.1):
        self.record(e.ReplyDelta, f"r/{number}/q1", f"r/{number}", after, text=text, reasoning=reasoning)

    def reply(self, number, text, *, given=1_500, written=160, after=2.0, run="r", reasoning="", cached=0):
        span = f"{run}/{number}/q1"
        self.record(
            e.CallFinished, span, f"{run}/{number}", after, role="root", model=ROOT_MODEL, text=text,
            reasoning=reasoning, usage=self.usage(given, written, cached), seconds=after,
        )  # fmt: skip

    def turn(self, number, text, run="r", **reply):
        self.step(number, run)
        self.ask(number, run)
        self.reply(number, text, run=run, **reply)

    def cell(self, number, code, *, cell=1, author="model", run="r"):
        span = f"{run}/{number}.{cell}" if author == "model" else f"{run}/{number}/h1"
        self.began[span] = self.now
        self.record(e.CellStarted, span, f"{run}/{number}", author=author, step=number, cell=cell, code=code)
        return span

    def ran(self, number, *outputs, cell=1, author="model", run="r", after=0.05, **fields):
        span = f"{run}/{number}.{cell}" if author == "model" else f"{run}/{number}/h1"
        began = self.began[span]
        self.now += after
        self.record(
            e.CellFinished, span, f"{run}/{number}", author=author, step=number, cell=cell, outputs=list(outputs),
            seconds=round(self.now - began, 3), execution_count=number + cell, **fields,
        )  # fmt: skip

    def batch(self, cell, size, kind="llm", name="b1"):
        span = f"{cell}/{name}"
        self.record(e.BatchStarted, span, cell, kind=kind, size=size)
        return span

    def call(self, cell, index, batch=None, after=0.0):
        span = f"{cell}/q{index}"
        said = [{"role": "user", "content": f"Does report {index} mention a leak? Answer yes or no."}]
        self.record(
            e.CallStarted, span, cell, after, role="sub", model=SUB_MODEL, key=f"{span}", messages=said,
            batch=batch, index=index - 1 if batch else None,
        )  # fmt: skip

    def answered(self, cell, index, text="no", after=0.01, **fields):
        self.record(
            e.CallFinished, f"{cell}/q{index}", cell, after, role="sub", model=SUB_MODEL, text=text,
            usage=self.usage(420, 3), seconds=0.8, **fields,
        )  # fmt: skip

    def refused(self, cell, index, after=0.01, **fields):
        self.record(
            e.CallFailed, f"{cell}/q{index}", cell, after, role="sub", model=SUB_MODEL, error="RateLimited",
            message="rate limit reached for gpt-5-mini: try again in 20 s", seconds=0.4, **fields,
        )  # fmt: skip

    def finish(
        self, text, kind="int", *, status="finished", reason="answer", span="r", parent=None, value=None
    ):
        self.record(
            e.RunFinished, span, parent, status=status, reason=reason,
            answer=None if text is None else {"type": kind, "text": text, "json": value},
            seconds=round(self.now - START, 3),
        )  # fmt: skip

    def propose(self, step, *cells, first=1, why="", reason="step", message="a cell waits for you"):
        told = [{"cell": number, "code": code, "why": why} for number, code in enumerate(cells, first)]
        self.record(e.CellsProposed, f"r/{step}", "r", step=step, cells=told)
        self.pause(reason, why or message, step)

    def pause(self, reason, message, step, span="r", parent=None):
        self.record(e.RunPaused, span, parent, reason=reason, message=message, step=step)


def stream(text):
    return {"output_type": "stream", "name": "stdout", "text": text}


PEEK = """I'll look at what the context is before I decide how to read it.

```repl
print(type(context), len(context))
print(context[0][:300])
```
"""
FAN_OUT = """Each report is short enough for one call. I'll ask about all of them at once and count the yes.

```repl
prompts = [f"Does this report mention a leak? Answer yes or no.\\n\\n{report}" for report in context]
replies = llm_query_batched(prompts)
leaks = [i for i, reply in enumerate(replies) if reply.lower().startswith("yes")]
print(len(leaks), leaks[:10])
```
"""
FINISH = """The count is stable, so I answer with it.

```repl
answer["content"] = len(leaks)
answer["ready"] = True
```
"""


def code_of(reply):
    return reply.split("```repl\n")[1].split("\n```")[0]


def told_up_to_fan_out(**started):
    story = Story(**started)
    story.turn(1, PEEK)
    story.cell(1, code_of(PEEK))
    story.ran(1, stream("<class 'list'> 600\nReport 1. On 3 March the pump was inspected…\n"))
    story.turn(2, FAN_OUT, given=1_900, written=210)
    return story, story.cell(2, code_of(FAN_OUT))


def told_end(story, text="17", value=17):
    story.turn(3, FINISH, given=2_300, written=60, cached=1_800)
    story.cell(3, code_of(FINISH))
    story.ran(3)
    story.finish(text, value=value)
    return story


def simple():
    """Two steps, one error, an answer."""
    story = Story("What is the total of the column amount?")
    story.turn(1, "I'll add the column up.\n\n```repl\ntotal = context['amount'].sum()\n```\n")
    story.cell(1, "total = context['amount'].sum()")
    error = {"ename": "KeyError", "evalue": "'amount'", "traceback": "KeyError: 'amount'"}
    story.ran(1, {"output_type": "error", **error, "traceback": ["KeyError: 'amount'"]}, error=error)
    reply = (
        "The column is called `Amount`.\n\n"
        "```repl\ntotal = context['Amount'].sum()\nprint(total)\n```\n\n```repl\nFINAL(total)\n```\n"
    )
    story.turn(2, reply, reasoning="A KeyError: the name must differ in case.")
    story.cell(2, "total = context['Amount'].sum()\nprint(total)")
    story.ran(
        2, stream("1270.5\n"), names=[{"name": "total", "change": "set", "type": "float", "size": None}]
    )
    story.cell(2, "FINAL(total)", cell=2)
    story.ran(2, cell=2)
    story.finish("1270.5", "float", value=1270.5)
    return story


def fanout(size=60, in_flight=16):
    """A batch of calls, all answered."""
    story, cell = told_up_to_fan_out()
    run_batch(story, cell, size, in_flight)
    story.ran(2, stream("17 [3, 14, 15, 92, 65, 35, 89, 79, 32, 38]\n"))
    return told_end(story)


def run_batch(story, cell, size, in_flight, *, until=None, fails=lambda _: False, after=0.02):
    batch, began = story.batch(cell, size), story.now
    for index in range(1, size + 1):
        if index > in_flight:
            end_call(story, cell, index - in_flight, fails, after)
            if index - in_flight == until:
                return
        story.call(cell, index, batch)
    for index in range(max(1, size - in_flight + 1), size + 1):
        end_call(story, cell, index, fails, after)
    failed = sum(map(bool, map(fails, range(1, size + 1))))
    story.record(
        e.BatchFinished, batch, cell, done=size - failed, failed=failed, seconds=round(story.now - began, 3)
    )


def end_call(story, cell, index, fails, after):
    if fails(index):
        story.refused(cell, index, after)
    else:
        story.answered(cell, index, "yes" if index % 35 == 3 else "no", after)


def fanning_out(size=600, until=412):
    """A run in the middle of a batch, with some failures."""
    story, cell = told_up_to_fan_out()
    run_batch(story, cell, size, 64, until=until, fails=lambda i: i % 137 == 0)
    return story


def failed_calls():
    """A batch of which some calls failed; the cell raises, the next step copes."""
    story, cell = told_up_to_fan_out()
    run_batch(story, cell, 12, 4, fails=lambda i: i in {4, 9})
    error = {
        "ename": "BatchError",
        "evalue": "2 of 12 calls failed",
        "traceback": "BatchError: 2 of 12 calls failed",
    }
    story.ran(2, {"output_type": "error", **error, "traceback": [error["traceback"]]}, error=error)
    return told_end(story, "4", 4)


def child_run(story, cell, index, question, steps=1):
    span = f"{cell}/r{index}"
    story.record(
        e.RunStarted, span, cell, question=question, model=ROOT_MODEL, sub_model=SUB_MODEL, dialect="rlm",
        depth=1, limits={"max_steps": 20},
    )  # fmt: skip
    for number in range(1, steps + 1):
        story.turn(number, "I'll read it.\n\n```repl\nprint(context[:80])\n```", run=span, after=0.4)
        story.cell(number, "print(context[:80])", run=span)
        story.ran(number, stream("Chapter one…\n"), run=span)
    return span


def with_children(finished=4, running=2):
    """A run whose second cell has started child runs, some of which still run."""
    story, cell = told_up_to_fan_out(question="Which chapter contradicts another?")
    batch = story.batch(cell, finished + running, kind="rlm")
    for index in range(1, finished + 1):
        span = child_run(story, cell, index, f"Summarise the claims of chapter {index}.")
        story.finish("claims", "str", span=span, parent=cell)
    for index in range(finished + 1, finished + running + 1):
        child_run(story, cell, index, f"Summarise the claims of chapter {index}.", steps=index - finished)
    return story, cell, batch


def children():
    """Children that all finish, one of them at a limit."""
    story, cell, batch = with_children(3, 1)
    story.finish(None, status="stopped", reason="max_steps", span=f"{cell}/r4", parent=cell)
    story.record(e.BatchFinished, batch, cell, done=3, failed=1, seconds=6.2)
    story.ran(2, stream("chapter 7 against chapter 2\n"))
    return told_end(story, "chapter 7 contradicts chapter 2", "chapter 7 contradicts chapter 2")


def paused():
    """A run interrupted within a batch, looked into by a human, and left so."""
    story, cell = told_up_to_fan_out()
    run_batch(story, cell, 60, 8, until=20)
    for index in range(21, 29):
        story.refused(cell, index, 0.0, cancelled=True)
    story.ran(2, interrupted=True)
    story.pause("interrupt", "interrupted in step 2, after 24 of its calls had ended", 2)
    story.cell(2, "len(context)", cell=0, author="human")
    story.ran(2, {"output_type": "execute_result", "data": {"text/plain": "600"}, "metadata": {}, "execution_count": 4},
              cell=0, author="human")  # fmt: skip
    return story


def undone():
    """A run that paused after a step which rebound the user's names, and which the user took back."""
    story = Story("What is the total of the column amount?")
    story.turn(1, "I'll add the column up.\n\n```repl\ntotal = table.pop('amount')\n```\n")
    story.cell(1, "total = table.pop('amount')")
    names = [{"name": "total", "change": "rebound", "type": "int", "size": ""}]
    story.ran(1, names=names)
    story.pause("pause", "as you asked, after this step", 1)
    story.record(e.StepUndone, "r/1", "r", 20.0, step=1, put_back=["total"], changed=["table"])
    return story


def proposed():
    """A step of two cells that wait; the first of them was run by hand, edited."""
    story = Story("What is the total of the column amount?")
    story.turn(
        1,
        "I'll add it up and keep it.\n\n```repl\ntotal = sum(amounts)\n```\n\n```repl\nopen('total.txt', 'w').write(str(total))\n```\n",
    )
    cells = [
        {"cell": 1, "code": "total = sum(amounts)", "why": ""},
        {"cell": 2, "code": "open('total.txt', 'w').write(str(total))", "why": "writes files: open(…, 'w')"},
    ]
    story.record(e.CellsProposed, "r/1", "r", step=1, cells=cells)
    story.pause("step", "2 cells wait for you", 1)
    span = "r/1.1"
    story.record(
        e.CellStarted, span, "r/1", 4.0, author="human", step=1, cell=1, code="total = sum(amounts[1:])"
    )
    story.record(
        e.CellFinished, span, "r/1", 0.2, author="human", step=1, cell=1, outputs=[stream("1270\n")],
        seconds=0.2, execution_count=3,
    )  # fmt: skip
    return story


GOLDEN = {
    "simple": simple,
    "fanout": fanout,
    "children": children,
    "failed_calls": failed_calls,
    "paused": paused,
    "undone": undone,
    "proposed": proposed,
}


def write_golden():
    DATA.mkdir(parents=True, exist_ok=True)
    for name, tell in GOLDEN.items():
        story = tell()
        story.trajectory.events = [event for event in story.events if not event.transient]
        story.trajectory.save(DATA / f"{name}.jsonl")


if __name__ == "__main__":
    write_golden()
