import { expect, test, vi } from 'vitest';
import { Gaps } from '../src/gaps';
import type { RunBatch } from '../src/protocol';
import { RunRegistry } from '../src/registry';
import { golden } from './story';

const EVENTS = golden('simple');
const RUN = EVENTS[0]!.run;

/** A kernel that gives two events at a time, and what it was asked. */
function kernel() {
  const asked: number[] = [];
  const ask = vi.fn((_run: string, after: number) => {
    asked.push(after);
    const left = EVENTS.filter(event => event.seq > after);
    return Promise.resolve({ events: left.slice(0, 2), more: left.length > 2 });
  });
  const registry = new RunRegistry();
  return { asked, ask, registry, gaps: new Gaps(registry, ask) };
}

function batch(n: number): RunBatch {
  return { kind: 'run', run: RUN, n, parts: [] };
}

test('batches in order leave nothing to be asked for', () => {
  const { gaps, ask } = kernel();
  expect([1, 2, 3].map(n => gaps.isBefore(batch(n)))).toEqual([false, false, false]);
  expect(ask).not.toHaveBeenCalled();
});

test('after a gap what comes after the last known event is asked for, and no more', async () => {
  const { gaps, asked, registry } = kernel();
  gaps.isBefore(batch(1));
  registry.of(RUN).addAll(EVENTS.slice(0, 4));
  expect(gaps.isBefore(batch(3))).toBe(true);
  await vi.waitFor(() => expect(registry.of(RUN).events).toEqual(EVENTS));
  expect(asked[0]).toBe(EVENTS[3]!.seq);
});

test('what another kernel has recorded of a run that it goes on with is asked for', async () => {
  const { gaps, asked, registry } = kernel();
  registry.of(RUN).addAll(EVENTS.slice(0, 4));
  expect(gaps.isBefore(batch(1))).toBe(true);
  await vi.waitFor(() => expect(registry.of(RUN).events).toEqual(EVENTS));
  expect(asked[0]).toBe(EVENTS[3]!.seq);
});

test('a run that is met in its middle is asked for from its beginning', async () => {
  const { gaps, asked, registry } = kernel();
  expect(gaps.isBefore(batch(7))).toBe(true);
  await vi.waitFor(() => expect(registry.of(RUN).events).toEqual(EVENTS));
  expect(asked[0]).toBe(-1);
});

test('a kernel that was too busy is asked again, once', async () => {
  const { gaps, ask, registry } = kernel();
  ask.mockRejectedValueOnce(new Error('the kernel is busy'));
  await gaps.fill(RUN);
  expect(registry.get(RUN)).toBeUndefined();
  gaps.fillAgain();
  await vi.waitFor(() => expect(registry.get(RUN)?.events).toEqual(EVENTS));
  const times = ask.mock.calls.length;
  await vi.waitFor(() => gaps.fillAgain());
  expect(ask.mock.calls.length).toBe(times);
});
