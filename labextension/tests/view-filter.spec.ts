import { describe, expect, it, vi } from 'vitest';
import { RunModel } from '../src/model';
import { EVERYTHING, Filter, type Matches } from '../src/view/filter';
import type { SearchExact } from '../src/view/exact';
import type { Query } from '../src/view/search';
import { golden, Story, usage } from './story';
import { live } from './view-helpers';

/** What a query finds in a run, once all of it has been searched. */
async function find(
  model: RunModel,
  query: Partial<Query>,
  searchExact?: SearchExact
): Promise<Matches> {
  let found: Matches | null = null;
  const filter = new Filter(model, matches => (found = matches), searchExact);
  filter.query = { ...EVERYTHING, ...query };
  await vi.waitFor(() => expect(found?.complete).toBe(true));
  filter.dispose();
  return found as unknown as Matches;
}

function spans(matches: Matches): string[] {
  return [...matches.hits].map(node => node.span);
}

/** Twenty calls, of which one takes long and one costs much. */
function uneven(): RunModel {
  const story = new Story();
  story.turn(1);
  const cell = story.cell(1);
  const batch = story.batch(cell, 20);
  for (let number = 1; number <= 20; number += 1) {
    story.call(cell, number, batch);
    const used = usage(number === 7 ? 90_000 : 4000, 2);
    story.answered(cell, number, { usage: used }, number === 9 ? 60 : 3);
  }
  story.ran(1);
  story.finish();
  return live(story.events);
}

describe('a search of the exact texts', () => {
  const text = 'report 11 mention';

  it('adds what the shortened ones do not hold, page by page', async () => {
    const pages = [
      { spans: ['r/2.1/q3'], after: 5, more: true },
      { spans: ['r/2.1/q7'], after: 9, more: false }
    ];
    const ask = vi.fn<SearchExact>((_, after) => Promise.resolve(pages[after < 0 ? 0 : 1]!));
    const matches = await find(RunModel.of(golden('failed_calls')), { text }, ask);
    expect(ask.mock.calls).toEqual([
      [text, -1],
      [text, 5]
    ]);
    expect(spans(matches)).toEqual(['r/2.1/q3', 'r/2.1/q7', 'r/2.1/q11']);
    expect(matches.exact).toBe(true);
  });

  it('says where nobody has them', async () => {
    const ask: SearchExact = () => Promise.reject(new Error('gone'));
    const matches = await find(RunModel.of(golden('failed_calls')), { text }, ask);
    expect(spans(matches)).toEqual(['r/2.1/q11']);
    expect(matches.exact).toBe(false);
  });

  it('is none where no text is asked for', async () => {
    const ask = vi.fn<SearchExact>();
    await find(RunModel.of(golden('failed_calls')), { failed: true }, ask);
    expect(ask).not.toHaveBeenCalled();
  });
});

describe('a search', () => {
  it('looks into prompts, replies, code and errors, in any case', async () => {
    const model = RunModel.of(golden('failed_calls'));
    expect(spans(await find(model, { text: 'REPORT 11 MENTION' }))).toEqual(['r/2.1/q11']);
    expect(spans(await find(model, { text: 'llm_query_batched(' }))).toEqual(['r/2/q1', 'r/2.1']);
    expect(spans(await find(model, { text: 'try again in 20 s' }))).toEqual([
      'r/2.1/q4',
      'r/2.1/q9'
    ]);
  });

  it('takes what is typed as it is', async () => {
    const matches = await find(RunModel.of(golden('simple')), { text: "context['amount'].sum()" });
    expect(spans(matches)).toContain('r/1.1');
    expect(spans(await find(RunModel.of(golden('simple')), { text: '(' }))).not.toHaveLength(0);
  });

  it('shows what the hits are part of', async () => {
    const matches = await find(RunModel.of(golden('failed_calls')), { text: 'report 11 mention' });
    const shown = [...matches.shown].map(node => node.span);
    expect(shown.sort()).toEqual(['r', 'r/2', 'r/2.1', 'r/2.1/b1', 'r/2.1/q11']);
  });

  it('tells where it found it', async () => {
    const matches = await find(RunModel.of(golden('failed_calls')), { text: 'mention' });
    const [node] = [...matches.hits].filter(({ span }) => span === 'r/2.1/q11');
    expect(node && matches.excerpt(node)).toEqual({
      before: '…report 11 ',
      found: 'mention',
      after: ' a leak? Answer yes or no.'
    });
  });
});

describe('a filter', () => {
  it('finds the calls and cells that failed', async () => {
    const matches = await find(RunModel.of(golden('failed_calls')), { failed: true });
    expect(spans(matches)).toEqual(['r/2.1', 'r/2.1/q4', 'r/2.1/q9']);
  });

  it('finds what is slow and what is expensive for this run', async () => {
    expect(spans(await find(uneven(), { slow: true }))).toEqual(['r/1.1/q9']);
    expect(spans(await find(uneven(), { expensive: true }))).toEqual(['r/1.1/q7']);
    expect(spans(await find(uneven(), { slow: true, expensive: true }))).toEqual([
      'r/1.1/q7',
      'r/1.1/q9'
    ]);
  });

  it('calls nothing slow where all take as long', async () => {
    expect(spans(await find(RunModel.of(golden('fanout')), { expensive: true }))).not.toContain(
      'r/2.1/q1'
    );
  });

  it('narrows a search', async () => {
    const model = RunModel.of(golden('failed_calls'));
    expect(spans(await find(model, { failed: true, text: 'report 4 ' }))).toEqual(['r/2.1/q4']);
  });

  it('looks again when the run has changed', async () => {
    const story = new Story();
    story.turn(1);
    const cell = story.cell(1);
    story.call(cell, 1);
    const model = live(story.events);
    const tell = vi.fn<(matches: Matches | null) => void>();
    const filter = new Filter(model, tell);
    filter.query = { ...EVERYTHING, failed: true };
    const before = story.events.length;
    story.refused(cell, 1);
    model.addAll(story.events.slice(before));
    await vi.waitFor(() => expect(tell.mock.lastCall?.[0]?.hits.size).toBe(1), 2000);
    filter.query = EVERYTHING;
    expect(tell).toHaveBeenLastCalledWith(null);
    filter.dispose();
  });

  it('gives the page back while it searches a long run', async () => {
    const story = new Story();
    story.turn(1);
    const cell = story.cell(1);
    const batch = story.batch(cell, 50_000);
    for (let number = 1; number <= 50_000; number += 1) {
      story.call(cell, number, batch);
      story.answered(cell, number, { text: `no, not ${number}` });
    }
    const model = live(story.events);
    let done = false;
    let turns = 0;
    const filter = new Filter(model, matches => (done = matches?.complete ?? false));
    filter.query = { ...EVERYTHING, text: 'not 49999' };
    while (!done) {
      turns += 1;
      await new Promise(resolve => setTimeout(resolve));
    }
    filter.dispose();
    expect(turns).toBeGreaterThan(1);
  });
});
