import { describe, expect, test } from 'vitest';
import { fileContext, questionSource } from '../src/question';
import { word } from '../src/words';

describe('a question', () => {
  test('has a line for its options and a line to be written', () => {
    expect(questionSource([])).toBe('%%rlm\n');
    expect(questionSource(['orders', 'notes.txt'])).toBe(
      '%%rlm --context orders --context notes.txt\n'
    );
  });

  test('quotes what a shell would split', () => {
    expect(questionSource(["it's here.txt"])).toBe(`%%rlm --context 'it'"'"'s here.txt'\n`);
  });
});

describe('a file as a context', () => {
  test.each([
    ['data/a.csv', 'nb.ipynb', 'data/a.csv'],
    ['data/a.csv', 'data/nb.ipynb', 'a.csv'],
    ['a.csv', 'work/deep/nb.ipynb', '../../a.csv'],
    ['other/a b.csv', 'work/nb.ipynb', '../other/a b.csv']
  ])('%s is, for %s, %s', (file, notebook, path) => {
    expect(fileContext(file, notebook)).toBe(path);
  });

  test.each(['-x.csv', 'a=b.csv', 'reports', 'straße', '~x'])('%s is not misread', name => {
    expect(fileContext(name, 'nb.ipynb')).toBe(`./${name}`);
  });

  test('a variable of the same name is not meant', () => {
    expect(fileContext('work/reports', 'work/nb.ipynb')).toBe('./reports');
  });
});

test('a word is quoted only where it must be', () => {
  expect(['a-b.c', '', 'a b', 'a\\b', '"'].map(word)).toEqual([
    'a-b.c',
    "''",
    "'a b'",
    "'a\\b'",
    `'"'`
  ]);
});
