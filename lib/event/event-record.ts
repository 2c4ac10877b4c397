import type { Document } from '@xmldom/xmldom';
import { documentOf } from '../xml/dom';
import { type Generation, LightTree } from '../xml/light-tree';
import { noEventLimits } from '../xml/limits';
import { readTree } from '../xml/read-tree';
import { convertPositions } from '../xml/tree-positions';
import { treeWriter } from '../xml/tree-writer';
import { type ReadEvent, readEvent, UNREAD } from './read-event';
import type { Shape } from './shape';
import { valueEnds } from './value-ends';

/** An event as filters see it: its text, what the text's root says, and its tree when one is asked for. */
export class EventRecord {
  /** The `<event>…</event>` text. */
  readonly xml: string;
  /** The value of its `type` attribute. */
  readonly type: string;
  /** The value of its `timestamp` attribute. */
  readonly timestamp: string;
  // What was noted when it was read.
  #shape: Shape | undefined;
  #place: number;
  #generation: number | undefined;
  #tree: LightTree | undefined;
  #document: Document | undefined;

  /** @param tree Its tree, if it is at hand. */
  constructor(read: ReadEvent, tree?: LightTree) {
    this.xml = read.xml;
    this.type = read.type;
    this.timestamp = read.timestamp;
    this.#shape = read.shape;
    this.#place = read.place ?? 0;
    this.#generation = read.generation;
    this.#tree = tree;
  }

  /** Whether to ask for its shape has it read: it never was, or so many others have been since that what was noted is gone. */
  get isUnread(): boolean {
    return (
      this.#place === UNREAD || (this.#shape !== undefined && !valueEnds.holds(this.#generation as number, this.#place))
    );
  }

  /** Its shape, if it has a known one and need not be read for that. */
  get notedShape(): Shape | undefined {
    return this.isUnread ? undefined : this.#shape;
  }

  /** Its shape, if it has a known one. The places of its values are good until other events are read: ask for it anew for each. */
  get shape(): Shape | undefined {
    if (this.isUnread) {
      const { shape, place = 0, generation } = readEvent(this.xml, noEventLimits);
      this.#shape = shape;
      this.#place = place;
      this.#generation = generation;
    }
    return this.#shape;
  }

  /** A value of an event that has a shape. */
  valueAt(value: number): string {
    return (this.#shape as Shape).value(this.xml, this.#place, value);
  }

  /** The number of the known word that a value of an event with a shape is; 0 if it is none. */
  wordAt(value: number): number {
    return (this.#shape as Shape).word(this.#place, value);
  }

  /**
   * The event as the tree that filters walk over.
   *
   * It is good until other events are read: ask for it anew for every evaluation, which costs next to nothing as long as
   * what was noted when the event was read is still there. Otherwise the text is read again.
   */
  get tree(): LightTree {
    const tree = this.#tree;
    if (tree !== undefined && (tree.generation === undefined || treeWriter.holds(tree.generation, tree.root))) {
      return tree;
    }
    this.#tree = this.#keptTree() ?? readTree(this.xml, noEventLimits);
    return this.#tree;
  }

  /** What was noted when the event was read, if it is still there. */
  #keptTree(): LightTree | undefined {
    const { shape } = this;
    if (shape !== undefined) {
      shape.writeTree(this.#place);
      const { nodes, root } = treeWriter;
      return new LightTree(this.xml, nodes, root, treeWriter.keep());
    }
    const generation = this.#generation as Generation | undefined;
    const tree = generation && treeWriter.keptTree(this.xml, generation, this.#place);
    if (tree !== undefined) {
      convertPositions(tree);
    }
    return tree;
  }

  /** The event as a DOM document, made when first asked for and then kept. */
  get document(): Document {
    this.#document ??= documentOf(this.tree);
    return this.#document;
  }
}
