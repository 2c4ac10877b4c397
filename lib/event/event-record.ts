import type { Document } from '@xmldom/xmldom';
import { documentOf } from '../xml/dom';
import type { Generation, LightTree } from '../xml/light-tree';
import { noEventLimits } from '../xml/limits';
import { readTree } from '../xml/read-tree';
import { convertPositions } from '../xml/tree-positions';
import { treeWriter } from '../xml/tree-writer';
import type { ReadEvent } from './read-event';

/** An event as filters see it: its text, what the text's root says, and its tree when one is asked for. */
export class EventRecord {
  /** The `<event>…</event>` text. */
  readonly xml: string;
  /** The value of its `type` attribute. */
  readonly type: string;
  /** The value of its `timestamp` attribute. */
  readonly timestamp: string;
  readonly #treeGeneration: Generation | undefined;
  readonly #treeRoot: number;
  #tree: LightTree | undefined;
  #document: Document | undefined;

  /** @param tree Its tree, if it is at hand. */
  constructor(read: ReadEvent, tree?: LightTree) {
    this.xml = read.xml;
    this.type = read.type;
    this.timestamp = read.timestamp;
    this.#treeGeneration = read.treeGeneration;
    this.#treeRoot = read.treeRoot ?? 0;
    this.#tree = tree;
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
    this.#tree = (tree === undefined ? this.#keptTree() : undefined) ?? readTree(this.xml, noEventLimits);
    return this.#tree;
  }

  /** What was noted when the event was read, if it is still there. */
  #keptTree(): LightTree | undefined {
    const tree = this.#treeGeneration && treeWriter.keptTree(this.xml, this.#treeGeneration, this.#treeRoot);
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
