/** Time as a timeline shows it: seconds since the run began, without the pauses. */

import type { Node, RunModel } from '../model';
import * as format from './format';

interface Pause {
  from: number;
  to: number;
}

/** Turns Unix times into seconds that the run was running. */
export class RunTime {
  private readonly _start: number;
  private readonly _pauses: Pause[] = [];

  constructor(root: Node) {
    this._start = root.started;
    let paused: number | null = null;
    for (const event of root.detail) {
      if (event.type === 'run_paused') {
        paused ??= event.time;
      } else if (event.type === 'run_resumed' && paused !== null) {
        this._pauses.push({ from: paused, to: event.time });
        paused = null;
      }
    }
    if (paused !== null) {
      this._pauses.push({ from: paused, to: Infinity });
    }
  }

  /** Seconds of running before the Unix time `time`. */
  at(time: number): number {
    let seconds = time - this._start;
    for (const { from, to } of this._pauses) {
      if (time <= from) {
        break;
      }
      seconds -= Math.min(time, to) - from;
    }
    return Math.max(0, seconds);
  }

  /** The Unix time after `seconds` of running. */
  wall(seconds: number): number {
    let time = this._start + seconds;
    for (const { from, to } of this._pauses) {
      if (time <= from || to === Infinity) {
        break;
      }
      time += to - from;
    }
    return time;
  }
}

/** Seconds that a run lasted, or has lasted so far; never 0. */
export function extentOf(model: RunModel, time: RunTime, now: number): number {
  let end = model.root.ended ?? (model.status === 'running' ? now : 0);
  for (const { started, ended } of model.steps) {
    end = Math.max(end, ended ?? started);
  }
  return Math.max(0.1, time.at(end));
}

const NICE = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800];
const HOUR = 3600;

/** Round times in a span of time, at least `gap` seconds apart. */
export function ticks(from: number, to: number, gap: number): number[] {
  const step = NICE.find(nice => nice >= gap) ?? Math.ceil(gap / HOUR) * HOUR;
  const first = Math.ceil(from / step);
  const count = Math.max(0, Math.floor(to / step) - first + 1);
  return Array.from({ length: count }, (_, place) => (first + place) * step);
}

/** `0.25 s`, `30 s`, `1 m 30 s`, `2 m`: a tick's name. */
export function tickLabel(seconds: number): string {
  if (seconds < 60) {
    return `${Number(seconds.toFixed(2))} s`;
  }
  return seconds % 60 ? format.duration(seconds) : `${seconds / 60} m`;
}
