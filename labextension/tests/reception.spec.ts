import { expect, test } from 'vitest';
import { PROTOCOL } from '../src/protocol';
import { mismatch } from '../src/mismatch';
import { english } from '../src/view/trans';

test('a kernel of the same version is understood', () => {
  expect(mismatch(PROTOCOL, english)).toBeNull();
});

test('for another version one sentence says which side to update', () => {
  const newer = mismatch(PROTOCOL + 1, english)!;
  const older = mismatch(PROTOCOL - 1, english)!;
  expect(newer).toMatch(/^This page is older .*: update .* where JupyterLab is installed.*\.$/);
  expect(older).toMatch(/^The kernel’s rlm-kernel is older .*restart the kernel\.$/);
  expect(Math.max(newer.length, older.length)).toBeLessThan(140); // what a notification shows
});
