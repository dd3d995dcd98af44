import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Json, RunEvent } from '../src/events';
import type { RunModel } from '../src/model';
import { MessagesView, type MessagesOptions } from '../src/view/messages';
import { english } from '../src/view/trans';
import { Wholes } from '../src/view/wholes';
import { Story } from './story';
import { host, live, painted, texts, the } from './view-helpers';

let view: MessagesView | undefined;

afterEach(() => view?.dispose());

const SHOWN = `${'a'.repeat(60)}${'b'.repeat(100)}${'c'.repeat(40)}\n`;
const TOLD =
  `Cell 1.1: ran\n${'a'.repeat(60)}` +
  '\n[… cut: 201 characters in all, the first 60 and the last 41 are shown …]\n' +
  `${'c'.repeat(40)}\nNames: x: set (int)\n\nStep 2 of 20.`;

/** Two steps, the first of which showed more than its model was told. */
function twoSteps(outputs: Json[], told: string): Story {
  const story = new Story();
  story.record('message_added', 'r/1', { role: 'system', content: 'You are…' });
  story.record('message_added', 'r/1', { role: 'user', content: 'How many?' });
  story.turn(1);
  story.cell(1);
  story.ran(1, { outputs });
  story.record('step_started', 'r/2', { step: 2 });
  story.record('message_added', 'r/2', { role: 'user', content: told });
  story.ask(2);
  return story;
}

function show(model: RunModel, span: string, options: Partial<MessagesOptions> = {}): HTMLElement {
  view = new MessagesView(host(), model, { trans: english, ...options });
  view.follow(model.node(span) ?? null);
  view.shown();
  return view.element;
}

function stream(text: string): Json {
  return { output_type: 'stream', name: 'stdout', text };
}

describe('the messages of a step', () => {
  it('are those that its model was sent, the new ones apart', () => {
    const element = show(live(twoSteps([stream('600\n')], 'Cell 1.1: ran\n600').events), 'r/2');
    expect(texts(element, '.rlm-messages-before .rlm-message-text > .rlm-text')).toEqual([
      'You are…',
      'How many?'
    ]);
    const fresh = element.lastElementChild as HTMLElement;
    expect(texts(fresh, '.rlm-message-text > .rlm-text')).toEqual(['Look.', 'Cell 1.1: ran\n600']);
    expect(texts(fresh, 'summary > b')).toEqual(['assistant', 'user']);
    expect(texts(element, '.rlm-messages-head')).toEqual(['Step 24 messages, 39 characters']);
  });

  it('of the first one are all new', () => {
    const element = show(live(twoSteps([], '').events), 'r/1.1');
    expect(texts(element, '.rlm-messages-before summary')).toEqual([]);
    expect(texts(element, '.rlm-message-text > .rlm-text')).toEqual(['You are…', 'How many?']);
  });

  it('stand beside what the cells showed, with what was cut marked in both', () => {
    const element = show(live(twoSteps([stream(SHOWN)], TOLD).events), 'r/2');
    expect(texts(element, 'mark')).toHaveLength(1);
    expect(texts(element, '.rlm-observed-said')).toEqual([
      '100 characters were cut: the model did not see 61 to 160.'
    ]);
    expect(texts(element, '.rlm-unseen-part .rlm-text')).toEqual(['b'.repeat(100)]);
    expect(texts(element, '.rlm-observed-text .rlm-text').join('').trimEnd()).toBe(SHOWN.trimEnd());
  });

  it('count characters as Python does', () => {
    const face = (text: string): string => text.replace(/[abc]/g, '😀');
    const told = TOLD.replace(/[abc]{9,}/g, face);
    const element = show(live(twoSteps([stream(face(SHOWN))], told).events), 'r/2');
    expect(texts(element, '.rlm-unseen-part .rlm-text')).toEqual(['😀'.repeat(100)]);
  });

  it('do not claim a place where what was told differs from what was shown', () => {
    const element = show(live(twoSteps([stream(`0x7f${SHOWN}`)], TOLD).events), 'r/2');
    expect(texts(element, '.rlm-unseen-part')).toEqual([]);
    expect(texts(element, '.rlm-observed-said')[0]).toContain('61 to 160');
  });

  it('say of a picture that the model was told its text, and show it', () => {
    const data = { 'image/png': 'iVBORw0KGgo=', 'text/plain': '<Figure>', 'text/html': '<b>x</b>' };
    const output = { output_type: 'display_data', data, metadata: {} };
    const hostile = { ...output, data: { 'image/png': 'x" onerror="alert(1)', 'text/plain': '' } };
    const element = show(live(twoSteps([output, hostile], 'Cell 1.1: ran').events), 'r/2');
    expect(texts(element, '.rlm-observed-said')).toEqual([
      'Of image/png, text/html the model was told the plain text.'
    ]);
    const pictures = [...element.querySelectorAll('img')];
    expect(pictures.map(picture => picture.src)).toEqual(['data:image/png;base64,iVBORw0KGgo=']);
    expect(element.querySelectorAll('b:not(summary b)')).toHaveLength(0);
  });

  it('tell of the cells of their user as well', () => {
    const story = twoSteps([stream('1\n')], '');
    story.reply(2);
    const mine = { author: 'human', step: 2, cell: 0 };
    story.record('cell_started', 'r/2/h1', { ...mine, code: 'print(2)' });
    story.record('cell_finished', 'r/2/h1', { ...mine, outputs: [stream('2\n')] });
    const told = 'While you were paused, the user ran this cell:\nCell of the user: ran\n2';
    story.record('step_started', 'r/3', { step: 3 });
    story.record('message_added', 'r/3', { role: 'user', content: told });
    const element = show(live(story.events), 'r/3');
    expect(texts(element, '.rlm-observed h4')).toEqual(['Your cell: what you saw']);
    expect(texts(element, '.rlm-observed-text .rlm-text')[0]).toBe('2\n');
  });

  it('are gone through step by step', async () => {
    const onSelect = vi.fn();
    const element = show(live(twoSteps([], 'told').events), 'r/2', { onSelect });
    the(element, '[aria-label="The step before"]').click();
    await painted();
    expect(onSelect).toHaveBeenCalledWith(expect.objectContaining({ span: 'r/1' }));
    expect(the(element, 'h2').textContent).toBe('Step 1');
    expect((the(element, '[aria-label="The step before"]') as HTMLButtonElement).disabled).toBe(
      true
    );
  });

  it('that came shortened become whole, with the outputs beside them', async () => {
    const mark = '[… cut: 400 characters in all, the first 9 and the last 9 are shown …]';
    const model = live(twoSteps([stream('short')], `Cell 1.1:\n${mark}\n to 160.`).events);
    const whole = twoSteps([stream(SHOWN)], TOLD).events;
    const ask = vi.fn((spans: readonly string[]): Promise<RunEvent[]> => {
      return Promise.resolve(whole.filter(({ span }) => spans.includes(span)));
    });
    const element = show(model, 'r/2', { wholes: new Wholes(model, ask) });
    await painted();
    expect(ask).toHaveBeenCalledExactlyOnceWith(['r/1', 'r/1/q1', 'r/2', 'r/2/q1', 'r/1.1']);
    expect(texts(element, '.rlm-unseen-part .rlm-text')).toEqual(['b'.repeat(100)]);
    expect(texts(element, '.rlm-note')).toEqual([]);
  });
});
