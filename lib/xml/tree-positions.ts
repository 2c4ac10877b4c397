import {
  AFTER,
  ENTRY,
  IN_BYTES,
  KIND,
  type LightTree,
  NAME_END,
  NAME_START,
  nodeKind,
  PLAIN,
  VALUE_END,
  VALUE_START,
} from './light-tree';

/** Converts the positions in a tree from bytes of UTF-8 to UTF-16 code units, if they are yet to be converted. */
export function convertPositions(tree: LightTree): void {
  const { text, nodes, root } = tree;
  if (nodes[root + IN_BYTES] === 0) {
    return;
  }
  nodes[root + IN_BYTES] = 0;
  let byte = 0;
  let unit = 0;
  // Positions only ascend in document order, so that one walk over the text serves them all.
  const convert = (slot: number): void => {
    const position = nodes[slot]!;
    while (byte < position) {
      const code = text.charCodeAt(unit);
      // Each half of a surrogate pair stands for two of the four bytes.
      byte += code < 0x80 ? 1 : code < 0x800 || (code & 0xf800) === 0xd800 ? 2 : 3;
      unit += 1;
    }
    nodes[slot] = unit;
  };
  const after = nodes[root + AFTER]!;
  for (let at = root + ENTRY; at < after; at += ENTRY) {
    const kind = nodes[at + KIND]! & ~PLAIN;
    if (kind !== nodeKind.text && kind !== nodeKind.comment) {
      convert(at + NAME_START);
      convert(at + NAME_END);
    }
    if (kind !== nodeKind.element) {
      convert(at + VALUE_START);
      convert(at + VALUE_END);
    }
  }
}
