import { afterEach, describe, expect, it, vi } from 'vitest';
import { RunModel } from '../src/model';
import type { Node } from '../src/model';
import { TimelineView, type TimelineOptions } from '../src/view/timeline';
import { packing } from '../src/view/timeline-lanes';
import { RunTime, ticks } from '../src/view/timeline-time';
import { TimeWindow } from '../src/view/timeline-window';
import { english } from '../src/view/trans';
import { golden, START, Story } from './story';
import { drawn, host, live, painted, press, resize, texts, the } from './view-helpers';

let view: TimelineView | undefined;

afterEach(() => {
  view?.dispose();
  resize(400, 480);
});

async function show(model: RunModel, options: Partial<TimelineOptions> = {}): Promise<HTMLElement> {
  view = new TimelineView(host(), model, { trans: english, ...options });
  await painted();
  return view.element;
}

function canvas(element: HTMLElement): HTMLElement {
  return the(element, 'canvas');
}

async function point(element: HTMLElement, type: string, x: number, y: number): Promise<void> {
  const event = new MouseEvent(type, { bubbles: true, button: 0 });
  Object.defineProperties(event, { offsetX: { value: x }, offsetY: { value: y } });
  canvas(element).dispatchEvent(event);
  await painted();
}

/** `size` calls of a second, all at once. */
function crowd(size: number): RunModel {
  const story = new Story();
  story.turn(1);
  const cell = story.cell(1);
  const batch = story.batch(cell, size);
  for (let number = 1; number <= size; number += 1) {
    story.call(cell, number, batch);
  }
  for (let number = 1; number <= size; number += 1) {
    story.answered(cell, number, {}, 1 / size);
  }
  story.ran(1);
  story.finish();
  return live(story.events);
}

describe('lanes', () => {
  function lanesOf(times: [number, number | null][]): string[][] {
    const { root } = live(new Story().events);
    const nodes = times.map(([started, ended], place): Node => {
      return { ...root, started, ended, span: String(place) };
    });
    const work = packing(nodes);
    for (;;) {
      const next = work.next();
      if (next.done) {
        return next.value.map(lane => lane.map(node => node.span));
      }
    }
  }

  it('hold what does not overlap, the lowest free one first', () => {
    const times: [number, number | null][] = [
      [0, 2],
      [0, 1],
      [1, 3],
      [1.5, null],
      [2, 4],
      [9, 10]
    ];
    expect(lanesOf(times)).toEqual([['0', '4', '5'], ['1', '2'], ['3']]);
  });

  it('are as many as were in flight at once', () => {
    const times = Array.from({ length: 1000 }, (_, n): [number, number] => [n / 10, n / 10 + 6.35]);
    expect(lanesOf(times)).toHaveLength(64);
  });
});

describe('time', () => {
  it('does not count pauses', () => {
    const story = new Story();
    story.turn(1);
    story.pause('interrupt');
    story.record('run_resumed', 'r', {}, 3600);
    const time = new RunTime(live(story.events).root);
    expect(time.at(START + 1)).toBe(1);
    expect(time.at(START + 100)).toBe(2);
    expect(time.at(START + 3605)).toBe(5);
    expect(time.wall(5)).toBe(START + 3605);
  });

  it('has round ticks', () => {
    expect(ticks(0, 10, 1.4)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(ticks(100, 700, 100)).toEqual([120, 240, 360, 480, 600]);
  });

  it('zooms around a point and stays within the run', () => {
    const window = new TimeWindow();
    window.grow(100);
    window.zoom(0.5, 20);
    expect([window.from, window.to]).toEqual([10, 60]);
    window.pan(-50);
    expect([window.from, window.to]).toEqual([0, 50]);
    window.grow(200);
    expect(window.to).toBe(50);
    window.showAll();
    window.grow(300);
    expect(window.to).toBe(300);
  });
});

describe('the timeline of a run', () => {
  it('has a group for each step', async () => {
    const element = await show(RunModel.of(golden('fanout')));
    expect(texts(element, '.rlm-tl-head .rlm-row-label')).toEqual(['Step 1', 'Step 2', 'Step 3']);
    expect(texts(element, '.rlm-tl-head .rlm-dim')).toEqual(['', '60 calls · 16 at once', '']);
  });

  it('draws a bar for each call where there is room', async () => {
    await show(RunModel.of(golden('failed_calls')));
    expect(drawn.length).toBeGreaterThanOrEqual(12 + 6);
  });

  it('shows how many are in flight where there is none', async () => {
    const element = await show(crowd(5000));
    expect(drawn.length).toBeLessThan(400 * 3);
    const group = parseFloat(the(element, '.rlm-tl-sizer').style.height);
    expect(group).toBeLessThan(200);
    expect(Math.max(...drawn.map(({ height }) => height))).toBeLessThanOrEqual(480);
  });

  it('gives each call a line when it is asked to', async () => {
    const element = await show(crowd(1000));
    the(element, '.rlm-tl-caret').click();
    await painted();
    expect(parseFloat(the(element, '.rlm-tl-sizer').style.height)).toBeGreaterThan(10_000);
    expect(drawn.length).toBeLessThan(100); // only those in view are drawn
  });

  it('tells of the bar under the pointer, and chooses it with a click', async () => {
    const onSelect = vi.fn();
    const element = await show(RunModel.of(golden('fanout')), { onSelect });
    await point(element, 'pointermove', 20, 26);
    expect(texts(element, '.rlm-tl-readout-title')).toEqual([
      'Reply · openai/gpt-5 · 2.0 s · 1,660 tokens · $0.0035'
    ]);
    await point(element, 'pointerdown', 20, 26);
    await point(element, 'pointerup', 20, 26);
    expect(onSelect).toHaveBeenCalledWith(expect.objectContaining({ span: 'r/1/q1' }));
  });

  it('shows calls that were tried again, one by one and in a crowd', async () => {
    for (const size of [2, 5000]) {
      const story = new Story();
      story.turn(1);
      const cell = story.cell(1);
      const batch = story.batch(cell, size);
      for (let number = 1; number <= size; number += 1) {
        story.call(cell, number, batch);
      }
      story.record('call_retried', `${cell}/q1`, { error: 'RateLimited', attempt: 1, wait: 1 }, 1);
      for (let number = 1; number <= size; number += 1) {
        story.answered(cell, number, {}, 1 / size);
      }
      const element = await show(live(story.events));
      element.style.setProperty('--jp-warn-color1', 'rgb(4, 5, 6)');
      resize(420, 480);
      await painted();
      expect(drawn.some(({ colour }) => colour === 'rgb(4, 5, 6)')).toBe(true);
    }
  });

  it('tells how many are in flight in a crowd', async () => {
    const element = await show(crowd(5000));
    await point(element, 'pointermove', 260, 60);
    expect(texts(element, '.rlm-tl-readout-title')[0]).toMatch(/^[\d,]+ in flight · llm_query #/);
  });

  it('goes from bar to bar by keys and tells of them', async () => {
    const onSelect = vi.fn();
    const element = await show(RunModel.of(golden('failed_calls')), { onSelect });
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowDown', 'ArrowRight', 'ArrowDown']) {
      press(canvas(element), key);
    }
    await painted();
    expect(the(element, '[aria-live]').textContent).toMatch(/^llm_query #/);
    press(canvas(element), 'Enter');
    expect(onSelect).toHaveBeenCalledWith(expect.objectContaining({ kind: 'call' }));
  });

  it('zooms by keys and shows all again', async () => {
    const element = await show(RunModel.of(golden('fanout')));
    const all = the(element, '.rlm-tl-tools button:last-child') as HTMLButtonElement;
    const whole = texts(element, '.rlm-tl-tick');
    expect(all.disabled).toBe(true);
    press(canvas(element), '+');
    press(canvas(element), '+');
    await painted();
    expect(all.disabled).toBe(false);
    expect(texts(element, '.rlm-tl-tick')).not.toEqual(whole);
    press(canvas(element), '0');
    await painted();
    expect(texts(element, '.rlm-tl-tick')).toEqual(whole);
  });

  it('takes the wheel only with the zoom key', async () => {
    const element = await show(RunModel.of(golden('fanout')));
    const scroller = the(element, '.rlm-tl-scroller');
    const wheel = (more: WheelEventInit): WheelEvent => {
      const event = new WheelEvent('wheel', { deltaY: -100, cancelable: true, ...more });
      scroller.dispatchEvent(event);
      return event;
    };
    expect(wheel({}).defaultPrevented).toBe(false);
    expect(wheel({ ctrlKey: true }).defaultPrevented).toBe(true);
  });

  it('draws anew when the theme has changed', async () => {
    const element = await show(RunModel.of(golden('fanout')));
    element.style.setProperty('--jp-brand-color1', 'rgb(1, 2, 3)');
    document.body.dataset.jpThemeName = 'Another';
    await vi.waitFor(() => expect(drawn.map(({ colour }) => colour)).toContain('rgb(1, 2, 3)'), {
      timeout: 30_000
    });
  });
});
