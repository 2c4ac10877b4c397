import type { NatsOptions } from './hub-options';
import type { HubAddress } from './hub-uri';
import type { HubJob } from './protocol';

/**
 * What the child is told to connect to a hub.
 *
 * @param name By which name the servers' operator sees the connection.
 * @param timeoutMs For how many milliseconds it tries to connect.
 */
export function hubJob(
  { servers, tls, files, inbox, domain }: Omit<HubAddress, 'parameters'>,
  options: NatsOptions,
  name: string,
  timeoutMs: number,
): Omit<HubJob, 'folders'> {
  return { servers, tls, files, inbox, domain, options, name, timeoutMs };
}
