import * as layout from './light-tree';
import { type Generation, LightTree, moveToFront } from './light-tree';

// What is exported is looked up anew at every use in CommonJS; a name of the file's own is not.
const { AFTER, CONTENT, ENTRY, IN_BYTES, IS_QUALIFIED, KIND, LAST_CHILD, PARENT, PLAIN, PREVIOUS } = layout;
const { NAME_END, NAME_START, VALUE_END, VALUE_START } = layout;
const { comment, element, instruction, root: document, text } = layout.nodeKind;

/** How many numbers of the newest trees are kept. */
const ROOM = 2 ** 17;
/** How many numbers the largest tree has that finds room among them; pages not needed yet take no memory. */
const LARGEST = 2 ** 19;

/**
 * Holds the newest trees, one behind the other: each begins below `ROOM` and may end above it, and then the next one
 * begins at the front again.
 */
const ring = new Int32Array(ROOM + LARGEST);

/** The array in which all trees are, except those with an array of their own. */
export const sharedNodes: Int32Array = ring;

/** How many entries behind the last one may be overwritten by what is then not added. */
export const MOST_AHEAD = 9;

/**
 * Writes the tree of one document at a time, while the scanner walks over it.
 *
 * Trees are written into one shared array, round and round, so that reading an event allocates nothing for its tree. A
 * tree that is too large for that gets an array of its own.
 */
export class TreeWriter {
  /** Where the tree in hand is; another array may take its place whenever an entry is added. */
  nodes: Int32Array = ring;
  /** The entry of its root. */
  root = 0;
  /** The entry of the innermost open element, or of the root. */
  open = 0;
  /** Where its next entry goes. */
  next = 0;
  /** From where on there is no room for an entry. */
  limit = 0;
  /** How many elements the tree in hand has. */
  elements = 0;
  /** How many of them are open. */
  depth = 0;
  /** Where in the ring the next tree begins. */
  #head = 0;
  /** Up to where trees that were not kept have overwritten the last generation's. */
  #overwrittenTo = 0;
  /** How often the ring has been gone round, counted from 1. */
  #generation = 1 as Generation;

  /** Whether the tree in hand has an array of its own. */
  get isAlone(): boolean {
    return this.nodes !== ring;
  }

  /** Begins a tree; the one before it is lost unless it was kept. */
  begin(): void {
    const at = this.#head;
    this.#overwrittenTo = this.#overwrittenBy();
    this.nodes = ring;
    this.root = at;
    this.open = at;
    this.next = at + ENTRY;
    this.elements = 0;
    this.depth = 0;
    this.limit = at + LARGEST;
    ring[at + KIND] = document;
    ring[at + PARENT] = -1;
    ring[at + PREVIOUS] = -1;
    ring[at + CONTENT] = at + ENTRY;
    ring[at + LAST_CHILD] = -1;
  }

  /** Ends the tree. */
  end(isQualified: boolean, isInBytes: boolean): void {
    const { nodes, root } = this;
    nodes[root + AFTER] = this.next;
    nodes[root + IS_QUALIFIED] = isQualified ? 1 : 0;
    nodes[root + IN_BYTES] = isInBytes ? 1 : 0;
  }

  /**
   * Keeps the tree in hand, until its place in the shared array is needed again.
   *
   * @returns The generation, which with the root's entry tells whether the tree is still there; `undefined` if it has an array
   *   of its own, in which whoever holds on to it finds it always.
   */
  keep(): Generation | undefined {
    if (this.nodes !== ring) {
      return undefined;
    }
    const generation = this.#generation;
    if (this.next < ROOM) {
      this.#head = this.next;
    } else {
      this.#generation = (this.#generation + 1) as Generation;
      this.#head = 0;
      this.#overwrittenTo = 0;
      this.next = 0;
    }
    return generation;
  }

  /** Whether a tree that was kept in the shared array is still there. */
  holds(generation: Generation, root: number): boolean {
    return generation === this.#generation || (generation === this.#generation - 1 && root >= this.#overwrittenBy());
  }

  /** Up to where this generation has overwritten the last one. */
  #overwrittenBy(): number {
    return this.isAlone ? this.#overwrittenTo : Math.max(this.#overwrittenTo, this.next + MOST_AHEAD * ENTRY);
  }

  /** Gives a tree that was kept in the shared array, if it is still there. */
  keptTree(xml: string, generation: Generation, root: number): LightTree | undefined {
    return this.holds(generation, root) ? new LightTree(xml, ring, root, generation) : undefined;
  }

  /** Begins an element without attributes. */
  openElement(nameStart: number, nameEnd: number): void {
    if (this.next === this.limit) {
      this.#grow();
    }
    const { nodes, open, next } = this;
    nodes[next + KIND] = element;
    nodes[next + PARENT] = open;
    nodes[next + PREVIOUS] = nodes[open + LAST_CHILD]!;
    nodes[next + NAME_START] = nameStart;
    nodes[next + NAME_END] = nameEnd;
    nodes[next + CONTENT] = next + ENTRY;
    nodes[next + LAST_CHILD] = -1;
    nodes[open + LAST_CHILD] = next;
    this.open = next;
    this.next = next + ENTRY;
    this.elements++;
    this.depth++;
  }

  /** Adds an attribute to the open element, which must not have a child yet. */
  addAttribute(kind: number, nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    if (this.next === this.limit) {
      this.#grow();
    }
    const { nodes, open, next } = this;
    const after = next + ENTRY;
    nodes[next + KIND] = kind;
    nodes[next + PARENT] = open;
    nodes[next + AFTER] = after;
    nodes[next + PREVIOUS] = -1;
    nodes[next + NAME_START] = nameStart;
    nodes[next + NAME_END] = nameEnd;
    nodes[next + VALUE_START] = valueStart;
    nodes[next + VALUE_END] = valueEnd;
    nodes[open + CONTENT] = after;
    this.next = after;
  }

  closeElement(): void {
    const { nodes, open } = this;
    nodes[open + AFTER] = this.next;
    this.open = nodes[open + PARENT]!;
    this.depth--;
  }

  /**
   * Adds character data: to the text node right before it, if there is one.
   *
   * @param plain `PLAIN`, or 0 if the value is not what the text holds.
   */
  addText(start: number, end: number, plain: number): void {
    const { nodes } = this;
    const last = nodes[this.open + LAST_CHILD]!;
    if (last !== -1 && (nodes[last + KIND]! & ~PLAIN) === text) {
      // An empty CDATA section may lie between the two.
      nodes[last + KIND]! &= (start === nodes[last + VALUE_END] ? plain : 0) | ~PLAIN;
      nodes[last + VALUE_END] = end;
    } else {
      this.#addChild(text + plain, 0, 0, start, end);
    }
  }

  addComment(start: number, end: number): void {
    this.#addChild(comment, 0, 0, start, end);
  }

  addInstruction(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    this.#addChild(instruction, nameStart, nameEnd, valueStart, valueEnd);
  }

  #addChild(kind: number, nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    if (this.next === this.limit) {
      this.#grow();
    }
    const { nodes, open, next } = this;
    nodes[next + KIND] = kind;
    nodes[next + PARENT] = open;
    nodes[next + AFTER] = next + ENTRY;
    nodes[next + PREVIOUS] = nodes[open + LAST_CHILD]!;
    nodes[next + NAME_START] = nameStart;
    nodes[next + NAME_END] = nameEnd;
    nodes[next + VALUE_START] = valueStart;
    nodes[next + VALUE_END] = valueEnd;
    nodes[open + LAST_CHILD] = next;
    this.next = next + ENTRY;
  }

  /** Moves the tree in hand into a larger array of its own. */
  #grow(): void {
    this.#overwrittenTo = this.#overwrittenBy();
    const { nodes, root, next } = this;
    const length = next - root;
    const larger = new Int32Array(length * 4);
    larger.set(nodes.subarray(root, next));
    if (root !== 0) {
      moveToFront(larger, length, root);
      this.root = 0;
      this.open -= root;
      this.next = length;
    }
    this.nodes = larger;
    this.limit = larger.length;
  }
}

/** Shared by all scans, since none begins before the last one is over. */
export const treeWriter: TreeWriter = new TreeWriter();
