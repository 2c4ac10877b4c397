import type { EventText } from './event-text';

/** Writes which domain an event is about. */
export function writeDomain(
  event: EventText,
  domain: { readonly name: string; readonly uuid: string; readonly id: number },
  type: string,
  id: number = domain.id,
): EventText {
  event.open('domain').attribute('id', id).attribute('type', type);
  return event.element('name', domain.name).element('uuid', domain.uuid).close('domain');
}

/** Writes which states a domain came from and to, what happened, and how; `found` if no event of libvirt's told of it. */
export function writeTransition(
  text: EventText,
  transition: { readonly from: string; readonly to: string; readonly event: string; readonly detail: string },
  found?: 'by-comparison',
): EventText {
  const { from, to, event, detail } = transition;
  text.open('transition').attribute('from', from).attribute('to', to).attribute('event', event);
  return text.attribute('detail', detail).attribute('found', found).close('transition');
}
