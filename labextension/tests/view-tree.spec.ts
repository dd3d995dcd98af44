import { afterEach, describe, expect, it, vi } from 'vitest';
import { RunModel } from '../src/model';
import { TreeView, type TreeOptions } from '../src/view/tree';
import { english } from '../src/view/trans';
import { golden, Story } from './story';
import { host, live, painted, press, resize, texts, the } from './view-helpers';

let view: TreeView | undefined;

afterEach(() => {
  view?.dispose();
  resize(400, 480);
});

function show(model: RunModel, options: Partial<TreeOptions> = {}): HTMLElement {
  view = new TreeView(host(), model, { trans: english, ...options });
  return view.element;
}

/** The labels of the lines that show, from top to bottom. */
function labels(element: HTMLElement): string[] {
  return lines(element).map(row => the(row, '.rlm-row-label').textContent ?? '');
}

function lines(element: HTMLElement): HTMLElement[] {
  return [...element.querySelectorAll<HTMLElement>('.rlm-row:not([hidden])')].sort(
    (a, b) => Number(a.dataset.index) - Number(b.dataset.index)
  );
}

function active(element: HTMLElement): string {
  const id = the(element, '[role=tree]').getAttribute('aria-activedescendant');
  return id ? (the(the(element, `#${id}`), '.rlm-row-label').textContent ?? '') : '';
}

async function keys(element: HTMLElement, ...pressed: string[]): Promise<void> {
  for (const key of pressed) {
    press(the(element, '[role=tree]'), key);
    await painted();
  }
}

/** Type a word, a key every `pause` milliseconds by the events' own clock: the machine's may be slow. */
async function type(element: HTMLElement, word: string, pause: number, from = 0): Promise<void> {
  for (const [place, key] of [...word].entries()) {
    const event = new KeyboardEvent('keydown', { key, bubbles: true });
    Object.defineProperty(event, 'timeStamp', { value: from + place * pause });
    the(element, '[role=tree]').dispatchEvent(event);
    await painted();
  }
}

/** A run whose second cell asks `size` prompts. */
function fanout(size: number): RunModel {
  const story = new Story();
  story.turn(1);
  const cell = story.cell(1);
  const batch = story.batch(cell, size);
  for (let number = 1; number <= size; number += 1) {
    story.call(cell, number, batch);
    story.answered(cell, number);
  }
  story.ran(1);
  story.finish();
  return live(story.events);
}

describe('the tree of a run', () => {
  it('has steps, replies, cells, batches and calls', () => {
    const element = show(RunModel.of(golden('failed_calls')));
    expect(labels(element).slice(0, 8)).toEqual([
      'Step 1',
      'Reply',
      'Cell 1.1',
      'Step 2',
      'Reply',
      'Cell 2.1',
      'Batch of 12',
      '#1'
    ]);
  });

  it('says to a screen reader how lines are nested', () => {
    const element = show(RunModel.of(golden('failed_calls')));
    const call = lines(element)[7] as HTMLElement;
    expect(call.getAttribute('role')).toBe('treeitem');
    expect(call.getAttribute('aria-level')).toBe('4');
    expect(call.getAttribute('aria-posinset')).toBe('1');
    expect(call.getAttribute('aria-setsize')).toBe('12');
    expect(call.hasAttribute('aria-expanded')).toBe(false);
    expect(lines(element)[3]?.getAttribute('aria-expanded')).toBe('true');
  });

  it('names what failed', () => {
    const element = show(RunModel.of(golden('failed_calls')));
    expect(texts(element, '.rlm-row-failed').filter(Boolean).slice(0, 4)).toEqual([
      '2 failed',
      '2 failed',
      '2 failed',
      'RateLimited'
    ]);
  });

  it('shows prompts as text', () => {
    const story = new Story();
    story.turn(1);
    const cell = story.cell(1);
    const batch = story.batch(cell, 1);
    story.record('call_started', `${cell}/q1`, {
      parent: cell,
      role: 'sub',
      batch,
      index: 0,
      messages: [{ role: 'user', content: '<img src=x onerror=alert(1)>' }]
    });
    const element = show(live(story.events));
    expect(element.querySelector('img')).toBeNull();
    expect(element.textContent).toContain('<img src=x onerror=alert(1)>');
  });
});

describe('the line of a call', () => {
  const lineOf = (...prompts: string[]): string[] => linesOf(prompts);

  function linesOf(prompts: string[], replies: string[] = []): string[] {
    const story = new Story();
    story.turn(1);
    const cell = story.cell(1);
    const batch = story.batch(cell, prompts.length);
    prompts.forEach((content, index) => {
      const asked = { parent: cell, role: 'sub', batch, index };
      const messages = [{ role: 'user', content }];
      story.record('call_started', `${cell}/q${index + 1}`, { ...asked, messages });
    });
    replies.forEach((text, index) => {
      const asked = { parent: cell, role: 'sub', batch, index };
      story.record('call_finished', `${cell}/q${index + 1}`, { ...asked, text });
    });
    const element = show(live(story.events));
    return lines(element)
      .slice(-prompts.length)
      .map(row => the(row, '.rlm-row-line').textContent ?? '');
  }

  it('begins where its prompt differs from the others', () => {
    const question = 'Does this report mention a leak?\n\n';
    expect(lineOf(`${question}Report 12. Dry.`, `${question}Report 13. Wet.`)).toEqual([
      '…12. Dry.',
      '…13. Wet.'
    ]);
  });

  it('never is the mark of a cut', () => {
    const cut = (head: string, total: string, tail: string): string =>
      `${head}\n[… cut: ${total} characters in all, the first 72 and the last 48 are shown …]\n${tail}`;
    const head = 'Does this report mention a leak? Answer yes or no. It is the follow';
    expect(
      lineOf(cut(head, '85,459', 'the pump\nis dry.'), cut(head, '85,917', 'the\nwet pump.'))
    ).toEqual(['…pump is dry.', '…wet pump.']);
    expect(
      lineOf(cut('Report 12.', '85,459', 'dry.'), cut('Report 13.', '85,917', 'dry.'))
    ).toEqual(['Report 12.', 'Report 13.']);
  });

  it('is the beginning of the reply where what is left of the prompt is the same', () => {
    const cut = (total: string): string =>
      `Is there a leak?\n[… cut: ${total} characters in all, the first 16 and the last 4 are shown …]\ndry.`;
    expect(lineOf(cut('85,459'), cut('85,917'))).toEqual(['Is there a leak?', 'Is there a leak?']);
    expect(linesOf([cut('85,459'), cut('85,917')], ['Yes: in 12.', 'No.'])).toEqual([
      'Yes: in 12.',
      'No.'
    ]);
  });

  it('begins at the beginning where little is shared, or everything', () => {
    expect(lineOf('Report 12. Dry.', 'Report 13. Wet.')[0]).toBe('Report 12. Dry.');
    const same = 'Think of a number between one and ten.';
    expect(lineOf(same, same)).toEqual([same, same]);
  });
});

describe('a tree of a hundred thousand calls', () => {
  const model = fanout(100_000);

  it('keeps only the rows in view in the page', async () => {
    const element = show(model);
    view?.select('r/1.1/q50000');
    await painted();
    expect(labels(element)).toContain('#50000');
    expect(element.querySelectorAll('.rlm-row').length).toBeLessThan(300);
    expect(the(element, '.rlm-tree-canvas').style.height).toBe(`${(100_000 + 4) * 24}px`);
  });

  it('keeps to that however tall it is', async () => {
    resize(400, 40_000);
    const element = show(model);
    view?.select('r/1.1/q50000');
    await painted();
    expect(element.querySelectorAll('.rlm-row').length).toBeLessThan(300);
  });

  it('shows other lines in the same rows as it is scrolled', async () => {
    const element = show(model);
    view?.select('r/1.1/q1');
    await painted();
    const rows = [...element.querySelectorAll('.rlm-row')];
    const scroller = the(element, '[role=tree]');
    scroller.scrollTop = 24 * 77_777;
    scroller.dispatchEvent(new Event('scroll'));
    await painted();
    expect(labels(element)).toContain('#77777');
    expect([...element.querySelectorAll('.rlm-row')]).toEqual(rows);
  });

  it('goes to its end with a key', async () => {
    const element = show(model);
    view?.select('r/1.1/q1');
    await keys(element, 'End');
    expect(active(element)).toBe('#100000');
  });
});

describe('the keys of a tree', () => {
  it('go up and down, in and out', async () => {
    const element = show(RunModel.of(golden('failed_calls')));
    the(element, '[role=tree]').focus();
    await keys(element, 'Home');
    expect(active(element)).toBe('Step 1');
    await keys(element, 'ArrowDown', 'ArrowDown', 'ArrowDown');
    expect(active(element)).toBe('Step 2');
    await keys(element, 'ArrowLeft');
    expect(labels(element).slice(3)).toEqual(['Step 2', 'Step 3', 'Reply', 'Cell 3.1']);
    await keys(element, 'ArrowRight', 'ArrowRight', 'ArrowDown', 'ArrowRight');
    expect(active(element)).toBe('Batch of 12');
    await keys(element, 'ArrowDown', 'ArrowDown', 'ArrowLeft');
    expect(active(element)).toBe('Batch of 12');
  });

  it('find a line by the beginning of its name', async () => {
    const element = show(RunModel.of(golden('failed_calls')));
    await keys(element, 'Home');
    await type(element, '#11', 100);
    expect(active(element)).toBe('#11');
    await type(element, 'step', 100, 5_000); // after a pause a new word begins
    expect(active(element)).toBe('Step 3');
  });

  it('choose with Enter and open siblings with *', async () => {
    const onSelect = vi.fn();
    const element = show(RunModel.of(golden('fanout')), { onSelect });
    await keys(element, 'Home', 'ArrowDown', 'Enter');
    expect(onSelect).toHaveBeenCalledWith(expect.objectContaining({ span: 'r/1/q1' }));
    expect(lines(element)[1]?.getAttribute('aria-selected')).toBe('true');
    await keys(element, 'Home', 'ArrowLeft', '*');
    expect(lines(element)[0]?.getAttribute('aria-expanded')).toBe('true');
  });

  it('leave those of the application alone', async () => {
    const element = show(RunModel.of(golden('fanout')));
    await keys(element, 'Home');
    press(the(element, '[role=tree]'), 'ArrowDown', { ctrlKey: true });
    await painted();
    expect(active(element)).toBe('Step 1');
  });
});

describe('a click on a tree', () => {
  it('opens at the caret and chooses elsewhere', async () => {
    const onSelect = vi.fn();
    const element = show(RunModel.of(golden('fanout')), { onSelect });
    const batch = (): HTMLElement =>
      lines(element).find(row => row.textContent?.includes('Batch of 60')) as HTMLElement;
    expect(batch().getAttribute('aria-expanded')).toBe('false');
    the(batch(), '.rlm-row-caret').click();
    await painted();
    expect(batch().getAttribute('aria-expanded')).toBe('true');
    expect(onSelect).not.toHaveBeenCalled();
    batch().click();
    expect(onSelect).toHaveBeenCalledWith(expect.objectContaining({ kind: 'batch' }));
  });
});

describe('the tree of a run that goes on', () => {
  it('takes up what is new, and leaves open what is open', async () => {
    const story = new Story();
    story.turn(1);
    const model = live(story.events);
    const element = show(model);
    await painted();
    const before = story.events.length;
    story.cell(1);
    story.ran(1);
    story.turn(2);
    model.addAll(story.events.slice(before));
    await vi.waitFor(() =>
      expect(labels(element)).toEqual(['Step 1', 'Reply', 'Cell 1.1', 'Step 2', 'Reply'])
    );
  });

  it('says so while there is nothing', () => {
    expect(texts(show(live(new Story().events)), '.rlm-empty')).toEqual(['No steps yet']);
  });
});
