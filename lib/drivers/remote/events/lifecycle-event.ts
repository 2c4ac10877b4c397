import { type LifecycleEvent, lifecycleDetails, lifecycleEvents } from '../../../event/vocabulary/domain-words';
import { wordOf } from '../../../event/vocabulary/words';
import type { StructuredEvent } from '../../../event/write-event';
import type { FoundTransition } from '../states/domain-comparison';
import { isActive } from '../states/domain-transition';
import { type Decoder, OpenState } from './event-context';
import { element } from './structure';
import { domainElement, readDomain } from './wire-objects';

/** Decodes what libvirt calls a domain's lifecycle; the context knows the states that it leads from and to. */
export const decodeLifecycle: Decoder = (reader, { driverType, states, answer }) => {
  const domain = readDomain(reader);
  const event = wordOf(lifecycleEvents, reader.int('event'));
  const details: readonly string[] = lifecycleDetails[event as LifecycleEvent] ?? [];
  const detail = wordOf(details, reader.int('detail'));
  const change = { domain, event, detail };
  if (answer === 'unasked' && states.leavesOpen(change)) {
    throw new OpenState(domain);
  }
  const { from, to } = states.follow(change, answer === 'unasked' ? undefined : answer);
  // Some drivers still give the number of a domain that has just stopped.
  const told = isActive(to) ? domain : { ...domain, id: -1 };
  return { content: [domainElement(told, driverType), element('transition', { from, to, event, detail })] };
};

/** Decodes that a guest was reset; one that had crashed is in another state then. */
export const decodeReboot: Decoder = (reader, { driverType, states, answer }) => {
  const domain = readDomain(reader);
  if (states.hasCrashed(domain)) {
    if (answer === 'unasked') {
      throw new OpenState(domain);
    }
    states.reset(domain, answer);
  }
  return { content: [domainElement(domain, driverType)] };
};

/** Makes the event that tells of a transition which no event of the daemon told of. */
export function foundTransition(found: FoundTransition, driverType: string): StructuredEvent {
  const { domain, from, to, event, detail } = found;
  const transition = element('transition', { from, to, event, detail, found: 'by-comparison' });
  return { type: 'domain-state-transition', content: [domainElement(domain, driverType), transition] };
}
