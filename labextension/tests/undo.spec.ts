import { beforeEach, expect, test } from 'vitest';
import { UndoGroups } from '../src/undo';

/** As Yjs's: a change joins the entry before it unless that is over, or some time ago. */
class Manager {
  undoStack: string[][] = [];
  lastChange = 0;

  stopCapturing(): void {
    this.lastChange = 0;
  }

  keep(change: string): void {
    const joins = this.undoStack.length > 0 && Date.now() - this.lastChange < 500;
    if (joins) {
      this.undoStack.at(-1)!.push(change);
    } else {
      this.undoStack.push([change]);
    }
    this.lastChange = Date.now();
  }
}

class Shared {
  undoManager = new Manager();

  transact(change: () => void): void {
    change();
  }
}

let shared: Shared;
let groups: UndoGroups;

function change(group: string, name: string): void {
  groups.in(group, shared, () => shared.undoManager.keep(name));
}

beforeEach(() => {
  shared = new Shared();
  groups = new UndoGroups();
});

test('the changes of a group are one entry', () => {
  change('step 1', 'thought');
  change('step 1', 'code');
  change('step 2', 'code of the next');
  expect(shared.undoManager.undoStack).toEqual([['thought', 'code'], ['code of the next']]);
});

test('what the user does meanwhile stays an entry of its own', () => {
  change('step 1', 'thought');
  shared.undoManager.keep('typed');
  change('step 1', 'code');
  expect(shared.undoManager.undoStack).toEqual([['thought'], ['typed'], ['code']]);
});

test('a notebook without undo is changed all the same', () => {
  const done: string[] = [];
  const plain = { transact: (act: () => void) => act() };
  groups.in('step 1', plain, () => done.push('thought'));
  expect(done).toEqual(['thought']);
});
