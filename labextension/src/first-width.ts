/** The width that the side panel has at first. */

import { SplitPanel, type Widget } from '@lumino/widgets';

/** Pixels in which a line of the tree can be read, and the part of the window that is too much. */
const WIDTH = 400;
const PART = 0.4;
/** Pixels that JupyterLab gives a side area of which nobody has said how wide it is to be. */
const UNSAID = 260;

/** Makes room for a panel the first time it shows, unless the user has given its side a width. */
export class FirstWidth {
  private _isDue = false;

  constructor(private readonly _panel: Widget) {}

  /** What was open in the last session is in its place again, with its width. */
  begin(): void {
    this._isDue = true;
    this.look();
  }

  /** The panel has come to show, or has another size. */
  look(): void {
    const width = this._panel.isVisible ? this._panel.node.offsetWidth : 0;
    if (!this._isDue || width === 0) {
      return;
    }
    this._isDue = false;
    const wanted = Math.min(WIDTH, PART * window.innerWidth);
    if (width <= UNSAID && wanted > width) {
      widen(this._panel, wanted);
    }
  }
}

/** Give the side area that a widget is in a width, and take that from the widest area beside it. */
function widen(widget: Widget, width: number): void {
  let [area, around]: [Widget, Widget | null] = [widget, widget.parent];
  while (around !== null && !isMain(around)) {
    [area, around] = [around, around.parent];
  }
  if (around === null) {
    return;
  }
  const sizes = around.relativeSizes();
  const [own, widest] = [around.widgets.indexOf(area), sizes.indexOf(Math.max(...sizes))];
  const change = (width - area.node.offsetWidth) / around.node.offsetWidth;
  if (own !== widest) {
    sizes[own]! += change;
    sizes[widest]! -= change;
    around.setRelativeSizes(sizes);
  }
}

function isMain(widget: Widget): widget is SplitPanel {
  return widget instanceof SplitPanel && widget.orientation === 'horizontal';
}
