import { type Clock, sleep } from '../../clock';
import type { ByteSource, Reading } from '../io/byte-source';

/** What begins a pause: `<?virdeliver-after 12.5ms?>`. */
const MARK = Buffer.from('<?virdeliver-after ');
const MARK_END = Buffer.from('?>');
const PAUSE = /^\s*(\d+(?:\.\d+)?)ms\s*$/;

/** Where what looks like a pause is none: comments and CDATA sections (XML 1.0 productions [15] and [18]). */
const SECTIONS = [
  { begin: Buffer.from('<!--'), end: Buffer.from('-->') },
  { begin: Buffer.from('<![CDATA['), end: Buffer.from(']]>') },
] as const;

/** The longest a pause is written, in bytes. */
const LONGEST_MARK = 64;

/**
 * A recorded file whose pauses are waited out: the bytes after a pause come when its time has passed.
 *
 * The pauses add up from the opening on, so that what is read late does not delay what follows.
 */
export class PacedSource implements ByteSource {
  readonly #source: ByteSource;
  readonly #clock: Clock;
  readonly #speed: number;
  /** What was read and not given away. */
  #rest: Buffer = Buffer.alloc(0);
  /** The section whose beginning was given away, and whose end was not. */
  #section: (typeof SECTIONS)[number] | undefined;
  /** How the source has ended. */
  #end: Reading | undefined;
  /** When the next bytes may be given away, on the clock's monotonic time. */
  #due: number;
  #callOff = () => {};

  /** @param speed How many times as fast as recorded. */
  constructor(source: ByteSource, clock: Clock, speed: number) {
    this.#source = source;
    this.#clock = clock;
    this.#speed = speed;
    this.#due = clock.monotonic();
  }

  read(): Reading {
    if (this.#untilDue() > 0) {
      return { kind: 'nothing' };
    }
    for (;;) {
      const reading = this.#take();
      if (reading !== undefined) {
        return reading;
      }
      const more = this.#source.read();
      if (more.kind === 'bytes') {
        this.#rest = Buffer.concat([this.#rest, more.bytes]);
      } else if (more.kind === 'nothing') {
        return more;
      } else {
        this.#end = more;
      }
    }
  }

  wait(milliseconds: number): void {
    const untilDue = this.#untilDue();
    if (untilDue > 0) {
      sleep(Math.min(milliseconds, untilDue));
    }
  }

  watch(): boolean {
    return false;
  }

  unwatch(): void {}

  close(): void {
    this.#callOff();
    this.#source.close();
  }

  #untilDue(): number {
    return this.#due - this.#clock.monotonic();
  }

  /** Takes what may be given away of what was read; nothing where more has to be read first. */
  #take(): Reading | undefined {
    if (this.#section !== undefined) {
      return this.#takeSection(this.#section);
    }
    const rest = this.#rest;
    let next = rest.indexOf(MARK);
    for (const section of SECTIONS) {
      const place = (next < 0 ? rest : rest.subarray(0, next)).indexOf(section.begin);
      if (place >= 0) {
        next = place;
        this.#section = section;
      }
    }
    if (this.#section !== undefined) {
      return this.#takeBytes(next + this.#section.begin.length);
    }
    if (next === 0) {
      return this.#takePause();
    }
    // The last bytes may be the beginning of a mark, or of a section, which is shorter.
    return next > 0 ? this.#takeBytes(next) : this.#takeAllBut(MARK.length - 1);
  }

  #takeSection({ end }: (typeof SECTIONS)[number]): Reading | undefined {
    const place = this.#rest.indexOf(end);
    if (place < 0) {
      return this.#takeAllBut(end.length - 1);
    }
    this.#section = undefined;
    return this.#takeBytes(place + end.length);
  }

  /** Takes all but the last bytes, which can be told only with what follows them, unless nothing does. */
  #takeAllBut(last: number): Reading | undefined {
    const { length } = this.#rest;
    if (this.#end !== undefined) {
      return length > 0 ? this.#takeBytes(length) : this.#end;
    }
    return length > last ? this.#takeBytes(length - last) : undefined;
  }

  /** Gives a pause away as it stands, so that places in the file remain what they are, and minds it. */
  #takePause(): Reading | undefined {
    const end = this.#rest.subarray(0, LONGEST_MARK).indexOf(MARK_END);
    if (end < 0) {
      if (this.#end !== undefined) {
        // The recorder was killed in the middle of it.
        return this.#takeBytes(this.#rest.length);
      }
      return this.#rest.length < LONGEST_MARK ? undefined : this.#notAPause(LONGEST_MARK);
    }
    const [, milliseconds] = PAUSE.exec(this.#rest.toString('latin1', MARK.length, end)) ?? [];
    if (milliseconds === undefined) {
      return this.#notAPause(end + MARK_END.length);
    }
    this.#due += Number(milliseconds) / this.#speed;
    if (this.#clock.manual) {
      // So that whoever moves the clock from one call to the next stops here.
      this.#callOff();
      this.#callOff = this.#clock.schedule(this.#untilDue(), () => {});
    }
    return this.#takeBytes(end + MARK_END.length);
  }

  #takeBytes(length: number): Reading {
    const bytes = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return { kind: 'bytes', bytes };
  }

  #notAPause(length: number): Reading {
    const text = this.#rest.toString('utf8', 0, length);
    const error = new Error(`a recorded pause looks like <?virdeliver-after 12.5ms?>, but there is ${text}`);
    return { kind: 'failed', error };
  }
}
