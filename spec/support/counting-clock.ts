import { ManualClock } from '../../lib';

/** A clock that tells how many calls it is to make. */
export class CountingClock extends ManualClock {
  readonly pending = new Set<object>();

  override schedule(milliseconds: number, callback: () => void): () => void {
    const call = {};
    this.pending.add(call);
    const stop = super.schedule(milliseconds, () => {
      this.pending.delete(call);
      callback();
    });
    return () => {
      this.pending.delete(call);
      stop();
    };
  }
}
