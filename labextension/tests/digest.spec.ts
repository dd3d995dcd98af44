import { expect, test } from 'vitest';
import { digest } from '../src/digest';

test.each([
  ['', '00000000'],
  ['123456789', 'cbf43926'], // the check value of CRC-32
  ['naïve — 🦊', 'eb673d96']
])('%j has its CRC-32', (source, crc) => {
  expect(digest(source)).toBe(crc);
});
