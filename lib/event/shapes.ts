import { sharedView } from '../xml/encoded-text';
import type { EventLimits } from '../xml/limits';
import { Shape } from './shape';
import { type ScannedEvent, shapeParts } from './shape-parts';
import { valueEnds } from './value-ends';

const SLOTS = 64;
const MOST_IN_SLOT = 8;

/** So many bytes of an event tell its slot: they hold the beginning of its type, and neither its time stamp nor anything shorter-lived. */
const HASHED = 27;

/** How much longer a slot is looked into, if nothing is found: each shape that an event isn't of takes one off. */
const MOST_CREDIT = 64;
/** What an event that is found adds. */
const REWARD = 4;
/** How many events are read without a look into a slot without credit. */
const PAUSE = 256;
/** Of how many events that aren't found one takes the place of a shape if the slot is full; the first one after a pause does, too. */
const ROTATION = 32;

class Slot {
  readonly shapes: Shape[] = [];
  credit = MOST_CREDIT;
  pause = 0;
  misses = 0;
}

const slots = Array.from({ length: SLOTS }, () => new Slot());

/** The shapes of the events met so far: the only few of them, if there are ever new ones, and then at little cost. */
class Shapes {
  /** The slot that was looked into last, in vain. */
  #missed: Slot | undefined;

  /**
   * Finds the shape of an event by its text in the shared buffer, all of whose bytes are ASCII.
   *
   * @param end How many bytes it has.
   * @returns A shape within the caps; where the values end is then in `valueEnds`, to be kept.
   */
  find(end: number, limits: EventLimits): Shape | undefined {
    this.#missed = undefined;
    if (end < HASHED) {
      return undefined;
    }
    const slot = slots[hash()]!;
    if (slot.pause > 0) {
      slot.pause--;
      return undefined;
    }
    const { shapes } = slot;
    for (let index = 0; index < shapes.length; index++) {
      const shape = shapes[index]!;
      if (shape.matches(end, valueEnds.next)) {
        slot.credit = Math.min(slot.credit + REWARD, MOST_CREDIT);
        if (index > 0) {
          shapes[index] = shapes[0]!;
          shapes[0] = shape;
        }
        return shape.isWithin(limits) ? shape : undefined;
      }
    }
    slot.credit -= 1 + shapes.length;
    if (slot.credit <= 0) {
      slot.credit = MOST_CREDIT / 2;
      slot.pause = PAUSE;
      slot.misses = ROTATION - 1;
    }
    this.#missed = slot;
    return undefined;
  }

  /** Adds the shape of an event that wasn't found just now, if it has one and there's room, or its turn has come. */
  add(event: ScannedEvent): void {
    const slot = this.#missed;
    if (slot === undefined) {
      return;
    }
    this.#missed = undefined;
    const { shapes } = slot;
    if (shapes.length === MOST_IN_SLOT) {
      slot.misses++;
      if (slot.misses % ROTATION !== 0) {
        return;
      }
    }
    const parts = shapeParts(event);
    if (parts !== undefined) {
      if (shapes.length === MOST_IN_SLOT) {
        shapes.pop();
      }
      shapes.push(new Shape(parts));
    }
  }
}

function hash(): number {
  // Behind `<event type="`.
  const view = sharedView;
  const some = view.getInt32(13, true) ^ Math.imul(view.getInt32(17, true), 0x9e3779b1);
  const more = Math.imul(some, 0x85ebca6b) ^ Math.imul(view.getInt32(21, true), 0xc2b2ae35) ^ view.getInt16(25, true);
  return Math.imul(more, 0x9e3779b1) >>> 26;
}

export const shapes: Shapes = new Shapes();
