import { attributeValue, characterData, type EventText, type WholeElement } from './event-text';

/** A domain as events name it. */
export interface NamedDomain {
  readonly name: string;
  readonly uuid: string;
  readonly id: number;
}

/** The element that says which domain an event is about. */
export function domainElement({ name, uuid }: NamedDomain, type: string, id: number): WholeElement {
  const head = `<domain id="${id}" type="${attributeValue(type)}">`;
  const xml = `${head}<name>${characterData(name)}</name><uuid>${characterData(uuid)}</uuid></domain>`;
  return { xml, isAscii: Buffer.byteLength(xml) === xml.length, elements: 3, depth: 2, attributes: 2 };
}

/** Writes which domain an event is about. */
export function writeDomain(event: EventText, domain: NamedDomain, type: string): EventText {
  return event.whole(domainElement(domain, type, domain.id));
}

/** What happened to a domain, in words of the vocabulary or the numbers that a later libvirt has: they are written as they are. */
export interface ToldTransition {
  readonly from: string;
  readonly to: string;
  readonly event: string;
  readonly detail: string;
}

/** The transitions that were written last; there are few kinds of them. */
const recent: { readonly transition: ToldTransition; readonly element: WholeElement }[] = [];
const MOST_RECENT = 16;
let oldest = 0;

/** Writes which states a domain came from and to, what happened, and how; `found` if no event of libvirt's told of it. */
export function writeTransition(event: EventText, transition: ToldTransition, found?: 'by-comparison'): EventText {
  if (found !== undefined) {
    return event.whole(transitionElement(transition, found));
  }
  for (const known of recent) {
    if (isSame(known.transition, transition)) {
      return event.whole(known.element);
    }
  }
  const element = transitionElement(transition);
  recent[oldest] = { transition, element };
  oldest = (oldest + 1) % MOST_RECENT;
  return event.whole(element);
}

function isSame(one: ToldTransition, other: ToldTransition): boolean {
  return one.from === other.from && one.to === other.to && one.event === other.event && one.detail === other.detail;
}

function transitionElement({ from, to, event, detail }: ToldTransition, found?: string): WholeElement {
  const facts = `from="${from}" to="${to}" event="${event}" detail="${detail}"`;
  const xml = `<transition ${facts}${found === undefined ? '' : ` found="${found}"`}/>`;
  return { xml, isAscii: true, elements: 1, depth: 1, attributes: found === undefined ? 4 : 5 };
}
