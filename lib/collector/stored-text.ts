import { carryableText } from '../xml/chars';
import { escapeAttributeValue } from '../xml/escape';

/** The start tag of an event, which is known to be well-formed: what stands between its name and its end. */
const START_TAG = /^<event((?:\s+[^\s=]+\s*=\s*(?:"[^"]*"|'[^']*'))*)(?=\s*\/?>)/;

const ATTRIBUTE = /\s+([^\s=]+)\s*=\s*(?:"[^"]*"|'[^']*')/g;

/** The host as an attribute, ready to be put into a start tag. */
export function hostAttribute(host: string): string {
  return ` host="${escapeAttributeValue(carryableText(host))}"`;
}

/**
 * The text of an event as a journal keeps it: with its host, unless it names one; a gap without the numbers of the lost events, since the
 * journal has numbers of its own. Everything else is left as it is.
 *
 * @param stamp What `hostAttribute` makes of the host.
 */
export function storedText(xml: string, type: string, stamp: string): string {
  const [start, attributes] = START_TAG.exec(xml) as unknown as [string, string];
  const hasHost =
    attributes.includes('host') && [...attributes.matchAll(ATTRIBUTE)].some(([, name]) => name === 'host');
  const kept =
    type === 'events-lost'
      ? attributes.replace(ATTRIBUTE, (text, name) => (name === 'first' || name === 'last' ? '' : text))
      : attributes;
  return `<event${kept}${hasHost ? '' : stamp}${xml.slice(start.length)}`;
}
