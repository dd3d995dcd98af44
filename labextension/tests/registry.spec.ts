import { expect, test } from 'vitest';
import { RunRegistry } from '../src/registry';
import { golden } from './story';

test('a run that was saved is known by its events', () => {
  const registry = new RunRegistry();
  const events = golden('simple');
  const run = registry.recall(events[0]!.run, events);
  expect(run.status).toBe('finished');
  expect(registry.get(run.id)).toBe(run);
});

test('a run that is live is not overwritten by an older copy of it', () => {
  const registry = new RunRegistry();
  const events = golden('simple');
  const live = registry.of(events[0]!.run);
  live.addAll(events);
  const known = registry.recall(live.id, events.slice(0, 3));
  expect(known).toBe(live);
  expect(known.status).toBe('finished');
});

test('a run that was saved in the middle was interrupted, and goes on when its events come', () => {
  const registry = new RunRegistry();
  const events = golden('simple');
  const run = registry.recall(events[0]!.run, events.slice(0, 5));
  expect(run.status).toBe('interrupted');
  run.addAll(events);
  expect(run.status).toBe('finished');
});

test('a card without events is that of a run whose kernel is gone', () => {
  const registry = new RunRegistry();
  expect(registry.recall('a-run', []).status).toBe('interrupted');
});

test('each run is announced once', () => {
  const registry = new RunRegistry();
  const added: string[] = [];
  registry.added.connect((_, run) => added.push(run.id));
  registry.of('one');
  registry.of('one');
  registry.of('two');
  expect(added).toEqual(['one', 'two']);
});

test('a run that seemed interrupted runs again where its kernel says that it is there', () => {
  const registry = new RunRegistry();
  const events = golden('simple');
  const run = registry.recall(events[0]!.run, events.slice(0, 5));
  run.addAll(events.slice(0, 5));
  expect(run.status).toBe('interrupted');
  run.revive();
  expect(run.status).toBe('running');
  expect(run.events).toEqual(events.slice(0, 5));
});

test('so does one of which nothing was saved, and whose events come late', () => {
  const registry = new RunRegistry();
  const events = golden('simple');
  const run = registry.recall(events[0]!.run, []);
  run.addAll(events.slice(3, 5));
  run.addAll(events.slice(0, 5));
  run.revive();
  expect(run.status).toBe('running');
  expect(registry.recall('another', []).status).toBe('interrupted');
  registry.of('another').revive();
  expect(registry.of('another').status).toBe('running');
});
