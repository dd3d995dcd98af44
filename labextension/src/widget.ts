/**
 * A run in a widget of anywidget, for front ends without the labextension. The kernel's end of
 * it is `rlm_kernel/frontend/widget.py`; `initialize` is called once for a widget, `render` for
 * each place it is shown in.
 */

import { FollowedRun } from './widget/followed';
import { Line, type Model } from './widget/line';
import { WidgetView } from './widget/view';

interface Widget {
  initialize(context: { model: Model }): () => void;
  render(context: { model: Model; el: HTMLElement }): () => void;
}

export default (): Widget => {
  let line: Line;
  let run: FollowedRun;
  return {
    initialize({ model }) {
      line = new Line(model);
      run = new FollowedRun(model, line);
      return () => line.dispose();
    },
    render({ model, el }) {
      const canAct = model.get('can_act') === true;
      const view = new WidgetView(el, run, line, { canAct, chosen: String(model.get('chosen')) });
      return () => view.dispose();
    }
  };
};
