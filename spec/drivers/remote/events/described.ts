import type { EventContext } from '../../../../lib/drivers/remote/events/decoder';
import { describeMessage, messageKinds } from '../../../../lib/drivers/remote/events/describe-message';
import { XdrWriter } from '../../../../lib/drivers/remote/rpc/xdr-writer';
import { DomainStates, type ListedDomain } from '../../../../lib/drivers/remote/states/domain-states';
import type { EventText } from '../../../../lib/event/event-text';
import { readEvent } from '../../../../lib/event/read-event';
import { detailOf } from '../../../../lib/event/vocabulary/vocabulary';
import { defaultEventLimits } from '../../../../lib/xml/limits';
import { readTree } from '../../../../lib/xml/read-tree';

/** When events without a time stamp of their own are received. */
export const RECEIVED = '2026-01-02T03:04:05.123456Z';

/** The domain of most messages. */
export const web: ListedDomain = { name: 'web', uuid: '11111111-2222-4333-8444-5555555555aa', id: 3, state: 1 };

/** What a driver knows: one domain that runs, unless others are given. */
export function contextWith(domains: readonly ListedDomain[] = [web]): EventContext {
  const states = new DomainStates();
  states.replace(domains);
  return { uri: 'qemu:///system', driverType: 'qemu', states };
}

/** An event's text, and what it says. */
export interface Described {
  readonly xml: string;
  readonly detail: unknown;
}

/** Finishes an event as the driver does, and reads it as a handler does. */
export function readBack(event: EventText): Described {
  const finished = event.finish(RECEIVED, defaultEventLimits);
  const { xml, type } = finished;
  expect(readEvent(xml, defaultEventLimits)).toEqual(finished);
  return { xml, detail: detailOf(type, readTree(xml, defaultEventLimits)) };
}

/** Describes the message that becomes an event of a type. */
export function describePayload(type: string, payload: Uint8Array, context: EventContext = contextWith()): Described {
  const { program, procedure } = messageKinds.find((message) => message.type === type)!;
  return readBack(describeMessage({ program, procedure, payload }, context)!);
}

/** The beginning of a message about the domain of most messages. */
export function aboutWeb(): XdrWriter {
  return new XdrWriter().int(3).string(web.name).uuid(web.uuid).int(web.id);
}
