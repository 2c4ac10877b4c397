import { TEXT, VALUE } from '../xml/chars';
import { sharedBytes } from '../xml/encoded-text';
import * as layout from '../xml/light-tree';
import { LightTree } from '../xml/light-tree';
import { treeWriter } from '../xml/tree-writer';
import { MOST_VALUES } from './value-ends';

const { AFTER, ENTRY, KIND, PLAIN, VALUE_END, VALUE_START } = layout;
const { attribute, element, text } = layout.nodeKind;

/** Larger events are of no shape: their trees would take too much memory, and ends are kept in 16 bits. */
const MOST_NODES = 256;
const MOST_BYTES = 0xffff;

/** An event whose bytes are in the shared buffer, and whose tree the scanner has just written. */
export interface ScannedEvent {
  readonly type: string;
  /** How many bytes it has, and nothing surrounds it. */
  readonly end: number;
  /** The entries of two attributes of its root element. */
  readonly typeNode: number;
  readonly timestampNode: number;
}

/** What an event is made of, for those that differ from it in values only. */
export interface ShapeParts {
  readonly type: string;
  /** The bytes before each value and, last, behind all of them. */
  readonly literals: readonly Buffer[];
  /** Of which class the bytes of each value are: `VALUE` in an attribute, `TEXT` elsewhere. */
  readonly classes: readonly number[];
  /** Which value is the time stamp. */
  readonly timestamp: number;
  /** The tree, whose root's entry is 0. */
  readonly nodes: Int32Array;
  /** The entry of the type in it, which is no value. */
  readonly typeNode: number;
  // What the caps are for.
  readonly elements: number;
  readonly depth: number;
  readonly attributes: number;
}

/** Takes an event to pieces; nothing if it has something else than elements, and attributes and text that hold what is written there. */
export function shapeParts({ type, end, typeNode, timestampNode }: ScannedEvent): ShapeParts | undefined {
  const { nodes, root, next, elements } = treeWriter;
  if (end > MOST_BYTES || next - root > MOST_NODES * ENTRY) {
    return undefined;
  }
  const literals: Buffer[] = [];
  const classes: number[] = [];
  const openUntil: number[] = [];
  let timestamp = 0;
  let depth = 0;
  let attributes = 0;
  let literalStart = 0;
  for (let at = root + ENTRY; at < next; at += ENTRY) {
    const kind = nodes[at + KIND]!;
    if (kind === element) {
      while (openUntil.length > 0 && openUntil.at(-1)! <= at) {
        openUntil.pop();
      }
      openUntil.push(nodes[at + AFTER]!);
      depth = Math.max(depth, openUntil.length);
      attributes = Math.max(attributes, (nodes[at + layout.CONTENT]! - at) / ENTRY - 1);
    } else if (kind !== attribute + PLAIN && kind !== text + PLAIN) {
      return undefined;
    } else if (at !== typeNode) {
      if (at === timestampNode) {
        timestamp = classes.length;
      }
      literals.push(Buffer.from(sharedBytes.subarray(literalStart, nodes[at + VALUE_START]!)));
      classes.push(kind === text + PLAIN ? TEXT : VALUE);
      literalStart = nodes[at + VALUE_END]!;
    }
  }
  if (classes.length > MOST_VALUES) {
    return undefined;
  }
  literals.push(Buffer.from(sharedBytes.subarray(literalStart, end)));
  const tree = new LightTree('', nodes, root, -1 as layout.Generation).detached();
  return {
    type,
    literals,
    classes,
    timestamp,
    nodes: tree.nodes,
    typeNode: typeNode - root,
    elements,
    depth,
    attributes,
  };
}
