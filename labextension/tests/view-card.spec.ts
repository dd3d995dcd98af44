import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RunModel } from '../src/model';
import { CardView, type CardOptions } from '../src/view/card';
import { english } from '../src/view/trans';
import { golden, Story, usage } from './story';
import { host, live, painted, texts, the } from './view-helpers';

let card: CardView | undefined;

beforeEach(() => (card = undefined));
afterEach(() => card?.dispose());

function show(model: RunModel, options: Partial<CardOptions> = {}): HTMLElement {
  card = new CardView(host(), model, { trans: english, now: () => 0, ...options });
  return card.element;
}

function inBatch(size: number): { story: Story; cell: string; batch: string } {
  const story = new Story();
  story.turn(1);
  const cell = story.cell(1);
  return { story, cell, batch: story.batch(cell, size) };
}

describe('the card of a run', () => {
  it('says where a finished run stands and what it answered', () => {
    const element = show(RunModel.of(golden('fanout')));
    expect(the(element, '.rlm-card-status').textContent).toBe('Finished');
    expect(the(element, '.rlm-card-place').textContent).toBe('3 steps · 7.3 s');
    expect(the(element, '.rlm-card-question').textContent).toBe(
      'How many of the reports mention a leak?'
    );
    expect(the(element, '.rlm-card-answer').textContent).toContain('17');
    expect(the(element, '.rlm-card-present').hidden).toBe(true);
  });

  it('has a line for each step', () => {
    const element = show(RunModel.of(golden('failed_calls')));
    const rows = [...element.querySelectorAll('tbody tr')];
    const cells = rows.map(row => texts(row, 'td').map(text => text.trim()));
    expect(rows).toHaveLength(3);
    expect(cells[1]?.[1]).toContain('BatchError');
    expect(cells[1]?.slice(2, 4)).toEqual(['1', '2 failed 12']);
  });

  it('tells of a step what its own cells did, not those of the reader', () => {
    const story = new Story();
    story.ask(1);
    story.reply(1, '```repl\nx = 1\n```');
    story.propose(1, ['x = 1']);
    const own = { author: 'human', step: 1, cell: 0 };
    story.record('cell_started', 'r/1/h1', { ...own, parent: 'r/1', code: '1 / 0' });
    const error = { ename: 'ZeroDivisionError', evalue: '', traceback: [] };
    story.record('cell_finished', 'r/1/h1', { ...own, parent: 'r/1', error });
    const element = show(live(story.events));
    expect(texts(element, '.rlm-card-step-line')).toEqual(['x = 1 (then you ran 1 cell)']);
    expect(the(element, '.rlm-card-step .rlm-card-trouble').textContent).toBe('');
  });

  it('says which step was taken back, also when that comes after a pause', async () => {
    const events = golden('undone');
    const model = live(events.slice(0, -1));
    const element = show(model);
    expect(element.textContent).not.toContain('Paused: pause');
    expect(the(element, 'tbody tr').textContent).not.toContain('taken back');
    events.slice(-1).forEach(event => model.add(event));
    await painted();
    expect(the(element, 'tbody tr').textContent).toContain('taken back');
  });

  it('shows what models wrote as text', () => {
    const story = new Story({ question: '<img src=x onerror=alert(1)>' });
    story.ask(1);
    story.reply(1, '<script>alert(1)</script> & <b>bold</b>');
    story.finish('r', 'finished', { type: 'str', text: '<a href="javascript:alert(1)">x</a>' });
    const element = show(live(story.events));
    expect(element.querySelectorAll('img, script, b, a')).toHaveLength(0);
    expect(the(element, '.rlm-card-question').textContent).toContain('<img src=x');
    expect(the(element, '.rlm-card-answer').textContent).toContain('<a href=');
  });

  it('streams the end of the thought, then the code', async () => {
    const story = new Story();
    const call = story.ask(1);
    const model = live(story.events);
    const element = show(model);
    const box = the(element, '.rlm-card-stream');
    model.add(story.record('reply_delta', call, { text: `${'word '.repeat(1000)}end of it` }));
    await painted();
    expect(box.textContent).toMatch(/end of it$/);
    expect(box.textContent?.length).toBeLessThan(1300);
    expect(box.hasAttribute('data-code')).toBe(false);
    expect(the(element, '.rlm-card-activity').textContent).toBe('big is writing');
    model.add(story.record('reply_delta', call, { text: '\n```repl\nx = 1' }));
    await painted();
    expect(box.textContent).toBe('x = 1');
    expect(box.hasAttribute('data-code')).toBe(true);
    expect(the(element, '.rlm-card-activity').textContent).toBe('big is writing code, 1 line');
  });

  it('shows reasoning while there is no thought', async () => {
    const story = new Story();
    const call = story.ask(1);
    const model = live(story.events);
    const element = show(model);
    model.add(story.record('reply_delta', call, { reasoning: 'Hm.' }));
    await painted();
    expect(the(element, '.rlm-card-stream').textContent).toBe('Hm.');
    expect(the(element, '.rlm-card-activity').textContent).toBe('big is thinking');
  });

  it('shows how far a batch is', async () => {
    const { story, cell, batch } = inBatch(4);
    const model = live(story.events);
    const element = show(model);
    const before = story.events.length;
    [1, 2, 3].forEach(number => story.call(cell, number, batch));
    story.answered(cell, 1);
    story.refused(cell, 2);
    model.addAll(story.events.slice(before));
    await painted();
    const bar = the(element, '[role=progressbar]');
    expect(bar.getAttribute('aria-valuenow')).toBe('2');
    expect(bar.getAttribute('aria-valuemax')).toBe('4');
    expect(bar.getAttribute('aria-label')).toBe('2 of 4 calls');
    expect([...bar.children].map(part => (part as HTMLElement).style.flexBasis)).toEqual([
      '25%',
      '25%',
      '25%'
    ]);
    expect(the(element, '.rlm-card-batch').textContent).toContain('1 failed · 1 in flight');
    expect(the(element, '.rlm-card-stream').hidden).toBe(true);
  });

  it('says how much of the budget is used, and n/a for an unknown price', async () => {
    const story = new Story();
    story.turn(1);
    const model = live(story.events);
    const element = show(model);
    const line = the(element, '.rlm-card-budget-line');
    expect(line.textContent).toBe('$0.00011 of $1 · 100 in + 10 out tokens · 0 calls of 10,000');
    const unknown = new Story();
    unknown.ask(1);
    unknown.reply(1, 'Look.', 'r', usage(100, 10, null));
    card?.dispose();
    expect(the(show(live(unknown.events)), '.rlm-card-budget-line').textContent).toMatch(
      /^cost n\/a · /
    );
    await painted();
  });

  it('changes elements in their place', async () => {
    const { story, cell, batch } = inBatch(50);
    const model = live(story.events);
    const element = show(model);
    const kept = [...element.querySelectorAll('tr, .rlm-bar, .rlm-card-stream, .rlm-card-head')];
    const before = story.events.length;
    for (let number = 1; number <= 50; number += 1) {
      story.call(cell, number, batch);
      story.answered(cell, number);
    }
    model.addAll(story.events.slice(before));
    await painted();
    expect(kept.every(part => element.contains(part))).toBe(true);
  });

  it('paints once for many events', async () => {
    const { story, cell, batch } = inBatch(500);
    const model = live(story.events);
    const element = show(model);
    let changes = 0;
    const observer = new MutationObserver(records => (changes += records.length));
    observer.observe(the(element, '.rlm-bar'), { attributes: true });
    const before = story.events.length;
    for (let number = 1; number <= 500; number += 1) {
      story.call(cell, number, batch);
      story.answered(cell, number);
    }
    story.events.slice(before).forEach(event => model.add(event));
    await painted();
    observer.disconnect();
    expect(changes).toBeLessThanOrEqual(2); // the value and the name
  });

  it('folds the earlier steps of a long run', async () => {
    const story = new Story();
    for (let step = 1; step <= 12; step += 1) {
      story.turn(step);
    }
    const element = show(live(story.events));
    const fold = the(element, '.rlm-card-fold');
    expect(element.querySelectorAll('tbody tr')).toHaveLength(6);
    expect(fold.textContent).toBe('Steps 1 to 6');
    expect(fold.getAttribute('aria-expanded')).toBe('false');
    fold.click();
    await painted();
    expect(element.querySelectorAll('tbody tr')).toHaveLength(12);
    expect(fold.getAttribute('aria-expanded')).toBe('true');
  });

  it('leads from the line of a step to the step', () => {
    const onSelect = vi.fn();
    const element = show(RunModel.of(golden('simple')), { onSelect });
    element.querySelectorAll<HTMLElement>('.rlm-card-step-line')[1]?.click();
    expect(onSelect).toHaveBeenCalledWith(expect.objectContaining({ span: 'r/2' }));
  });

  it('has no buttons where they would lead nowhere', () => {
    const element = show(RunModel.of(golden('simple')));
    expect(element.querySelectorAll('tbody button')).toHaveLength(0);
  });

  it('says how to go on, unless the host has buttons for it', async () => {
    const element = show(RunModel.of(golden('paused')));
    expect(element.textContent).toContain('%rlm resume goes on');
    card?.actions.append(document.createElement('button'));
    await painted();
    expect(texts(element, '.rlm-card-outcome').join()).not.toContain('%rlm resume');
  });

  it('shows the code that waits to be accepted', () => {
    const story = new Story();
    story.ask(1);
    story.reply(1, 'Look.\n```repl\nprint(1)\n```');
    story.propose(1, ['print(1)']);
    const element = show(live(story.events));
    expect(the(element, '.rlm-card-status').textContent).toBe('Proposed');
    expect(the(element, '.rlm-card-proposal').textContent).toBe('print(1)');
  });

  it('leaves the code to the cell that has it', () => {
    const hasCell = (cell: string): boolean => cell === 'r/1.2';
    const element = show(live(golden('proposed')), { hasCell });
    expect(the(element, '.rlm-card-proposal').hidden).toBe(true);
  });

  it('says what became of cells that were proposed, in the time that the step took', () => {
    const story = new Story();
    story.ask(1);
    story.reply(1, '```repl\nprint(1)\n```');
    story.propose(1, ['print(1)']);
    story.record('run_resumed', 'r', { command: 'skip' }, 600);
    story.ask(2);
    story.reply(2, '```repl\nprint(2)\n```');
    story.propose(2, ['print(2)']);
    story.record('run_finished', 'r', { status: 'stopped', reason: 'stop' });
    const element = show(live(story.events));
    expect(texts(element, '.rlm-card-step .rlm-card-trouble')).toEqual(['skipped', 'not run']);
    expect(texts(element, '.rlm-card-step-line')).toEqual(['print(1)', 'print(2)']);
    expect(texts(element, 'tbody .rlm-card-figure:last-child')).toEqual(['2.0 s', '2.0 s']);
  });

  it('says why cells wait, and keeps those that are left when one was run by hand', () => {
    const element = show(live(golden('proposed')));
    expect(the(element, '.rlm-card-activity').textContent).toBe(
      "Proposed, not run yet: writes files: open(…, 'w')"
    );
    expect(the(element, '.rlm-card-proposal').textContent).toBe(
      "open('total.txt', 'w').write(str(total))"
    );
  });

  it('tells the warnings and notes of a run', async () => {
    const story = new Story({ notes: ['No key is set.'], shadowed: ['context'] });
    const model = live(story.events);
    const element = show(model);
    model.add(story.record('warned', 'r', { message: 'A view failed.' }));
    await painted();
    expect(texts(element, '.rlm-card-notes p')).toEqual([
      'No key is set.',
      'Your earlier context is kept: %rlm restore puts it back.'
    ]);
    expect(texts(element, '.rlm-card-warnings p')).toEqual(['A view failed.']);
  });
});

describe('what a screen reader is told', () => {
  function listen(element: HTMLElement): string[] {
    const told: string[] = [];
    const region = the(element, '[aria-live]');
    new MutationObserver(() => told.push(region.textContent ?? '')).observe(region, {
      childList: true
    });
    return told;
  }

  it('is one sentence a step, and one at the end', async () => {
    const story = new Story();
    story.turn(1);
    const model = live(story.events);
    const element = show(model);
    const told = listen(element);
    const tell = async (act: () => void): Promise<void> => {
      const before = story.events.length;
      act();
      model.addAll(story.events.slice(before));
      await painted();
    };
    let call = '';
    await tell(() => (call = story.ask(2)));
    await tell(() => story.record('reply_delta', call, { text: 'Ask' }));
    await tell(() => story.record('reply_delta', call, { text: ' each.' }));
    await tell(() => story.reply(2, 'Ask each.'));
    await tell(() => story.cell(2));
    await tell(() => story.ran(2));
    await tell(() => story.finish('r', 'finished', { type: 'int', text: '17' }));
    expect(told).toEqual(['Step 2: Ask each.', 'Finished. Answer: 17']);
  });

  it('is nothing of what happened before it was there', async () => {
    const element = show(RunModel.of(golden('fanout')));
    await painted();
    expect(the(element, '[aria-live]').textContent).toBe('');
  });
});
