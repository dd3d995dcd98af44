import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RunEvent } from '../src/events';
import { RunModel } from '../src/model';
import { DetailView, type DetailOptions } from '../src/view/detail';
import { clock } from '../src/view/format';
import { english } from '../src/view/trans';
import { Wholes } from '../src/view/wholes';
import { golden, START, Story, usage } from './story';
import { host, live, painted, texts, the } from './view-helpers';

let view: DetailView | undefined;

afterEach(() => view?.dispose());

function show(model: RunModel, span: string, options: Partial<DetailOptions> = {}): HTMLElement {
  view = new DetailView(host(), model, { trans: english, now: () => START + 60, ...options });
  view.show(span);
  return view.element;
}

/** The sections by their titles. */
function sections(element: HTMLElement): Record<string, string> {
  const titles = texts(element, '.rlm-fold-title');
  const bodies = texts(element, '.rlm-fold-text > .rlm-text');
  return Object.fromEntries(titles.map((title, place) => [title, bodies[place] ?? '']));
}

/** The figures by their names. */
function figures(element: HTMLElement): Record<string, string> {
  const names = texts(element, 'dt');
  const values = texts(element, 'dd');
  return Object.fromEntries(names.map((name, place) => [name, values[place] ?? '']));
}

/** A run with one sub-call. */
function oneCall(messages: object[], reply: string): RunModel {
  const story = new Story();
  story.turn(1);
  const cell = story.cell(1);
  const started = { parent: cell, role: 'sub', model: 'small', function: 'llm_query' };
  story.record('call_started', `${cell}/q1`, {
    ...started,
    messages: messages as Record<string, unknown>[],
    params: { temperature: 0 }
  });
  const used = { ...usage(1200, 30), cached_tokens: 800, reasoning_tokens: 12 };
  story.answered(cell, 1, { text: reply, reasoning: 'Hm.', usage: used }, 2);
  return live(story.events);
}

describe('the details of a call', () => {
  it('are its prompt, reply and reasoning, and what it used', () => {
    const messages = [
      { role: 'system', content: 'Be short.' },
      { role: 'user', content: [{ type: 'text', text: 'A leak?' }, { type: 'image_url' }] }
    ];
    const element = show(oneCall(messages, 'yes'), 'r/1.1/q1');
    expect(the(element, 'h2').textContent).toBe('llm_query');
    expect(sections(element)).toEqual({
      'System prompt': 'Be short.',
      Prompt: 'A leak?\n[image_url]',
      Reasoning: 'Hm.',
      Reply: 'yes',
      Parameters: '{\n  "temperature": 0\n}'
    });
    expect(figures(element)).toMatchObject({
      Model: 'small',
      Tokens: '1,200 in · 30 out · 800 cached · 12 reasoning',
      Cost: '$0.00123',
      Time: '2.00 s, started ' + clock(START + 2)
    });
  });

  it('are text, whatever was written', () => {
    const hostile = '<script>alert(1)</script><img src=x onerror=alert(1)>';
    const element = show(oneCall([{ role: 'user', content: hostile }], hostile), 'r/1.1/q1');
    expect(element.querySelectorAll('script, img')).toHaveLength(0);
    expect(sections(element).Reply).toBe(hostile);
  });

  it('are the error where there is no reply', () => {
    const element = show(RunModel.of(golden('failed_calls')), 'r/2.1/q4');
    expect(the(element, '.rlm-detail-state').textContent).toBe('failed');
    expect(sections(element).Error).toBe(
      'RateLimited: rate limit reached for gpt-5-mini: try again in 20 s'
    );
  });

  it('cut a long text until all of it is asked for', () => {
    const reply = `${'x'.repeat(25_000)}end`;
    const element = show(oneCall([], reply), 'r/1.1/q1');
    const text = (): string => sections(element).Reply ?? '';
    expect(text()).toHaveLength(20_000);
    const [more] = [...element.querySelectorAll<HTMLElement>('.rlm-button:not([hidden])')];
    expect(more?.textContent).toBe('Show all 25,003 characters');
    more?.click();
    expect(text()).toBe(reply);
  });

  it('can be copied whole', async () => {
    const writeText = vi.fn(() => Promise.resolve());
    vi.stubGlobal('navigator', { clipboard: { writeText } });
    const reply = 'y'.repeat(30_000);
    const element = show(oneCall([], reply), 'r/1.1/q1');
    const copies = [...element.querySelectorAll<HTMLElement>('[aria-label=Copy]')];
    copies[1]?.click();
    await painted();
    expect(writeText).toHaveBeenCalledWith(reply);
    expect(copies[1]?.getAttribute('aria-label')).toBe('Copied');
    vi.unstubAllGlobals();
  });
});

describe('the details of a turn', () => {
  it('are what the model was told with it, and what it was told before', () => {
    const story = new Story();
    story.record('message_added', 'r/1', { role: 'system', content: 'You are…' });
    story.record('message_added', 'r/1', { role: 'user', content: 'How many?' });
    story.turn(1);
    story.record('message_added', 'r/2', { role: 'user', content: '[cell 1.1] 600' });
    story.ask(2);
    story.reply(2, 'Ask.\n```repl\nx\n```');
    const element = show(live(story.events), 'r/2/q1');
    expect(sections(element)).toMatchObject({
      '3 earlier messages': '[system]\nYou are…\n\n[user]\nHow many?\n\n[assistant]\nLook.',
      Prompt: '[cell 1.1] 600',
      Reply: 'Ask.\n```repl\nx\n```'
    });
  });
});

describe('the details of a cell', () => {
  it('say how long it ran, without what it waited for its place', () => {
    const story = new Story();
    story.turn(1);
    story.cell(1);
    story.ran(1, { seconds: 0.25 });
    const element = show(live(story.events), 'r/1.1');
    expect(figures(element)['Time']).toMatch(/^0\.25 s, started/);
  });

  it('are its code, output, error and names', () => {
    const failed = show(RunModel.of(golden('simple')), 'r/1.1');
    expect(sections(failed)).toEqual({
      Code: "total = context['amount'].sum()",
      Error: "KeyError: 'amount'"
    });
    view?.show('r/2.1');
    expect(sections(failed)).toMatchObject({ Output: '1270.5\n', Names: 'total: set (float)' });
  });
});

describe('the details of a step', () => {
  it('are its thought and its cells', () => {
    const element = show(RunModel.of(golden('simple')), 'r/2');
    expect(the(element, 'h2').textContent).toBe('Step 2');
    expect(Object.keys(sections(element))).toEqual([
      '1 earlier message',
      'Reasoning',
      'Thought',
      'Cell 2.1: Code',
      'Cell 2.1: Output',
      'Cell 2.1: Names',
      'Cell 2.2: Code'
    ]);
  });

  it('are the code that waits to be accepted', () => {
    const story = new Story();
    story.ask(1);
    story.reply(1, 'Look.\n```repl\nprint(1)\n```');
    story.propose(1, ['print(1)']);
    expect(sections(show(live(story.events), 'r/1'))).toEqual({
      Thought: 'Look.',
      'Proposed cell 1.1': 'print(1)'
    });
  });
});

describe('the details', () => {
  it('follow a node that is not over', async () => {
    const story = new Story();
    story.turn(1);
    const cell = story.cell(1);
    story.call(cell, 1);
    const model = live(story.events);
    const element = show(model, 'r/1.1/q1');
    expect(the(element, '.rlm-detail-state').textContent).toBe('running');
    const before = story.events.length;
    story.answered(cell, 1, { text: 'yes' });
    model.addAll(story.events.slice(before));
    await painted();
    expect(the(element, '.rlm-detail-state').textContent).toBe('done');
    expect(sections(element).Reply).toBe('yes');
  });

  it('keep open what was opened, from one node to the next', async () => {
    const element = show(RunModel.of(golden('simple')), 'r/1.1');
    const code = (): HTMLDetailsElement =>
      [...element.querySelectorAll('details')].find(fold =>
        fold.textContent?.startsWith('Code')
      ) as HTMLDetailsElement;
    code().open = false;
    await painted();
    view?.show('r/2.1');
    expect(code().open).toBe(false);
  });

  it('lead to the cell and can be closed', () => {
    const [onReveal, onClose] = [vi.fn(), vi.fn()];
    const element = show(RunModel.of(golden('simple')), 'r/1.1', { onReveal, onClose });
    the(element, '[aria-label="Go to the cell"]').click();
    the(element, '[aria-label=Close]').click();
    expect(onReveal).toHaveBeenCalledWith(expect.objectContaining({ span: 'r/1.1' }));
    expect(onClose).toHaveBeenCalled();
  });

  it('lead another way after a step that is over', () => {
    const onBranch = vi.fn();
    const element = show(RunModel.of(golden('simple')), 'r/1', { onBranch });
    the(element, 'button[title^="Branch"]').click();
    expect(onBranch).toHaveBeenCalledWith(1);
    view!.show('r/1.1');
    expect(the(element, 'button[title^="Branch"]').hidden).toBe(false);
    view!.show('r');
    expect(the(element, 'button[title^="Branch"]').hidden).toBe(true);
  });

  it('lead nowhere else while the run goes on, nor from a step that waits', () => {
    const begun = golden('simple').filter(({ type }) => type !== 'run_finished');
    const running = show(live(begun), 'r/1', { onBranch: vi.fn() });
    expect(the(running, 'button[title^="Branch"]').hidden).toBe(true);
    view!.dispose();
    const model = RunModel.of(golden('proposed'));
    const waiting = model.steps.find(({ state }) => state === 'proposed')!;
    const proposed = show(model, waiting.span, { onBranch: vi.fn() });
    expect(the(proposed, 'button[title^="Branch"]').hidden).toBe(true);
  });

  it('have no button for a cell where there is none', () => {
    const options = { onReveal: vi.fn(), hasCell: () => false };
    const element = show(RunModel.of(golden('simple')), 'r', options);
    expect(the(element, '[aria-label="Go to the cell"]').hidden).toBe(true);
  });
});

describe('texts that came shortened', () => {
  const PROMPT = 'A leak? '.repeat(500);
  const MARK = '[… cut: 4,000 characters in all, the first 8 and the last 8 are shown …]';

  /** A run with a shortened prompt, and the whole event. */
  function shortened(): { model: RunModel; events: RunEvent[] } {
    const asked = (content: string): RunModel => oneCall([{ role: 'user', content }], 'yes');
    const model = asked(`A leak? \n${MARK}\nA leak? `);
    const events = asked(PROMPT).events.filter(({ span }) => span === 'r/1.1/q1');
    return { model, events };
  }

  it('show at once with their true length, and are whole when that comes', async () => {
    const { model, events } = shortened();
    let answer = (_: RunEvent[]): void => undefined;
    const ask = vi.fn(() => new Promise<RunEvent[]>(resolve => (answer = resolve)));
    const element = show(model, 'r/1.1/q1', { wholes: new Wholes(model, ask) });
    expect(sections(element).Prompt).toContain(MARK);
    expect(the(element, 'mark').textContent).toContain(MARK);
    expect(texts(element, 'summary')[0]).toBe('Prompt4,000 characters');
    expect(ask).toHaveBeenCalledExactlyOnceWith(['r/1.1/q1']);
    answer(events);
    await painted();
    expect(sections(element).Prompt).toBe(PROMPT);
    expect(texts(element, '.rlm-note')).toEqual([]);
    view?.show('r/1.1');
    view?.show('r/1.1/q1');
    expect(ask).toHaveBeenCalledTimes(2); // for the cell: what is whole stays so
  });

  it('say that they are where the kernel is gone, and only where they are', async () => {
    const { model } = shortened();
    const wholes = new Wholes(model, () => Promise.reject(new Error('gone')));
    const element = show(model, 'r/1.1/q1', { wholes });
    await painted();
    expect(texts(element, '.rlm-note')).toEqual([
      'The kernel of this run is not running: texts with a mark “[… cut …]” are shortened here.'
    ]);
    view?.show('r/1.1');
    await painted();
    expect(texts(element, '.rlm-note')).toEqual([]);
  });

  it('are asked for again when there is more to read', async () => {
    const story = new Story();
    story.turn(1);
    const cell = story.cell(1);
    story.call(cell, 1);
    const model = live(story.events);
    const ask = vi.fn((spans: readonly string[]) =>
      Promise.resolve(story.events.filter(({ span }) => spans.includes(span)))
    );
    show(model, `${cell}/q1`, { wholes: new Wholes(model, ask) });
    await painted();
    expect(ask).toHaveBeenCalledOnce();
    story.answered(cell, 1);
    model.add(story.events.at(-1) as RunEvent);
    await painted();
    expect(ask).toHaveBeenCalledTimes(2);
  });
});
