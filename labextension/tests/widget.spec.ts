import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RunEvent } from '../src/events';
import { RunModel, type Node } from '../src/model';
import { raiseFor, raiseTyped } from '../src/model/raising';
import { english as trans } from '../src/view/trans';
import { Controls } from '../src/widget/controls';
import { FollowedRun } from '../src/widget/followed';
import { Line } from '../src/widget/line';
import { golden } from './story';
import { painted, press, the } from './view-helpers';

interface Request {
  readonly op: string;
  readonly request: string;
  readonly after?: number;
}

/** What anywidget gives a widget, and a kernel that answers when it is told to. */
class Kernel {
  readonly asked: Request[] = [];
  live = true;
  private readonly _listeners = new Map<string, ((given: never) => void)[]>();

  constructor(private readonly _state: Record<string, unknown>) {}

  readonly model = {
    get: (name: string): unknown => this._state[name],
    send: (content: object): void => void this.asked.push(content as Request),
    on: (event: string, listener: (given: never) => void): void => {
      this._listeners.set(event, [...(this._listeners.get(event) ?? []), listener]);
    },
    widget_manager: {
      get_model: (): Promise<{ comm_live: boolean }> => Promise.resolve({ comm_live: this.live })
    }
  };

  emit(event: string, given: unknown = undefined): void {
    this._listeners.get(event)?.forEach(listener => listener(given as never));
  }

  tell(...events: RunEvent[]): void {
    const parts = events.map(event => ({ event }));
    this.emit('msg:custom', { kind: 'run', run: 'x', n: 1, parts });
  }

  async answer(said: object): Promise<void> {
    const { request } = this.asked.at(-1)!;
    this.emit('msg:custom', { kind: 'reply', request, status: 'ok', ...said });
    await new Promise(resolve => setTimeout(resolve));
  }
}

const EVENTS = golden('failed_calls');

function follow(saved: readonly RunEvent[]): { kernel: Kernel; run: FollowedRun; line: Line } {
  const kernel = new Kernel({ saved: { events: saved }, own_id: 'w' });
  const line = new Line(kernel.model);
  return { kernel, line, run: new FollowedRun(kernel.model, line) };
}

describe('a followed run', () => {
  it('begins with what was saved and asks for what came since', async () => {
    const { kernel, run } = follow(EVENTS.slice(0, 5));
    expect(run.model.events).toHaveLength(5);
    expect(kernel.asked).toMatchObject([{ op: 'events', after: 4 }]);
    await kernel.answer({ events: EVENTS.slice(5), more: false });
    expect(run.model.events).toHaveLength(EVENTS.length);
  });

  it('shows what comes live, and asks for what is missing before it', async () => {
    const { kernel, run } = follow(EVENTS.slice(0, 5));
    await kernel.answer({ events: [], more: false });
    kernel.tell(EVENTS[5]!, EVENTS[7]!);
    expect(run.model.events.map(event => event.seq)).toEqual([0, 1, 2, 3, 4, 5, 7]);
    expect(kernel.asked.at(-1)).toMatchObject({ op: 'events', after: 5 });
    await kernel.answer({ events: [EVENTS[6]], more: false });
    expect(run.model.events.map(event => event.seq)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('replaces a copy that lacks calls by the whole', async () => {
    const { kernel, run } = follow([...EVENTS.slice(0, 5), ...EVENTS.slice(9)]);
    const replaced = vi.fn();
    run.onReplace(replaced);
    expect(kernel.asked).toMatchObject([{ after: 4 }]);
    await kernel.answer({ events: EVENTS.slice(5), more: false });
    expect(replaced).toHaveBeenCalledOnce();
    expect(run.model.events.map(event => event.seq)).toEqual(EVENTS.map(event => event.seq));
  });

  it('is interrupted when its kernel is lost', async () => {
    const { kernel, run } = follow(EVENTS.slice(0, 5));
    kernel.live = false;
    kernel.emit('comm_live_update');
    await painted();
    expect(run.model.status).toBe('interrupted');
  });
});

function nodesOf(node: Node): Node[] {
  return node.children.flatMap(child => [child, ...nodesOf(child)]);
}

describe('the buttons of a widget', () => {
  const shown: Controls[] = [];
  afterEach(() => shown.splice(0).forEach(controls => controls.dispose()));

  interface Asked {
    readonly canAct?: boolean;
    readonly run?: Parameters<typeof golden>[0];
    /** Why it paused, where that is not what the record says. */
    readonly reason?: string;
  }

  interface Shown {
    readonly kernel: Kernel;
    readonly actions: HTMLElement;
    readonly controls: Controls;
    readonly model: RunModel;
    readonly button: (label: string) => HTMLButtonElement;
  }

  function buttons({ canAct = true, run = 'paused', reason }: Asked = {}): Shown {
    const { kernel, line } = follow([]);
    const actions = document.createElement('div');
    const events = golden(run).map(event =>
      event.type === 'run_paused' && reason ? { ...event, reason } : event
    );
    const model = RunModel.of(events);
    const controls = new Controls(actions, model, line, { trans, canAct });
    shown.push(controls);
    const button = (label: string): HTMLButtonElement =>
      [...actions.querySelectorAll('button')].find(({ textContent }) => textContent === label)!;
    return { kernel, actions, controls, model, button };
  }

  it('resume with a hint and with room to go on', () => {
    const { kernel, button, controls } = buttons();
    const hint = the(controls.element, 'input') as HTMLInputElement;
    hint.value = ' look ';
    button('Resume').click();
    const raise = raiseFor(RunModel.of(golden('paused')));
    const limits = raise === null ? {} : { [raise.limit]: raise.to };
    expect(kernel.asked.at(-1)).toMatchObject({ op: 'resume', hint: 'look', limits });
  });

  it('say that they wait for the kernel, and what it refused', async () => {
    const { kernel, button, controls } = buttons();
    vi.useFakeTimers();
    button('Stop').click();
    vi.advanceTimersByTime(1000);
    vi.useRealTimers();
    expect(kernel.asked.at(-1)).toMatchObject({ op: 'stop' });
    expect(controls.element.textContent).toContain('The kernel is busy');
    await kernel.answer({ status: 'error', message: 'no such run' });
    expect(controls.element.textContent).toContain('no such run');
  });

  it('branch after the step that is chosen, with a hint', () => {
    const { kernel, button, controls, model } = buttons({ run: 'simple' });
    const hint = the(controls.element, 'input') as HTMLInputElement;
    expect(button('Branch').disabled).toBe(true);
    controls.choose(model.node('r/1.1')!);
    hint.value = 'another way';
    button('Branch after step 1').click();
    expect(kernel.asked.at(-1)).toMatchObject({ op: 'branch', step: 1, hint: 'another way' });
  });

  it('branch with room beyond the limit that a run paused at', () => {
    const { kernel, button, controls, model } = buttons({ reason: 'max_steps' });
    const raise = raiseFor(model)!;
    controls.choose(model.node('r/1')!);
    expect(button('Branch after step 1').title).toContain(
      `%rlm branch 1 ${model.id} --max-steps ${raise.to}`
    );
    button('Branch after step 1').click();
    const limits = { [raise.limit]: raise.to };
    expect(kernel.asked.at(-1)).toMatchObject({ op: 'branch', step: 1, limits });
  });

  it('branch at Enter where there is nothing to resume', async () => {
    const { kernel, controls, model } = buttons({ run: 'simple' });
    const hint = the(controls.element, 'input');
    press(hint, 'Enter');
    expect(kernel.asked.at(-1)).toMatchObject({ op: 'events' });
    controls.choose(model.node('r/1')!);
    press(hint, 'Enter');
    expect(kernel.asked.at(-1)).toMatchObject({ op: 'branch', step: 1 });
    await kernel.answer({ status: 'error', message: 'no such step' });
    expect(controls.element.textContent).toContain('no such step');
  });

  it('do not branch after what is no step of the run itself', () => {
    const { button, controls, model } = buttons({ run: 'children' });
    for (const { parent, span, kind } of nodesOf(model.root)) {
      controls.choose(model.node(span)!);
      const isOwn = (kind === 'cell' ? parent?.parent : parent) === model.root;
      const label = isOwn ? `Branch after step ${span.split(/[/.]/)[1]}` : 'Branch';
      expect(button(label).disabled).toBe(!isOwn);
    }
  });

  it('are not there for a run that cannot go on here', () => {
    expect(buttons({ canAct: false }).actions.childElementCount).toBe(0);
  });
});

describe('a raised limit', () => {
  const limits = {
    maxSteps: 1,
    maxCalls: 0,
    maxTokens: 0,
    maxCost: 0.5,
    maxSeconds: 0,
    maxDepth: 1
  };
  const steps = RunModel.of(golden('fanout')).steps.slice(0, 2);

  it('leaves room beyond what is spent', () => {
    expect(raiseFor({ reason: 'max_cost', limits, steps })).toEqual({ limit: 'max_cost', to: 1 });
    expect(raiseFor({ reason: 'interrupt', limits, steps })).toBeNull();
    expect(raiseTyped({ reason: 'interrupt', limits, steps })).toBe('');
    expect(raiseTyped({ reason: 'max_cost', limits, steps })).toBe(' --max-cost 1');
    const raise = raiseFor({ reason: 'max_steps', limits, steps });
    expect(raise).toEqual({ limit: 'max_steps', to: 2 * steps.length });
  });
});
