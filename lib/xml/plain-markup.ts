import * as chars from './chars';
import { byteClasses, skipClass } from './chars';
import { sharedBytes } from './encoded-text';
import * as layout from './light-tree';
import type { EventLimits } from './limits';
import { MOST_AHEAD, sharedNodes, type TreeWriter } from './tree-writer';

// What is exported is looked up anew at every use in CommonJS; a name of the file's own is not.
const allClasses = byteClasses;
const allBytes = sharedBytes;
const allNodes = sharedNodes;
const { NAME, NAME_START: FIRST_OF_NAME, TEXT, VALUE } = chars;
const { AFTER, CONTENT, ENTRY, KIND, LAST_CHILD, NAME_END, NAME_START, PARENT, PLAIN, PREVIOUS } = layout;
const { VALUE_END, VALUE_START } = layout;
const { attribute, element, text } = layout.nodeKind;

const LESS = 0x3c;
const GREATER = 0x3e;
const SLASH = 0x2f;
const SPACE = 0x20;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const LOWER_X = 0x78;

/** A start tag with more attributes is not plain: comparing each name with each would take too long. */
const MOST_ATTRIBUTES = MOST_AHEAD - 1;

/**
 * Passes over tags and text for as long as they are of the plainest kind, of which nearly all events are made, and adds
 * them to the tree. The text must be in the shared buffer, and the tree in the shared array.
 *
 * It stops before the first tag or text that holds anything else, be it a reference, a prefix, a comment or a fault:
 * that one is for the scanner to judge. What is passed here the scanner would pass as well, in twice the time: here all
 * is in one function's own variables, and the arrays are always the same.
 *
 * @param position Where a tag or a text begins.
 * @returns Where the first tag or text begins that was not passed, or where the outermost element ends.
 */
export function skipPlainMarkup(position: number, tree: TreeWriter, limits: EventLimits): number {
  // Variables of the function's own are read more quickly still: what kind of array each is, is asked once.
  const classes = allClasses;
  const bytes = allBytes;
  const nodes = allNodes;
  const { limit } = tree;
  const mostAttributes = Math.min(limits.eventAttributes, MOST_ATTRIBUTES) * ENTRY;
  let { open, next, depth, elements } = tree;
  let pos = position;
  passing: do {
    if (bytes[pos] !== LESS) {
      const end = skipClass(bytes, pos, TEXT);
      const previous = nodes[open + LAST_CHILD]!;
      const continues = previous !== -1 && (nodes[previous + KIND]! & ~PLAIN) === text;
      if (bytes[end] !== LESS || continues || next === limit) {
        break;
      }
      nodes[next + KIND] = text + PLAIN;
      nodes[next + PARENT] = open;
      nodes[next + AFTER] = next + ENTRY;
      nodes[next + PREVIOUS] = previous;
      nodes[next + NAME_START] = 0;
      nodes[next + NAME_END] = 0;
      nodes[next + VALUE_START] = pos;
      nodes[next + VALUE_END] = end;
      nodes[open + LAST_CHILD] = next;
      next += ENTRY;
      pos = end;
    }

    if (bytes[pos + 1] === SLASH) {
      let expected = nodes[open + NAME_START]!;
      const nameEnd = nodes[open + NAME_END]!;
      let at = pos + 2;
      while (expected < nameEnd && bytes[at] === bytes[expected]) {
        at++;
        expected++;
      }
      if (expected < nameEnd || bytes[at] !== GREATER) {
        break;
      }
      nodes[open + AFTER] = next;
      open = nodes[open + PARENT]!;
      depth--;
      pos = at + 1;
      continue;
    }

    const nameStart = pos + 1;
    if ((classes[bytes[nameStart]!]! & FIRST_OF_NAME) === 0 || next === limit) {
      break;
    }
    const nameEnd = skipClass(bytes, nameStart + 1, NAME);
    let at = nameEnd;
    let byte = bytes[at]!;
    let after = next + ENTRY;
    while (byte === SPACE) {
      const start = at + 1;
      const first = bytes[start]!;
      // An 'x' may begin a declaration.
      if ((classes[first]! & FIRST_OF_NAME) === 0 || first === LOWER_X) {
        break passing;
      }
      const end = skipClass(bytes, start + 1, NAME);
      if (bytes[end] !== EQUALS || after - next > mostAttributes || after === limit) {
        break passing;
      }
      const quote = bytes[end + 1]!;
      if (quote !== QUOTE && quote !== APOSTROPHE) {
        break passing;
      }
      for (let other = next + ENTRY; other < after; other += ENTRY) {
        const otherStart = nodes[other + NAME_START]!;
        if (nodes[other + NAME_END]! - otherStart === end - start && areSame(bytes, otherStart, start, end)) {
          break passing;
        }
      }
      const valueStart = end + 2;
      at = skipClass(bytes, valueStart, VALUE);
      if (bytes[at] !== quote) {
        break passing;
      }
      nodes[after + KIND] = attribute + PLAIN;
      nodes[after + PARENT] = next;
      nodes[after + AFTER] = after + ENTRY;
      nodes[after + PREVIOUS] = -1;
      nodes[after + NAME_START] = start;
      nodes[after + NAME_END] = end;
      nodes[after + VALUE_START] = valueStart;
      nodes[after + VALUE_END] = at;
      after += ENTRY;
      byte = bytes[++at]!;
    }
    const isEmpty = byte === SLASH && bytes[at + 1] === GREATER;
    if ((byte !== GREATER && !isEmpty) || elements >= limits.eventElements || depth >= limits.eventDepth) {
      break;
    }
    elements++;
    nodes[next + KIND] = element;
    nodes[next + PARENT] = open;
    nodes[next + PREVIOUS] = nodes[open + LAST_CHILD]!;
    nodes[next + NAME_START] = nameStart;
    nodes[next + NAME_END] = nameEnd;
    nodes[next + CONTENT] = after;
    nodes[next + LAST_CHILD] = -1;
    nodes[open + LAST_CHILD] = next;
    if (isEmpty) {
      nodes[next + AFTER] = after;
      pos = at + 2;
    } else {
      open = next;
      depth++;
      pos = at + 1;
    }
    next = after;
  } while (depth > 0);
  tree.open = open;
  tree.next = next;
  tree.depth = depth;
  tree.elements = elements;
  return pos;
}

/** Whether the bytes from another position on are those from `start` to `end`. */
function areSame(bytes: Uint8Array, other: number, start: number, end: number): boolean {
  for (let at = start, same = other; at < end; at++, same++) {
    if (bytes[at] !== bytes[same]) {
      return false;
    }
  }
  return true;
}
