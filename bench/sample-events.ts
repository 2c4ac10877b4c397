/** The type of every sample event. */
export const sampleType = 'domain-state-transition';

/** How many names the domains of the sample events have between them: `web-0`, `web-1`, … in turn. */
export const sampleNames = 100;

/** How many different events there are; more than a processor's innermost caches hold. */
export const sampleCount = 20_000;

/** The type of every device event. */
export const deviceType = 'domain-device-removed';

/**
 * Makes the reference event with different values: about 250 bytes, 5 elements.
 *
 * Each is a flat string of its own, since strings that are shared, or still in pieces, measure something else.
 */
export function sampleEvent(number: number, type: string = sampleType, domain: number = number): string {
  return flat(`${startOfEvent(number, type, domain)}${transition}</event>`);
}

const transition = '<transition from="running" to="paused" event="suspended" detail="paused"/>';

/** The kinds of domains, and the types of events, of a fleet. */
const fleetRoles = ['web', 'database', 'vm'];
const fleetTypes = [
  'reboot',
  'watchdog',
  'job-completed',
  'device-added',
  'device-removed',
  'agent',
  'tunable',
  'block-job',
];

/** Makes the events of a fleet of 300 domains, of eight types. */
export function fleetEvents(): string[] {
  return Array.from({ length: sampleCount }, (_, number) => {
    // Types, names and lengths come in an order that repeats late.
    const domain = (number * 7919) % 300;
    const type = `domain-${fleetTypes[((number * 104_729) >> 4) % fleetTypes.length]}`;
    const name = `${fleetRoles[domain % fleetRoles.length]}-${domain}`;
    return flat(`${startOfEvent(number, type, domain, name)}${transition}</event>`);
  });
}

/** Makes an event about a device of a domain, which is called `net-` and the domain's number. */
export function deviceEvent(number: number, domain: number): string {
  return flat(`${startOfEvent(number, deviceType, domain)}<device alias="net-${domain}"/></event>`);
}

/** The last part of a domain's UUID, which is its own. */
export function uuidNode(domain: number): string {
  return domain.toString(16).padStart(12, '0');
}

/** The UUID of a domain. */
export function uuidOf(domain: number): string {
  return `c7a5fdbd-edaf-9455-926a-${uuidNode(domain)}`;
}

/** An event as far as its domain. */
function startOfEvent(number: number, type: string, domain: number, name = `web-${domain % sampleNames}`): string {
  const microseconds = String(number % 1_000_000).padStart(6, '0');
  return (
    `<event type="${type}" timestamp="2026-01-02T03:04:05.${microseconds}Z"><domain id="${1 + (number % 999)}" ` +
    `type="qemu"><name>${name}</name><uuid>${uuidOf(domain)}</uuid></domain>`
  );
}

/** Makes so many sample events. */
export function sampleEvents(count: number = sampleCount): string[] {
  return Array.from({ length: count }, (_, number) => sampleEvent(number));
}

/** Makes one event of about so many bytes that has so many elements. */
export function largeEvent(bytes: number, elements: number): string {
  const perElement = Math.floor((bytes - 100) / (elements - 1));
  const children = Array.from({ length: elements - 1 }, (_, number) => {
    const start = `<disk target="vd${number}">`;
    const end = '</disk>';
    return start + 'x'.repeat(Math.max(perElement - start.length - end.length, 0)) + end;
  });
  return flat(`<event type="block-report" timestamp="2026-01-02T03:04:05.000000Z">${children.join('')}</event>`);
}

/** The same text in one piece. */
function flat(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
