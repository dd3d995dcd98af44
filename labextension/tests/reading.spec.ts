import { describe, expect, it } from 'vitest';
import { DEFAULTS, EventType, FIELDS, SCHEMA_VERSION } from '../src/events';
import { eventsOf, eventsOfLines, RunModel, UnreadableError } from '../src/model';
import { golden, Story } from './story';

const BASE = { v: 1, seq: 0, time: 1, run: 'run-1', span: 'r', parent: null };

const TYPES = Object.keys(DEFAULTS) as EventType[];
const EXAMPLES: Record<string, unknown> = { string: 'x', number: 1, boolean: true, Json: {} };

/** An event with a value in every field. */
function example(type: EventType): object {
  const fields = Object.entries({ ...FIELDS.every, ...FIELDS[type] });
  return Object.fromEntries(
    fields.map(([name, one]) => [
      name,
      one.endsWith('[]') ? [] : EXAMPLES[one.split(' | ')[0] ?? '']
    ])
  );
}

/** An event with one field set to something else. */
function altered(name: string, value: unknown): unknown {
  const [event] = new Story().events;
  return { ...event, [name]: value };
}

/** Why a copy cannot be read. */
function refusal(copy: unknown): UnreadableError | undefined {
  try {
    eventsOf(copy);
  } catch (error) {
    return error instanceof UnreadableError ? error : undefined;
  }
  return undefined;
}

describe('the copy that a notebook carries', () => {
  it('is read as it is', () => {
    const events = golden('children');
    expect(eventsOf({ v: 1, run: events[0]?.run, events })).toEqual(events);
  });

  it('may be of an earlier version, which lacks some fields', () => {
    const bare = { ...BASE, type: 'call_finished', role: 'sub', model: 'm', text: 'yes' };
    const [event] = eventsOf({ events: [bare] });
    expect(event).toEqual({
      ...bare,
      ...{ reasoning: '', finish_reason: 'stop', usage: {}, seconds: 0, cached: false }
    });
  });

  it('may hold fields that this version does not know', () => {
    expect(eventsOf({ events: [altered('mood', 'good')] })).toHaveLength(1);
  });

  it.each([undefined, null, 3, 'events', [], {}, { events: 'all' }, { events: { length: 1 } }])(
    'is not %j',
    copy => {
      expect(() => eventsOf(copy)).toThrow(UnreadableError);
    }
  );

  it.each([null, [], {}, { type: 'no_such' }, { type: 'every' }, { type: 'toString' }])(
    'holds no event %j',
    event => {
      expect(() => eventsOf({ events: [event] })).toThrow(UnreadableError);
    }
  );

  it.each([...Object.keys(FIELDS.every), ...Object.keys(FIELDS.run_started)])(
    'holds no event whose %s is of another type',
    name => {
      const other = name === 'shortened' ? 'no' : false;
      expect(() => eventsOf({ events: [altered(name, other)] })).toThrow(UnreadableError);
    }
  );

  it.each([
    ['notes', [1]],
    ['contexts', ['x']],
    ['limits', []],
    ['limits', null]
  ])('holds no event whose %s are %j', (name, value) => {
    expect(() => eventsOf({ events: [altered(name, value)] })).toThrow(name);
  });

  it('says when it is of a newer version', () => {
    const newer = altered('v', SCHEMA_VERSION + 1);
    expect(refusal({ events: [newer] })?.newerVersion).toBe(SCHEMA_VERSION + 1);
    expect(refusal({ events: 3 })?.newerVersion).toBeNull();
  });

  it('cannot break the model, whatever its spans are', () => {
    const spans = ['r', 'r/', 'r//', 'r/x', 'r/1/q1/q2', 'r/r', 'r/1.1.1/b', 's', '', '/', 'r/q/1'];
    const copy = spans.flatMap(span =>
      TYPES.map(type => ({ ...example(type), type, span, role: 'root', batch: 'r/x', kind: 'rlm' }))
    );
    const events = eventsOf({ events: copy.map((event, seq) => ({ ...event, seq })) });
    expect(events).toHaveLength(spans.length * TYPES.length);
    expect(() => RunModel.of(events)).not.toThrow();
  });

  it('holds no span that is too deep to be one of ours', () => {
    expect(() => eventsOf({ events: [altered('span', `r${'/1'.repeat(100_000)}`)] })).toThrow(
      'span'
    );
  });
});

describe('a file of JSON Lines', () => {
  const lines = golden('simple').map(event => JSON.stringify(event));

  it('may end in the middle of an event', () => {
    const torn = lines.join('\n').slice(0, -20);
    expect(eventsOfLines(torn)).toEqual(golden('simple').slice(0, -1));
  });

  it('may have empty lines', () => {
    expect(eventsOfLines(`\n${lines.join('\r\n\n')}\n`)).toHaveLength(lines.length);
  });

  it('is refused with the number of the line that is no JSON', () => {
    expect(() => eventsOfLines(`${lines[0]}\n{"v":\n${lines[1]}`)).toThrow('line 2 is not JSON');
  });
});
