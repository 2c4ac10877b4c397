import type { Document } from '@xmldom/xmldom';
import { documentOf } from '../../lib/xml/dom';
import { noEventLimits } from '../../lib/xml/limits';
import { readTree } from '../../lib/xml/read-tree';

/** The DOM of a text, as `event.document` has it. */
export function parseDocument(text: string): Document {
  return documentOf(readTree(text, noEventLimits));
}
