import { EncodedText, refuseTooLarge } from './encoded-text';
import { LightTree } from './light-tree';
import type { EventLimits } from './limits';
import { Scanner } from './scanner';
import { convertPositions } from './tree-positions';
import { treeWriter } from './tree-writer';

/**
 * Reads any XML document as strictly as an event, except that its root element may have any name and attributes.
 *
 * The tree is good only until other documents are read.
 *
 * @throws {InvalidEventError} if the text is not well-formed, or is over a cap.
 */
export function readTree(text: string, limits: EventLimits): LightTree {
  refuseTooLarge(text, limits);
  new Scanner(new EncodedText(text), limits).scan();
  const { nodes, root } = treeWriter;
  const tree = new LightTree(text, nodes, root, treeWriter.keep());
  convertPositions(tree);
  return tree;
}
