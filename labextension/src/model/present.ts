/** What a run does at this moment: the reply it waits for, what is written of it, the call made again. */

import { CallRetried, CallStarted, ReplyDelta } from '../events';
import { stepOf } from './spans';
import { Retry, Stream } from './types';

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

export class Present {
  asking = '';
  stream: Mutable<Stream> | null = null;
  retrying: Retry | null = null;
  waitingSince = 0;

  /** A turn of the root has begun. */
  ask(event: CallStarted): void {
    this.asking = event.model;
    this.stream = null;
    this.waitingSince = event.time;
  }

  /** A piece of the root's reply has come. */
  write(event: ReplyDelta): void {
    this.retrying = null;
    this.stream ??= { step: stepOf(event.span), text: '', reasoning: '' };
    this.stream.text += event.text;
    this.stream.reasoning += event.reasoning;
  }

  /** The same moment was made anew of the stored events, which lack what is being written. */
  keepStreamOf(before: Present): void {
    if (this.asking !== '') {
      this.stream ??= before.stream;
    }
  }

  /** A call is made again: of a turn of the root's, what had been written is lost with the attempt. */
  retry(event: CallRetried, isRoots: boolean): void {
    if (this.asking !== '' && isRoots) {
      this.stream = null;
    }
    this.retrying = { error: event.error, attempt: event.attempt + 1, wait: event.wait };
  }

  /** Any call is over. */
  endCall(): void {
    this.retrying = null;
  }

  /** The turn of the root is over. */
  endTurn(): void {
    this.asking = '';
    this.stream = null;
  }

  /** A cell of the root has begun. */
  runCell(time: number): void {
    this.waitingSince = time;
  }
}
