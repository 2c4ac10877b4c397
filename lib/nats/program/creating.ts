import type { HubRequests } from '../protocol';
import { ALL_BOOKMARKS, ALL_EVENTS, bookmarkStream } from '../subjects';
import type { Hub } from './hub';
import { problemIn } from './problems';

/** For how long a server knows the ids of messages, in milliseconds, if it keeps the messages for so long. */
const DUPLICATE_WINDOW = 120_000;

const NANOSECONDS = 1e6;

/** Makes a stream for events, and the one for its readers' bookmarks, as far as they aren't there. */
export async function createStreams(
  { peers, manager }: Pick<Hub, 'peers' | 'manager'>,
  { stream, limits }: HubRequests['create']['ask'],
): Promise<void> {
  const { streams } = manager;
  const { replicas = 1, maxAgeMs, maxBytes } = limits;
  const common = { num_replicas: replicas, storage: peers.jetstream.StorageType.File, allow_direct: true };
  const configurations = [
    {
      ...common,
      name: stream,
      subjects: [ALL_EVENTS],
      ...(maxAgeMs === undefined ? {} : { max_age: Math.round(maxAgeMs * NANOSECONDS) }),
      ...(maxBytes === undefined ? {} : { max_bytes: maxBytes }),
      duplicate_window: Math.round(Math.min(DUPLICATE_WINDOW, maxAgeMs ?? DUPLICATE_WINDOW) * NANOSECONDS),
    },
    { ...common, name: bookmarkStream(stream), subjects: [ALL_BOOKMARKS], max_msgs_per_subject: 1 },
  ];
  for (const configuration of configurations) {
    try {
      await streams.info(configuration.name);
    } catch (error) {
      if (problemIn(error).kind !== 'absent') {
        throw error;
      }
      await streams.add(configuration);
    }
  }
}
