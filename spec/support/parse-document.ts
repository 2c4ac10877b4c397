import type { Document } from '@xmldom/xmldom';
import { documentOf } from '../../lib/event/dom';
import { noEventLimits } from '../../lib/event/limits';
import { readTree } from '../../lib/event/read-tree';

/** The DOM of a text, as `event.document` has it. */
export function parseDocument(text: string): Document {
  return documentOf(readTree(text, noEventLimits));
}
