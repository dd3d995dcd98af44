import { describe, expect, it } from 'vitest';
import * as format from '../src/view/format';
import { splitReply } from '../src/view/reply';
import { oneLine, plain, proseLine, tail } from '../src/view/text';
import { outputText } from '../src/view/outputs';
import { english } from '../src/view/trans';

describe('figures', () => {
  // The same cases as those of rlm_kernel/report/figures.py.
  it.each([
    [0, '0'],
    [9_999, '9,999'],
    [12_345, '12.3k'],
    [99_949, '99.9k'],
    [123_456, '123k'],
    [1_240_000, '1.24M']
  ])('says %d tokens as %s', (count, said) => {
    expect(format.tokens(count)).toBe(said);
  });

  it.each([
    [null, 'n/a'],
    [0, '$0'],
    [0.00004, '<$0.0001'],
    [0.0031, '$0.0031'],
    [0.003, '$0.003'],
    [0.0413, '$0.041'],
    [1.27, '$1.27'],
    [1234.5, '$1,234.50']
  ])('says %s dollars as %s', (amount, said) => {
    expect(format.dollars(amount)).toBe(said);
  });

  it.each([
    [-1, '0.0 s'],
    [0.42, '0.4 s'],
    [12.3, '12 s'],
    [185, '3 m 05 s'],
    [7620, '2 h 07 m']
  ])('says %d seconds as %s', (seconds, said) => {
    expect(format.duration(seconds)).toBe(said);
  });

  it('says rates below one a second by the minute', () => {
    expect([31, 4.25, 0.07].map(format.rate)).toEqual(['31/s', '4.3/s', '4.2/min']);
  });

  it('says sizes', () => {
    expect([812, 12_300, 4e6].map(format.size)).toEqual(['812 B', '12.3 kB', '4.0 MB']);
  });
});

describe('texts', () => {
  it('shows what a display would obey', () => {
    expect(plain('a\u001b[31mb\u0000\u202ec\r\nd\te')).toBe('a␛[31mb␀\ufffdc\nd\te');
  });

  it('takes the first line that says something, and no marks of Markdown', () => {
    expect(oneLine('\n\n## Look\nthere', 20)).toBe('Look');
    expect(oneLine('x'.repeat(30), 10)).toBe(`${'x'.repeat(9)}…`);
    expect(proseLine('**Check:** are the `None` entries empty?', 60)).toBe(
      'Check: are the None entries empty?'
    );
  });

  it('keeps the operators of code', () => {
    expect(oneLine('y = x**2', 60)).toBe('y = x**2');
  });

  it('cuts the beginning of a long text at a word', () => {
    expect(tail('one two three', 8)).toBe('three');
  });

  it('fills in translations by place', () => {
    expect(english.__('%2 of %1', 'a', 'b')).toBe('b of a');
    expect(english._n('%1 call', '%1 calls', 1)).toBe('1 call');
    expect(english._n('%2 call', '%2 calls', 1204, '1,204')).toBe('1,204 calls');
  });
});

describe('a reply', () => {
  it('is its thought and its cells', () => {
    const reply = 'Look.\n```repl\nx = 1\n```\nThen:\n```python\ny\n```\nand\n```json\n{}\n```';
    const parts = splitReply(reply);
    expect(parts.cells).toEqual(['x = 1', 'y']);
    expect(parts.thought).toBe('Look.\nThen:\nand\n```json\n{}\n```');
    expect(parts.open).toBe(false);
  });

  it('is open while its last block is being written', () => {
    expect(splitReply('Look.\n````\na\n```\nb')).toEqual({
      thought: 'Look.',
      cells: ['a\n```\nb'],
      open: true
    });
    expect(splitReply('Look.\n```repl\n').open).toBe(false);
  });
});

describe('outputs as text', () => {
  it('joins what is in pieces', () => {
    expect(outputText({ output_type: 'stream', text: ['a\n', 'b'] })).toBe('a\nb');
  });

  it('takes the colours off a traceback', () => {
    const traceback = ['\u001b[0;31mKeyError\u001b[0m', "'x'"];
    expect(outputText({ output_type: 'error', traceback })).toBe("KeyError\n'x'");
  });

  it('names pictures and never shows HTML', () => {
    const data = { 'image/png': 'x'.repeat(4000), 'text/plain': '<Figure>' };
    expect(outputText({ output_type: 'display_data', data })).toBe('[image/png, 3.0 kB]\n<Figure>');
    const html = { 'text/html': '<script>' };
    expect(outputText({ output_type: 'display_data', data: html })).toBe('[text/html]');
  });
});
