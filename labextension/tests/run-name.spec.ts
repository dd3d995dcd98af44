import { expect, it } from 'vitest';
import type { RunStarted } from '../src/events';
import { RunModel } from '../src/model';
import { nameOf } from '../src/view/run-name';
import { english } from '../src/view/trans';
import { golden } from './story';

it('is its question and the end of its id', () => {
  const run = RunModel.of(golden('simple'));
  expect(nameOf(run, english)).toBe(`${run.question} · ${run.id.slice(-4)}`);
});

it('says of which run it is a branch', () => {
  const branchOf = { run: '20260301-141502-3f9a02c7', step: 2 };
  const [started, ...others] = golden('simple') as [RunStarted, ...ReturnType<typeof golden>];
  const run = RunModel.of([{ ...started, branch_of: branchOf }, ...others]);
  const id = run.id.slice(-4);
  expect(nameOf(run, english)).toBe(`Branch ${id} of 02c7 after step 2 · ${run.question}`);
});

it('is its id while nothing is known of it', () => {
  expect(nameOf(new RunModel('20260301-141502-3f9a02c7'), english)).toBe(
    '20260301-141502-3f9a02c7'
  );
});
