import { writeDomain, writeTransition } from '../../../event/domain-elements';
import { EventText } from '../../../event/event-text';
import { isActive, type LifecycleEvent, lifecycleDetails, lifecycleEvents } from '../../../event/vocabulary/domain';
import { wordOf } from '../../../event/vocabulary/words';
import type { FoundTransition } from '../states/domain-comparison';
import { type Decoder, OpenState } from './decoder';
import { readDomain } from './told-domain';

/** Decodes what libvirt calls a domain's lifecycle; the context knows the states that it leads from and to. */
export const decodeLifecycle: Decoder = (reader, text, { driverType, states, answer }) => {
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
  text.whole(domain.element(driverType, isActive(to) ? domain.id : -1));
  writeTransition(text, { from, to, event, detail });
};

/** Decodes that a guest was reset; one that had crashed is in another state then. */
export const decodeReboot: Decoder = (reader, event, { driverType, states, answer }) => {
  const domain = readDomain(reader);
  if (states.hasCrashed(domain)) {
    if (answer === 'unasked') {
      throw new OpenState(domain);
    }
    states.reset(domain, answer);
  }
  event.whole(domain.element(driverType));
};

/** Tells of a transition of which no event of the daemon told. */
export function foundTransition(found: FoundTransition, driverType: string): EventText {
  const text = new EventText('domain-state-transition');
  writeDomain(text, found.domain, driverType);
  return writeTransition(text, found, 'by-comparison');
}
