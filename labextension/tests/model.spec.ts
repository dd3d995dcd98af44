import { describe, expect, it, vi } from 'vitest';
import { RunEvent } from '../src/events';
import { Node, RunModel } from '../src/model';
import { golden, Golden, START, Story, usage } from './story';

const GOLDEN: Golden[] = ['simple', 'fanout', 'children', 'failed_calls', 'paused', 'undone'];

/** The model as a view sees it while the run goes on. */
function live(story: Story): RunModel {
  const model = new RunModel();
  story.events.forEach(event => model.add(event));
  return model;
}

/** A run in the first cell of its first step. */
function inCell(): { story: Story; cell: string } {
  const story = new Story();
  story.turn(1);
  return { story, cell: story.cell(1) };
}

function node(model: RunModel, span: string): Node {
  const found = model.node(span);
  expect(found, `a node ${span}`).toBeDefined();
  return found as Node;
}

/** All there is to read of a model, for comparing it with another's. */
function contents(model: RunModel): unknown {
  const { status, reason, message, question, answer, warnings, lastSeq } = model;
  const told = { status, reason, message, question, answer, warnings, lastSeq };
  const counted = {
    usage: { ...model.usage },
    calls: { ...model.calls },
    seconds: model.seconds(0)
  };
  return {
    ...told,
    ...counted,
    steps: model.steps.map(step => step.span),
    tree: outline(model.root)
  };
}

function outline(of: Node): unknown {
  const { parent, children, ...rest } = of;
  return { ...rest, parent: parent?.span, children: children.map(outline) };
}

/** The same event with another text. */
function saying(event: RunEvent, text: string): RunEvent {
  return Object.assign({}, event, { text });
}

/** The same elements in another order, which is the same every time. */
function shuffled<T>(list: readonly T[]): T[] {
  const left = [...list];
  const taken: T[] = [];
  for (let at = 7; left.length > 0; at += 7_919) {
    taken.push(...left.splice(at % left.length, 1));
  }
  return taken;
}

describe('the golden trajectories', () => {
  it('tells a finished run with its answer, steps and usage', () => {
    const model = RunModel.of(golden('fanout'));
    expect([model.status, model.reason]).toEqual(['finished', 'answer']);
    expect(model.answer).toEqual({ type: 'int', text: '17', json: 17 });
    expect(model.id).toBe('20260921-141320-0001');
    expect([model.model, model.subModel]).toEqual(['openai/gpt-5', 'openai/gpt-5-mini']);
    expect(model.steps.map(step => step.label)).toEqual(['step 1', 'step 2', 'step 3']);
    expect(model.calls).toMatchObject({
      started: 60,
      done: 60,
      failed: 0,
      running: 0,
      max: 10_000
    });
    expect(model.usage.inputTokens).toBe(1_500 + 1_900 + 2_300 + 60 * 420);
    expect(model.usage.cachedTokens).toBe(1_800);
    expect(model.seconds(START + 1e6)).toBe(7.35);
    expect(model.limits).toMatchObject({ maxSteps: 20, maxCost: 1 });
  });

  it('nests steps, cells, batches and calls', () => {
    const model = RunModel.of(golden('fanout'));
    expect(node(model, 'r/2').children.map(({ span, kind }) => [span, kind])).toEqual([
      ['r/2/q1', 'call'],
      ['r/2.1', 'cell']
    ]);
    const batch = node(model, 'r/2.1/b1');
    expect([batch.label, batch.kind, batch.calls]).toEqual(['batch of 60', 'batch', 60]);
    expect(batch.children).toHaveLength(60);
    expect(node(model, 'r/2.1').children).toEqual([batch]);
    const call = node(model, 'r/2.1/q5');
    expect([call.label, call.model, call.tokens]).toEqual(['llm_query', 'openai/gpt-5-mini', 423]);
    expect(call.detail.map(event => event.type)).toEqual(['call_started', 'call_finished']);
    expect(node(model, 'r/2/q1').label).toBe('reply');
  });

  it.each(GOLDEN)('%s: what its steps used adds up to what it used', name => {
    const { steps, root, usage: used, calls } = RunModel.of(golden(name));
    const sum = (of: (step: Node) => number) => steps.reduce((all, step) => all + of(step), 0);
    expect(sum(step => step.tokens)).toBe(root.tokens);
    expect(root.tokens).toBe(used.inputTokens + used.outputTokens);
    expect(sum(step => step.cost ?? 0)).toBeCloseTo(used.cost ?? 0);
    expect(sum(step => step.calls)).toBe(calls.started - calls.running);
    expect(root.failed).toBe(calls.failed);
  });

  it.each(GOLDEN)('%s: no order of its events, and no repetition, changes what it tells', name => {
    const events = golden(name);
    const expected = contents(RunModel.of(events));
    expect(contents(RunModel.of([...events, ...events]))).toEqual(expected);
    expect(contents(RunModel.of(shuffled([...events, ...events.slice(3)])))).toEqual(expected);
    const piecewise = new RunModel();
    shuffled(events).forEach(event => piecewise.add(event));
    piecewise.interrupt();
    expect(contents(piecewise)).toEqual(expected);
  });

  it.each(GOLDEN)('%s: wherever it is torn, the rest is a run that was interrupted', name => {
    const events = golden(name);
    const end = events.findIndex(
      ({ type, span }) => span === 'r' && (type === 'run_paused' || type === 'run_finished')
    );
    for (let length = 1; length <= end; length += 1) {
      const model = RunModel.of(events.slice(0, length));
      expect([model.status, model.reason]).toEqual(['interrupted', 'kernel']);
      expect(model.calls.running).toBe(0);
      expect(JSON.stringify(outline(model.root))).not.toContain('"state":"running"');
    }
  });

  it('counts children, and one that stopped at a limit as failed', () => {
    const model = RunModel.of(golden('children'));
    expect(model.childRuns(node(model, 'r/2'))).toMatchObject({ done: 3, failed: 1 });
    expect(node(model, 'r/2.1/b1').children.map(({ kind, state }) => [kind, state])).toEqual([
      ['run', 'done'],
      ['run', 'done'],
      ['run', 'done'],
      ['run', 'failed']
    ]);
    expect(node(model, 'r/2.1/r1').label).toBe('Summarise the claims of chapter 1.');
    expect(node(model, 'r/2').calls).toBe(4); // the turns of the children
    expect(node(model, 'r/2.1/r1').calls).toBe(0); // its own turns are no calls of its cells
  });

  it('tells failed calls, the cell that raised, and its step', () => {
    const model = RunModel.of(golden('failed_calls'));
    expect(model.calls).toMatchObject({ done: 10, failed: 2, cancelled: 0 });
    for (const span of ['r/2', 'r/2.1', 'r/2.1/q4', 'r/2.1/q9']) {
      expect(node(model, span).state, span).toBe('failed');
    }
    expect(node(model, 'r/2').failed).toBe(2);
    expect(node(model, 'r/2.1/b1').state).toBe('done');
  });

  it('tells a paused run: what was cancelled, and what the human ran', () => {
    const model = RunModel.of(golden('paused'));
    expect([model.status, model.reason]).toEqual(['paused', 'interrupt']);
    expect(model.message).toContain('24 of its calls');
    expect(model.calls).toMatchObject({ done: 20, failed: 0, cancelled: 8, running: 0 });
    expect([node(model, 'r').state, node(model, 'r/2').state]).toEqual(['paused', 'cancelled']);
    expect(node(model, 'r/2/h1')).toMatchObject({
      label: 'your cell',
      kind: 'cell',
      state: 'done'
    });
    expect(model.batches).toEqual([]);
    expect(model.seconds(START + 1e6)).toBe(model.seconds(0));
  });
});

describe('batches', () => {
  it('tell progress, failures, rate and time left while they are open', () => {
    const { story, cell } = inCell();
    const batch = story.batch(cell, 100);
    [1, 2, 3, 4, 5].forEach(number => story.call(cell, number, batch));
    story.answered(cell, 1, {}, 1);
    story.refused(cell, 2, {}, 1);
    story.refused(cell, 3, { cancelled: true }, 1);
    const [open] = live(story).batches;
    expect(open).toMatchObject({
      size: 100,
      done: 1,
      failed: 1,
      running: 2,
      ended: 3,
      kind: 'llm'
    });
    expect(open?.rate).toBeCloseTo(1);
    expect(open?.secondsLeft).toBeCloseTo(97);
    story.record('batch_finished', batch, { done: 99, failed: 1, seconds: 3 });
    expect(live(story).batches).toEqual([]);
  });

  it('count a prompt once that is asked again because its reply did not fit', () => {
    const { story, cell } = inCell();
    const batch = story.batch(cell, 2);
    story.call(cell, 1, batch);
    story.answered(cell, 1);
    story.call(cell, 3, batch, 0);
    story.answered(cell, 3);
    const model = live(story);
    expect(model.batches[0]?.ended).toBe(1);
    expect(model.calls.done).toBe(2);
  });

  it('look back ten seconds for their rate', () => {
    const { story, cell } = inCell();
    const batch = story.batch(cell, 1_000);
    for (let number = 1; number <= 200; number += 1) {
      story.call(cell, number, batch);
      story.answered(cell, number, {}, number <= 100 ? 10 : 0.5);
    }
    expect(live(story).batches[0]?.rate).toBeCloseTo(2);
  });

  it('that were cut off are not open when the run goes on', () => {
    const { story, cell } = inCell();
    story.call(cell, 1, story.batch(cell, 2));
    story.pause('interrupt');
    story.record('run_resumed', 'r');
    const model = live(story);
    expect(model.batches).toEqual([]);
    expect(node(model, `${cell}/b1`).state).toBe('cancelled');
  });

  it('of a child show in the counts of its step only', () => {
    const { story, cell } = inCell();
    const child = story.child(cell, 1);
    story.turn(1, child);
    story.batch(story.cell(1, child), 5);
    expect(live(story).batches).toEqual([]);
  });

  it('count the calls that a copy left out, once', () => {
    const { story, cell } = inCell();
    const batch = story.batch(cell, 100);
    story.call(cell, 1, batch);
    story.answered(cell, 1);
    story.answered(cell, 2, { finish_reason: 'left_out', usage: usage(4_000, 200) });
    story.record('batch_finished', batch, { done: 97, failed: 3, seconds: 1 });
    const model = live(story);
    expect(model.calls).toMatchObject({ started: 100, done: 97, failed: 3 });
    expect(node(model, 'r/1')).toMatchObject({ calls: 100, failed: 3, tokens: 110 + 42 + 4_200 });
    expect(node(model, `${cell}/q2`)).toMatchObject({ label: 'calls left out', state: 'done' });
  });
});

describe('children', () => {
  it('that run say at which step they are', () => {
    const { story, cell } = inCell();
    story.batch(cell, 3, 'rlm');
    story.turn(1, story.child(cell, 1));
    story.finish(`${cell}/r1`);
    story.turn(1, story.child(cell, 2));
    story.turn(2, `${cell}/r2`);
    const model = live(story);
    const runs = model.childRuns(node(model, 'r/1'));
    expect(runs).toMatchObject({ done: 1, failed: 0 });
    expect([...(runs?.running ?? [])].map(run => run.children.length)).toEqual([2]);
    expect(model.batches[0]).toMatchObject({ kind: 'rlm', size: 3, done: 1, running: 1, ended: 1 });
    expect(node(model, `${cell}/r2`).parent?.kind).toBe('batch');
  });

  it('outside a batch hang below their cell', () => {
    const { story, cell } = inCell();
    const child = story.child(cell, 1);
    expect(node(live(story), child).parent?.span).toBe(cell);
  });

  it('of children are not counted, but their calls are', () => {
    const { story, cell } = inCell();
    const child = story.child(cell, 1);
    story.turn(1, child);
    const grandchild = story.child(story.cell(1, child), 1);
    story.turn(1, grandchild);
    const model = live(story);
    expect(model.childRuns(node(model, 'r/1'))?.running.size).toBe(1);
    expect([model.calls.done, node(model, 'r/1').calls, node(model, child).calls]).toEqual([
      2, 2, 1
    ]);
  });

  it('that pause have failed for their parent', () => {
    const { story, cell } = inCell();
    const child = story.child(cell, 1);
    story.pause('max_cost', '', child);
    const model = live(story);
    expect(node(model, child).state).toBe('paused');
    expect(model.childRuns(node(model, 'r/1'))).toMatchObject({ done: 0, failed: 1 });
    expect(model.status).toBe('running');
  });

  it.each(['interrupt', 'kernel'])(
    'that end with their parent, by its %s, have not failed',
    reason => {
      const { story, cell } = inCell();
      const child = story.child(cell, 1);
      story.finish(child, 'stopped', null, reason);
      const model = live(story);
      expect(node(model, child).state).toBe('cancelled');
      expect(model.childRuns(node(model, 'r/1'))).toMatchObject({ failed: 0, cancelled: 1 });
    }
  );

  it('of which no end is known are interrupted when the run goes on', () => {
    const { story, cell } = inCell();
    const child = story.child(cell, 1);
    story.pause('interrupt');
    story.record('run_resumed', 'r');
    story.finish(child);
    const model = live(story);
    expect(model.childRuns(node(model, 'r/1'))).toMatchObject({ failed: 0, cancelled: 1 });
  });
});

describe('calls', () => {
  it('that are answered from earlier replies cost nothing', () => {
    const { story, cell } = inCell();
    const before = live(story).root.tokens;
    story.call(cell, 1);
    story.answered(cell, 1, { cached: true });
    const model = live(story);
    expect(model.root.tokens).toBe(before);
    expect(model.calls).toMatchObject({ done: 1, reused: 1 });
  });

  it('without a known price make a cost unknown, or a lower bound', () => {
    const story = new Story();
    story.ask(1);
    story.reply(1, 'Look.', 'r', usage(100, 10, null));
    expect(live(story).usage).toMatchObject({ cost: null, unpriced: 1 });
    expect(node(live(story), 'r/1')).toMatchObject({ cost: null, unpriced: 1 });
    const cell = story.cell(1);
    story.call(cell, 1);
    story.answered(cell, 1, { usage: usage(40, 2, 0.5) });
    expect(live(story).usage).toMatchObject({ cost: 0.5, unpriced: 1 });
    expect(node(live(story), `${cell}/q1`)).toMatchObject({ cost: 0.5, unpriced: 0 });
  });

  it('that never cost anything are free', () => {
    expect(live(new Story()).usage).toMatchObject({ cost: 0, unpriced: 0 });
  });

  it('outside the run, or of another one, are passed over', () => {
    const { story } = inCell();
    const model = live(story);
    const before = contents(model);
    const call = new Story().record('call_finished', 's/q1', {
      role: 'sub',
      model: 'm',
      text: 'x'
    });
    model.add({ ...call, seq: 99 });
    model.add({ ...call, seq: 100, span: 'r/1.1/q1', run: 'run-2' });
    expect(contents(model)).toEqual(before);
  });
});

describe('the turn of the model', () => {
  it('streams its reply, which then goes', () => {
    const story = new Story();
    const span = story.ask(1);
    story.record('reply_delta', span, { reasoning: 'hmm' });
    story.record('reply_delta', span, { text: "I'll " });
    story.record('reply_delta', span, { text: 'look.' });
    const model = live(story);
    expect(model.stream).toEqual({ step: 1, text: "I'll look.", reasoning: 'hmm' });
    expect([model.asking, model.waitingSince]).toEqual(['big', START]);
    story.reply(1);
    expect(live(story)).toMatchObject({ stream: null, asking: '' });
    expect(node(live(story), 'r/1')).toMatchObject({
      state: 'done',
      model: 'big',
      ended: START + 2
    });
  });

  it('begins its stream anew when it is made again', () => {
    const story = new Story();
    const span = story.ask(1);
    story.record('reply_delta', span, { text: 'half a th' });
    story.record('call_retried', span, { error: 'no server answered', wait: 2, attempt: 1 });
    const model = live(story);
    expect(model.stream).toBeNull();
    expect(model.retrying).toEqual({ error: 'no server answered', attempt: 2, wait: 2 });
  });

  it('of a child does not show', () => {
    const { story, cell } = inCell();
    story.record('reply_delta', story.ask(1, story.child(cell, 1)), { text: 'x' });
    expect(live(story)).toMatchObject({ stream: null, asking: '' });
  });

  it('that is taken again is one step', () => {
    const story = new Story();
    story.ask(1);
    const failed = { role: 'root', model: 'big', error: 'ConnectionFailed', message: 'no server' };
    story.record('call_failed', 'r/1/q1', failed, 1);
    story.pause('error', 'no server answered');
    expect(node(live(story), 'r/1').state).toBe('failed');
    story.record('run_resumed', 'r', {}, 60);
    story.turn(1);
    const model = live(story);
    expect(model.steps).toEqual([node(model, 'r/1')]);
    expect(node(model, 'r/1')).toMatchObject({
      state: 'done',
      started: START + 61,
      ended: START + 63
    });
  });

  it('keeps the messages that the model saw', () => {
    const story = new Story();
    story.record('message_added', 'r/1', { role: 'system', content: 'You…' });
    story.turn(1);
    const model = live(story);
    expect(node(model, 'r/1').detail.map(event => event.type)).toEqual([
      'message_added',
      'step_started'
    ]);
    expect(model.steps).toHaveLength(1);
  });
});

describe('pauses', () => {
  it.each([
    ['step', 'proposed'],
    ['approve', 'proposed'],
    ['interrupt', 'paused'],
    ['max_cost', 'paused']
  ])('for the reason %s make a run %s', (reason, status) => {
    const story = new Story();
    story.turn(1);
    story.pause(reason, 'why');
    const model = live(story);
    expect([model.status, model.reason, model.message]).toEqual([status, reason, 'why']);
    expect(model.root.state).toBe(status);
  });

  it('leave a step proposed of which one cell was run by hand, until all were', () => {
    const model = new RunModel();
    model.addAll(golden('proposed'));
    expect([model.status, node(model, 'r/1').state]).toEqual(['proposed', 'proposed']);
    expect(node(model, 'r/1.1').state).toBe('done');
    const last = model.events[model.events.length - 1]!;
    model.add({
      ...last,
      type: 'run_paused',
      seq: last.seq + 1,
      span: 'r',
      parent: null,
      reason: 'turn',
      message: 'you ran what was proposed',
      step: 1
    });
    expect([model.status, node(model, 'r/1').state]).toEqual(['paused', 'done']);
  });

  it('count the time of a cell that is run by hand as that of the run', () => {
    const story = new Story();
    story.turn(1);
    story.pause('step');
    const before = live(story).seconds(0);
    story.record('cell_started', 'r/1/h1', { author: 'human', step: 1, cell: 0, code: 'y' }, 60);
    story.record('cell_finished', 'r/1/h1', { author: 'human', step: 1, cell: 0 }, 60);
    story.record('cell_started', 'r/1.1', { author: 'human', step: 1, cell: 1, code: 'x' }, 60);
    const { time } = story.events[story.events.length - 1]!;
    expect(live(story).seconds(time + 1)).toBeCloseTo(before + 1);
    story.record('cell_finished', 'r/1.1', { author: 'human', step: 1, cell: 1 }, 2);
    expect(live(story).seconds(time + 60)).toBeCloseTo(before + 2);
    story.pause('turn');
    expect(live(story).seconds(time + 60)).toBeCloseTo(before + 2);
  });

  it('leave a proposed step proposed until it runs, or is passed over', () => {
    const story = new Story();
    story.turn(1);
    story.pause('step');
    expect(node(live(story), 'r/1').state).toBe('proposed');
    story.record('run_resumed', 'r');
    expect(node(live(story), 'r/1').state).toBe('proposed');
    const skipped = live(story);
    story.cell(1);
    expect(node(live(story), 'r/1').state).toBe('running');
    const next = { ...story.events[story.events.length - 1], type: 'step_started', span: 'r/2' };
    skipped.add(next as RunEvent);
    expect(node(skipped, 'r/1').state).toBe('cancelled');
  });

  it('take no time, and a resumed run has its new limits', () => {
    const { story } = inCell();
    story.ran(1, { interrupted: true });
    story.pause('max_cost');
    const ran = live(story).seconds(0);
    story.record('run_resumed', 'r', { limits: { max_cost: 2 } }, 3_600);
    const model = live(story);
    expect(model).toMatchObject({ status: 'running', reason: '', timesResumed: 1 });
    expect(model.limits).toMatchObject({ maxCost: 2, maxSteps: 20 });
    expect(model.seconds(0)).toBeCloseTo(ran);
    expect(model.seconds(story.now + 5)).toBeCloseTo(ran + 5);
    expect(model.root).toMatchObject({ state: 'running', ended: null, started: START });
  });

  it('cancel what was running, and count what ends after them once', () => {
    const { story, cell } = inCell();
    story.call(cell, 1);
    story.call(cell, 2);
    story.pause('interrupt');
    story.refused(cell, 1, { cancelled: true });
    const model = live(story);
    expect(model.calls).toMatchObject({ started: 1, cancelled: 1, running: 0 });
    expect([node(model, `${cell}/q2`).state, node(model, cell).state]).toEqual([
      'cancelled',
      'cancelled'
    ]);
    expect(node(model, 'r/1').state).toBe('paused');
  });
});

describe('the end', () => {
  it.each([
    ['finished', 'done'],
    ['stopped', 'cancelled'],
    ['failed', 'failed'],
    ['no such status', 'failed']
  ])('%s makes the root %s', (status, state) => {
    const { story } = inCell();
    story.finish('r', status);
    expect(live(story).root.state).toBe(state);
  });

  it('may be a failure, from which a run can be resumed', () => {
    const { story } = inCell();
    story.finish('r', 'failed');
    story.record('run_resumed', 'r');
    expect(live(story).status).toBe('running');
  });

  it('has an answer without a value where that is too large', () => {
    const { story } = inCell();
    story.finish('r', 'finished', { type: 'str', text: 'long…' });
    expect(live(story).answer).toStrictEqual({ type: 'str', text: 'long…' });
  });

  it('is an interruption when the kernel says no more', () => {
    const { story, cell } = inCell();
    story.call(cell, 1);
    const model = live(story);
    model.interrupt();
    expect(model).toMatchObject({ status: 'interrupted', reason: 'kernel' });
    expect(node(model, `${cell}/q1`).state).toBe('cancelled');
    const before = contents(model);
    model.interrupt();
    expect(contents(model)).toEqual(before);
  });

  it('of a finished run stays what it is', () => {
    expect(RunModel.of(golden('simple')).status).toBe('finished');
  });
});

describe('events', () => {
  it('that come late are put in their place', () => {
    const { story, cell } = inCell();
    const batch = story.batch(cell, 3);
    [1, 2, 3].forEach(number => story.call(cell, number, batch));
    [1, 2, 3].forEach(number => story.answered(cell, number));
    const expected = contents(live(story));
    const gap = story.events.splice(3, 5);
    const model = live(story);
    expect(contents(model)).not.toEqual(expected);
    model.addAll(gap);
    expect(contents(model)).toEqual(expected);
    expect(model.events.map(event => event.seq)).toEqual(model.events.map((_, at) => at));
  });

  it('that come late leave the stream and an interruption as they were', () => {
    const story = new Story();
    const warned = story.record('warned', 'r', { message: 'careful' });
    const span = story.ask(1);
    story.record('reply_delta', span, { text: 'so far' });
    const model = new RunModel();
    model.addAll(story.events.filter(event => event !== warned));
    model.add(warned);
    expect(model.stream?.text).toBe('so far');
    expect(model.warnings).toEqual(['careful']);
    const torn = RunModel.of(story.events.filter(event => event !== warned));
    torn.add(warned);
    expect(torn.status).toBe('interrupted');
  });

  it('of a stream are passed over once their reply is there', () => {
    const story = new Story();
    const delta = story.record('reply_delta', story.ask(1), { text: 'x' });
    story.reply(1);
    story.ask(2);
    const model = live(story);
    model.add(delta);
    expect(model.stream).toBeNull();
    expect(model.lastSeq).toBe(5);
    expect(model.events).not.toContain(delta);
  });

  it('may lack what they are part of, as in a torn file', () => {
    const { story, cell } = inCell();
    story.call(cell, 1);
    story.answered(cell, 1);
    const model = new RunModel();
    model.addAll(story.events.slice(-1));
    expect(model.id).toBe('run-1');
    expect(node(model, `${cell}/q1`).parent?.parent?.parent).toBe(model.root);
    expect(model.root).toMatchObject({ state: 'running', calls: 1, tokens: 42 });
  });

  it('of a warning are kept once and only the latest few', () => {
    const story = new Story();
    for (const number of [1, 2, 3, 4, 5, 6, 7, 7]) {
      story.record('warned', 'r', { message: `warning ${number}` });
    }
    expect(
      live(story)
        .warnings.map(message => message.slice(-1))
        .join('')
    ).toBe('34567');
  });

  it('of a copy that was cut may end with a warning of the same number', () => {
    const story = new Story();
    story.finish();
    const warned = new Story().record('warned', 'r', { message: 'This copy holds 2 of 9 events.' });
    const events = [...story.events, { ...warned, seq: 1 }];
    const model = RunModel.of([...events, ...events]);
    expect(model.warnings).toHaveLength(1);
    expect(model.events).toHaveLength(3);
  });
});

describe('listeners', () => {
  /** Until the next frame has been drawn. */
  const frame = () => new Promise(resolve => setTimeout(resolve, 50));

  it('are told once of all that happens within a frame', async () => {
    const model = new RunModel();
    const listener = vi.fn();
    model.onChange(listener);
    golden('fanout').forEach(event => model.add(event));
    expect(listener).not.toHaveBeenCalled();
    await frame();
    expect(listener).toHaveBeenCalledExactlyOnceWith(model);
    model.addAll(golden('fanout'));
    await frame();
    expect(listener).toHaveBeenCalledOnce();
  });

  it('that left are not told, and one that fails does not keep others from it', async () => {
    const model = new RunModel();
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const [gone, listener] = [vi.fn(), vi.fn()];
    model.onChange(() => {
      throw new Error('a bug of a view');
    });
    model.onChange(gone)();
    model.onChange(listener);
    model.addAll(golden('simple'));
    await frame();
    expect(listener).toHaveBeenCalledOnce();
    expect(gone).not.toHaveBeenCalled();
    expect(said).toHaveBeenCalledOnce();
    said.mockRestore();
  });

  it('are told in a page that draws no frames as well', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    vi.stubGlobal('requestAnimationFrame', () => 0);
    const model = new RunModel();
    const listener = vi.fn();
    model.onChange(listener);
    model.addAll(golden('simple'));
    vi.advanceTimersByTime(1_000);
    expect(listener).toHaveBeenCalledOnce();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });
});

describe('thousands of sub-calls', () => {
  const SIZE = 8_000;
  const { story, cell } = inCell();
  const batch = story.batch(cell, SIZE);
  for (let number = 1; number <= SIZE; number += 1) {
    story.call(cell, number, batch);
    story.answered(cell, number, {}, 0.001);
  }
  const lines = story.events.map(event => JSON.stringify(event));
  const events = () => lines.map(line => JSON.parse(line) as RunEvent);

  /** As they come from a kernel: some at a time. */
  function add(model: RunModel, read: RunEvent[]): void {
    for (let at = 0; at < read.length; at += 1_000) {
      model.addAll(read.slice(at, at + 1_000));
    }
  }

  const isTaken = (model: RunModel) =>
    vi.waitFor(() => expect(model.waiting).toBe(0), { timeout: 60_000 });

  it('share what they do not have, and keep no more than their two events', () => {
    const calls = node(live(story), batch).children;
    expect(calls).toHaveLength(SIZE);
    expect(new Set(calls.map(call => call.children)).size).toBe(1);
    expect(calls.every(call => call.detail.length === 2)).toBe(true);
  });

  it('that come all at once are taken in slices, and come to the same', async () => {
    const [sliced, whole] = [new RunModel(), new RunModel()];
    sliced.addAll(events());
    expect(sliced.waiting).toBeGreaterThan(0);
    sliced.interrupt();
    expect(sliced.status).toBe('running');
    await isTaken(sliced);
    add(whole, events());
    whole.interrupt();
    expect(contents(sliced)).toEqual(contents(whole));
  });

  it('some of which come late stay readable until all are in their place', async () => {
    const read = events();
    const late = read.splice(100, 7_000);
    const model = new RunModel();
    add(model, read);
    const before = model.calls.done;
    model.addAll(late);
    expect(model.calls.done).toBe(before);
    const reply = saying(late[1] as RunEvent, 'whole');
    const last = saying(read.at(-1) as RunEvent, 'whole');
    model.restore([last, reply]);
    await isTaken(model);
    expect(model.calls.done).toBe(SIZE);
    expect(model.events.map(event => event.seq)).toEqual(model.events.map((_, at) => at));
    expect(node(model, last.span).detail.at(-1)).toBe(last);
    expect(model.events[reply.seq]).toBe(reply);
  });
});

describe('whole events', () => {
  it('take the place of those that came shortened', () => {
    const { story, cell } = inCell();
    story.call(cell, 1);
    story.answered(cell, 1, { text: 'begin […] end' });
    const model = live(story);
    const whole = saying(story.events.at(-1) as RunEvent, 'begin, middle and end');
    model.restore([whole, { ...whole, seq: 99 }, { ...whole, run: 'another' }]);
    expect(node(model, `${cell}/q1`).detail.at(-1)).toBe(whole);
    expect(model.events.at(-1)).toBe(whole);
    expect(model.usage.inputTokens).toBe(140);
  });

  it('take the place of one that stood for many in a copy that was cut', () => {
    const { story, cell } = inCell();
    for (const number of [1, 2, 3]) {
      story.call(cell, number);
      story.answered(cell, number);
    }
    const [first] = story.events.filter(
      event => event.type === 'call_finished' && event.role === 'sub'
    );
    const many = { finish_reason: 'left_out', usage: usage(120, 6) };
    const standIn = Object.assign({}, first, many);
    const cut = story.events.filter(event => !event.span.startsWith(`${cell}/q`));
    const model = new RunModel();
    model.addAll([...cut, standIn]);
    expect(model.usage.inputTokens).toBe(220);
    model.addAll(story.events);
    expect(contents(model)).toEqual(contents(live(story)));
  });
});
