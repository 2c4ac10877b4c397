/** What the processes of the simulated fleet say to each other. */

/** The type of the events that the journals have before anything is published. */
export const BACKLOG_TYPE: string = 'sample';

/** How many times as long as otherwise, which is half a second, it takes until something happens to a host's domains. */
export const SLOWNESS = 10;

/** What the hosts are asked for: each is answered with a report when it is done, or begun with. */
export type HostsOrder =
  | { readonly do: 'open'; readonly hosts: number }
  /** Has each host write so many events to its journal at once. */
  | { readonly do: 'write'; readonly events: number }
  | { readonly do: 'connect'; readonly address: string }
  /** Has them publish what their journals have. */
  | { readonly do: 'publish' }
  /** Has their lives begin, and what happens published. */
  | { readonly do: 'live' }
  /** Ends the lives; what the journals have is published yet. */
  | { readonly do: 'stop' }
  | { readonly do: 'report' };

export interface HostsReport {
  /** How many events the journals have, and how many of them were acknowledged. */
  readonly written: number;
  readonly published: number;
  /** When the lives began, in milliseconds since 1970: the events' time stamps count from there, and slowly. */
  readonly began?: number;
}

/** What a reader says when it has delivered something, as a line of JSON. */
export interface ShareReport {
  /** How many events it was given since it has said something last. */
  readonly events: number;
  /** When each of those was made that is none of the backlog, by its time stamp, and when it came, in milliseconds since 1970. */
  readonly times: readonly (readonly [made: number, came: number])[];
}
