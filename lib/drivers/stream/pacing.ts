import type { Clock } from '../../clock';

/** What begins a pause, and what one looks like: `<?virdeliver-after 12.5ms?>`. */
const TARGET = '<?virdeliver-after ';
const PAUSE = /^<\?virdeliver-after\s+(\d+(?:\.\d+)?)ms\s*\?>$/;

/** How much of what can't be read is shown, in UTF-16 code units. */
const LONGEST_SHOWN = 64;

/** The pauses of a recorded file. They add up from the opening on, so that what is read late doesn't delay what follows. */
export class Pacing {
  readonly #clock: Clock;
  readonly #speed: number;
  /** When what follows may be taken, on the clock's monotonic time. */
  #due: number;
  #callOff = (): void => {};

  /** @param speed How many times as fast as recorded. */
  constructor(clock: Clock, speed: number) {
    this.#clock = clock;
    this.#speed = speed;
    this.#due = clock.monotonic();
  }

  /** In how many milliseconds what follows may be taken; 0 or less if it is now. */
  get untilDue(): number {
    return this.#due - this.#clock.monotonic();
  }

  /**
   * Takes the next processing instruction.
   *
   * @throws {Error} if it should be a pause, but can't be read.
   */
  take(instruction: string): void {
    if (!instruction.startsWith(TARGET)) {
      return;
    }
    const milliseconds = PAUSE.exec(instruction)?.[1];
    if (milliseconds === undefined) {
      const found = instruction.slice(0, LONGEST_SHOWN);
      throw new Error(`a recorded pause looks like <?virdeliver-after 12.5ms?>, but there is ${found}`);
    }
    this.#due += Number(milliseconds) / this.#speed;
    if (this.#clock.manual) {
      // So that whoever moves the clock from one call to the next stops here.
      this.#callOff();
      this.#callOff = this.#clock.schedule(this.untilDue, () => {});
    }
  }

  close(): void {
    this.#callOff();
  }
}
