import { setImmediateNow } from '../../clock';

/** Finds out whether the event loop has its turns, without keeping the process alive for it. */
export class LoopTurns {
  #hasTurned = true;

  /** Whether the event loop had a turn since it was last asked; yes, at first. */
  hasTurned(): boolean {
    const hasTurned = this.#hasTurned;
    if (hasTurned) {
      this.#hasTurned = false;
      setImmediateNow(() => {
        this.#hasTurned = true;
      }).unref();
    }
    return hasTurned;
  }
}
