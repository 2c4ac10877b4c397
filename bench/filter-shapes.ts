/** What the filters of programs that watch many domains look like. */
import { deviceEvent, deviceType, sampleEvent, sampleType, uuidNode, uuidOf } from './sample-events';

/** A form of expression, one for each domain, with events that it can match. */
export interface FilterShape {
  readonly id: string;
  /** The expression that is for a domain's events; domains are numbered. */
  expression(domain: number): string;
  /** Makes an event of a domain; `number` makes it different from others. */
  event(number: number, domain: number): string;
}

const stateEvent = (number: number, domain: number): string => sampleEvent(number, sampleType, domain);

/** The form that many filters are mostly measured with. */
export const byName: FilterShape = {
  id: 'name',
  expression: (domain) => `/event[@type='${sampleType}' and transition/@to='paused']/domain[name='web-${domain}']`,
  event: stateEvent,
};

export const filterShapes: readonly FilterShape[] = [
  byName,
  {
    id: 'uuid',
    expression: (domain) => `domain/uuid = '${uuidOf(domain)}'`,
    event: stateEvent,
  },
  {
    id: 'device',
    expression: (domain) => `@type = '${deviceType}' and device/@alias = 'net-${domain}'`,
    event: deviceEvent,
  },
  {
    id: 'or',
    expression: (domain) => `domain/name = 'web-${domain}' or domain/uuid = '${uuidOf(domain)}'`,
    event: stateEvent,
  },
  {
    id: 'contains',
    expression: (domain) => `contains(domain/uuid, '${uuidNode(domain)}')`,
    event: stateEvent,
  },
  {
    id: 'position',
    expression: (domain) => `/event/domain[1]/name[. = 'web-${domain}']`,
    event: stateEvent,
  },
];
