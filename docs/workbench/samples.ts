import type { EventRecord } from '../../lib/event/event-record';
import { readEvents } from './trial';

/** The events that the documents show; the build of the page puts them here. */
declare const DOCUMENTED_EVENTS: string;

/** Some more of the type that filters are mostly about. */
const TRANSITIONS = `
  <event type="domain-state-transition" timestamp="2026-01-02T03:05:12.250000Z"><domain id="-1" type="qemu"><name>web</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid></domain><transition from="running" to="crashed" event="crashed" detail="panicked"/></event>
  <event type="domain-state-transition" timestamp="2026-01-02T03:05:40.000000Z"><domain id="4" type="qemu"><name>db</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid></domain><transition from="shutoff" to="running" event="started" detail="booted"/></event>
  <event type="domain-state-transition" timestamp="2026-01-02T03:06:00.500000Z"><domain id="-1" type="qemu"><name>test-1</name><uuid>9a4b3f0e-5d0c-4c55-8f7b-1d1f6a0a7e11</uuid></domain><transition from="running" to="shutoff" event="stopped" detail="shutdown"/></event>`;

export const samples: readonly EventRecord[] = readEvents(TRANSITIONS + DOCUMENTED_EVENTS).events;

export const sampleTypes: readonly string[] = [...new Set(samples.map(({ type }) => type))].sort();

/** A filter to begin with. */
export interface Example {
  readonly name: string;
  readonly select: string;
  readonly suppress?: string;
}

export const examples: readonly Example[] = [
  { name: 'A domain crashed', select: "transition/@to = 'crashed' or transition/@detail = 'crashed'" },
  {
    name: 'One domain stops running',
    select: "domain/name = 'web' and transition[@from = 'running' and @to != 'running']",
  },
  { name: 'Names that begin alike', select: "starts-with(domain/name, 'test-')" },
  { name: 'Anything about a disk', select: '//disk' },
  { name: 'Since a point in time', select: "microseconds(@timestamp) >= microseconds('2026-01-02T03:05:00Z')" },
  { name: 'Domains, but no test machines', select: 'domain', suppress: "starts-with(domain/name, 'test-')" },
  { name: 'A common mistake', select: "@type = 'domain-reboot' or 'domain-watchdog'" },
  { name: 'A typing error', select: "@type == 'domain-reboot'" },
];
