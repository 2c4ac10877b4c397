import { writeDomain } from '../../../event/domain-elements';
import type { Decoder } from './event-context';
import { readDomain } from './wire-objects';

/** Decodes an event of QEMU's monitor (`qemu_domain_monitor_event_msg` of libvirt's qemu_protocol.x). */
export const decodeMonitorEvent: Decoder = (reader, event, { driverType }) => {
  writeDomain(event, readDomain(reader), driverType);
  event.open('monitor').attribute('event', reader.text('event'));
  const timestamp = timestampOf(reader.hyper('seconds'), reader.uint('micros'));
  if (timestamp !== undefined) {
    event.at(timestamp);
  }
  reader.optional('details', () => event.element('details', reader.text('details')));
  event.close('monitor');
};

/** The last second of the year 9999, the last year that a time stamp can tell. */
const LAST_SECOND = 253_402_300_799n;

/** When it happened by the monitor's clock; nothing if that is not a time, as from a host without a clock. */
function timestampOf(seconds: bigint, micros: number): string | undefined {
  if (seconds < 0n || seconds > LAST_SECOND || micros > 999_999) {
    return undefined;
  }
  const wholeSeconds = new Date(Number(seconds) * 1000).toISOString().slice(0, -'000Z'.length);
  return `${wholeSeconds}${String(micros).padStart(6, '0')}Z`;
}
