import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Signal } from '@lumino/signaling';
import { expect, test } from 'vitest';
import { Preferences } from '../src/preferences';

function settings(composite: Record<string, unknown>): ISettingRegistry.ISettings {
  const changed = new Signal<object, void>({});
  return { composite, changed } as unknown as ISettingRegistry.ISettings;
}

test('what is no business of the page alone is a default of an option', () => {
  const set = new Preferences(
    settings({ model: 'offline', max_cost: 0.5, thought_cells: false, panel_side: 'left' })
  );
  expect(set.defaults).toEqual({ model: 'offline', max_cost: 0.5 });
  expect(set.thoughtCells).toBe(false);
  expect(set.panelSide).toBe('left');
});

test('without settings all is as built in', () => {
  const set = new Preferences(null);
  expect([set.defaults, set.thoughtCells, set.panelSide]).toEqual([{}, true, 'right']);
});

test('a change is passed on', () => {
  const known = settings({});
  const set = new Preferences(known);
  let changes = 0;
  set.changed.connect(() => (changes += 1));
  (known.changed as Signal<unknown, void>).emit();
  expect(changes).toBe(1);
});
