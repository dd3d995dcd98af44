/** Reading what may come from a stranger: a copy in a notebook, a file of JSON Lines. */

import { DEFAULTS, EventType, FIELDS, Json, RunEvent, SCHEMA_VERSION } from '../events';
import { text } from './json';

/** Characters of a span, which is as deep as runs are nested: what is longer was made to harm. */
const LONGEST_SPAN = 1_000;

/** Why something cannot be shown as a run. */
export class UnreadableError extends Error {
  /** `newerVersion` is the schema version of a file that a newer rlm-kernel wrote. */
  constructor(
    message: string,
    readonly newerVersion: number | null = null
  ) {
    super(message);
  }
}

/** The events of the copy that a notebook carries: `{ v, run, events }`. */
export function eventsOf(copy: unknown): RunEvent[] {
  const events = isJson(copy) ? copy['events'] : undefined;
  if (!Array.isArray(events)) {
    throw new UnreadableError('this holds no events of a run');
  }
  return events.map(eventOf);
}

/** The events of a file of JSON Lines; a last line that was being written is passed over. */
export function eventsOfLines(text: string): RunEvent[] {
  const lines = text.split('\n').filter(line => line.trim() !== '');
  return lines.flatMap((line, at) => {
    let data: unknown;
    try {
      data = JSON.parse(line);
    } catch {
      if (at === lines.length - 1) {
        return [];
      }
      throw new UnreadableError(`line ${at + 1} is not JSON`);
    }
    return [eventOf(data)];
  });
}

/** The event that `data` describes, with what an earlier version did not write. */
export function eventOf(data: unknown): RunEvent {
  if (!isJson(data)) {
    throw new UnreadableError('an event is a JSON object');
  }
  const { v = SCHEMA_VERSION, type } = data;
  if (typeof v === 'number' && v > SCHEMA_VERSION) {
    throw new UnreadableError(
      `this trajectory has schema version ${v}, newer than ${SCHEMA_VERSION}`,
      v
    );
  }
  if (!isEventType(type)) {
    throw new UnreadableError(`unknown event type ${JSON.stringify(type)}`);
  }
  // A large run is not copied: only what an earlier version wrote lacks anything.
  const isWhole = CHECKS[type].every(([name]) => name in data);
  const event: Json = isWhole ? data : { ...DEFAULTS[type], ...data, v };
  for (const [name, isRight] of CHECKS[type]) {
    if (!isRight(event[name])) {
      throw new UnreadableError(`the ${name} of an event of type ${type} is not what it must be`);
    }
  }
  if (text(event['span']).length > LONGEST_SPAN) {
    throw new UnreadableError(`the span of an event of type ${type} is too long`);
  }
  return event as unknown as RunEvent; // every one of its fields has been looked at
}

type Check = (value: unknown) => boolean;

/** For each event, what its fields must be. */
const CHECKS = Object.fromEntries(
  Object.entries(FIELDS).map(([type, fields]) => [type, checksOf({ ...FIELDS.every, ...fields })])
) as Record<EventType, [string, Check][]>;

function checksOf(fields: Readonly<Record<string, string>>): [string, Check][] {
  return Object.entries(fields).map(([name, type]) => [name, checkOf(type)]);
}

/** A check for a type as `FIELDS` has it: `string | null`, `Json[]`. */
function checkOf(type: string): Check {
  const checks = type.split(' | ').map(option => {
    const isOne = checkOfOne(option.replace('[]', ''));
    return option.endsWith('[]')
      ? (value: unknown) => Array.isArray(value) && value.every(isOne)
      : isOne;
  });
  return value => checks.some(isRight => isRight(value));
}

function checkOfOne(type: string): Check {
  switch (type) {
    case 'null':
      return value => value === null;
    case 'Json':
      return isJson;
    default:
      return value => typeof value === type;
  }
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEventType(type: unknown): type is EventType {
  return typeof type === 'string' && Object.hasOwn(DEFAULTS, type);
}
