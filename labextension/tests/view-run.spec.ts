import { afterEach, describe, expect, it, vi } from 'vitest';
import { RunModel } from '../src/model';
import { RunView, type RunOptions } from '../src/view/run';
import { english } from '../src/view/trans';
import { golden } from './story';
import { host, painted, press, texts, the } from './view-helpers';

let view: RunView | undefined;

afterEach(() => view?.dispose());

async function show(options: Partial<RunOptions> = {}): Promise<HTMLElement> {
  view = new RunView(host(), RunModel.of(golden('failed_calls')), { trans: english, ...options });
  await painted();
  return view.element;
}

function row(element: HTMLElement, label: string): HTMLElement {
  const rows = [...element.querySelectorAll<HTMLElement>('.rlm-row:not([hidden])')];
  return rows.find(found => the(found, '.rlm-row-label').textContent === label) as HTMLElement;
}

function toggle(element: HTMLElement, name: string): HTMLElement {
  return the(element, `.rlm-toggle[name=${name}]`);
}

async function type(element: HTMLElement, text: string): Promise<void> {
  const field = the(element, 'input') as HTMLInputElement;
  field.value = text;
  field.dispatchEvent(new Event('input'));
  await new Promise(resolve => setTimeout(resolve, 200));
  await painted();
}

describe('a run to look into', () => {
  it('has tabs for the tree, the timeline and the messages', async () => {
    const element = await show();
    const [tree, timeline] = [...element.querySelectorAll<HTMLElement>('[role=tab]')];
    expect(tree?.getAttribute('aria-selected')).toBe('true');
    tree?.focus();
    press(tree as HTMLElement, 'ArrowRight');
    expect(document.activeElement).toBe(timeline);
    expect(timeline?.getAttribute('aria-selected')).toBe('true');
    const panels = [...element.querySelectorAll<HTMLElement>('[role=tabpanel]')];
    expect(panels.map(panel => panel.hidden)).toEqual([true, false, true]);
    expect(panels[1]?.getAttribute('aria-labelledby')).toBe(timeline?.id);
  });

  it('takes tabs of its host', async () => {
    const element = await show();
    const [panel, onShow] = [document.createElement('p'), vi.fn()];
    view?.tabs.add('Names', panel, onShow);
    expect(texts(element, '[role=tab]')).toEqual(['Tree', 'Timeline', 'Messages', 'Names']);
    the(element, '[role=tab]:last-child').click();
    expect(onShow).toHaveBeenCalledOnce();
    expect(panel.hidden).toBe(false);
  });

  it('gives what is typed to a panel that is searched by itself, and the run its search back', async () => {
    const element = await show();
    await type(element, 'report 11');
    const [panel, ask] = [document.createElement('p'), vi.fn()];
    view?.addSearchable('Names', panel, { label: 'Search names', asked: 'before', ask });
    const field = the(element, 'input') as HTMLInputElement;
    the(element, '[role=tab]:last-child').click();
    expect([field.value, field.placeholder]).toEqual(['before', 'Search names']);
    expect(the(element, '.rlm-toggles').hidden).toBe(true);
    await type(element, 'total');
    expect(ask).toHaveBeenLastCalledWith('total');
    press(field, 'Escape');
    expect(ask).toHaveBeenLastCalledWith('');
    the(element, '[role=tab]:first-child').click();
    expect(field.value).toBe('report 11');
    expect(the(element, '.rlm-toggles').hidden).toBe(false);
    expect(the(element, '.rlm-found').textContent).toBe('1');
  });

  it('shows all about what is chosen, until that is closed', async () => {
    const onSelect = vi.fn();
    const element = await show({ onSelect });
    const detail = the(element, '.rlm-detail');
    expect(detail.hidden).toBe(true);
    row(element, '#4').click();
    await painted();
    expect(detail.hidden).toBe(false);
    expect(the(detail, 'h2').textContent).toMatch(/#4$/);
    expect(onSelect).toHaveBeenLastCalledWith(expect.objectContaining({ span: 'r/2.1/q4' }));
    press(the(element, '[role=tree]'), 'Escape');
    await painted();
    expect(detail.hidden).toBe(true);
    expect(onSelect).toHaveBeenLastCalledWith(null);
    expect(document.activeElement).toBe(the(element, '[role=tree]'));
  });

  it('goes back to what shows', async () => {
    const element = await show();
    const [, timeline, messages] = [...element.querySelectorAll<HTMLElement>('[role=tab]')];
    const close = (): void => the(element, '.rlm-detail [aria-label=Close]').click();
    timeline?.click();
    view?.select('r/1.1');
    close();
    expect(document.activeElement).toBe(the(element, 'canvas'));
    messages?.click();
    view?.select('r/1.1');
    close();
    expect(document.activeElement).toBe(messages);
  });

  it('marks in the tree what is chosen elsewhere', async () => {
    const element = await show();
    view?.select('r/2.1/q9');
    await painted();
    expect(row(element, '#9').getAttribute('aria-selected')).toBe('true');
  });

  it('finds failed calls', async () => {
    const element = await show();
    toggle(element, 'failed').click();
    await painted();
    expect(toggle(element, 'failed').getAttribute('aria-pressed')).toBe('true');
    expect(texts(element, '.rlm-row-label')).toEqual([
      'Step 2',
      'Cell 2.1',
      'Batch of 12',
      '#4',
      '#9'
    ]);
    expect(the(element, '.rlm-found').textContent).toBe('3');
    expect(row(element, 'Batch of 12').hasAttribute('data-faint')).toBe(true);
    expect(row(element, '#4').hasAttribute('data-faint')).toBe(false);
  });

  it('finds what is typed, marks it, and forgets it with Escape', async () => {
    const element = await show();
    await type(element, 'report 11');
    expect(texts(element, '.rlm-row-label').at(-1)).toBe('#11');
    expect(the(row(element, '#11'), 'mark').textContent).toBe('report 11');
    press(the(element, 'input'), 'Escape');
    await painted();
    expect((the(element, 'input') as HTMLInputElement).value).toBe('');
    expect(texts(element, '.rlm-row-label').length).toBeGreaterThan(10);
  });

  it('says when nothing fits', async () => {
    const element = await show();
    await type(element, 'no such thing');
    expect(texts(element, '.rlm-tree .rlm-empty')).toEqual(['Nothing matches']);
  });

  it('resizes its two parts by keys', async () => {
    const element = await show();
    view?.select('r/1');
    const splitter = the(element, '[role=separator]');
    press(splitter, 'ArrowUp');
    expect(splitter.getAttribute('aria-valuenow')).toBe('50');
    expect(the(element, '.rlm-split').style.getPropertyValue('--rlm-split')).toBe('50%');
  });
});
