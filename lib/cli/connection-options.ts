import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  type Connection,
  type ConnectionOptions,
  closeConnection,
  connectionStats,
  type DiagnosticsMessages,
  type Filter,
  type FilterExplanation,
  InvalidArgumentError,
  OpenError,
  openConnectionAsync,
} from '../index';
import type { IndexAlternative, IndexedValues } from '../types';
import { readNumber, requireTypes, UsageError } from './command-line';
import { QUIET_OPTION } from './connection-messages';
import { warnAboutTypes } from './filter-warnings';
import type { Output } from './output';
import { refuseOwnInput } from './own-input';

/** The options that say how a connection is opened. */
export const CONNECTION_OPTIONS = {
  seed: { type: 'string' },
  events: { type: 'string', multiple: true },
  'read-only': { type: 'boolean', default: false },
  'no-reconnect': { type: 'boolean', default: false },
  wait: { type: 'boolean', default: false },
  ...QUIET_OPTION,
} as const;

/** Their values, as they were given. */
export interface ConnectionArguments {
  readonly seed?: string | undefined;
  readonly events?: readonly string[] | undefined;
  readonly type?: readonly string[] | undefined;
  readonly 'read-only': boolean;
  readonly 'no-reconnect': boolean;
  readonly wait?: boolean;
}

const MONITOR = 'qemu-monitor';

/** The types of the events that the library makes itself, so that no daemon is asked for them. */
export const OWN_TYPES: readonly string[] = [
  'connection-lost',
  'connection-restored',
  'connection-warning',
  'events-lost',
  'collector-alive',
];

/**
 * Opens the connection from which a command takes events. A daemon is asked for the types that the filter lets through, if it
 * names them; what then cannot come, or cannot come from this daemon, is said.
 *
 * @throws {UsageError} if the options exclude each other, so that nothing could ever come, or a type has no name.
 * @throws what `openConnectionAsync` throws.
 */
export async function openSource(
  uri: string,
  given: ConnectionArguments,
  messages: Output,
  filter?: Filter,
): Promise<Connection> {
  requireTypes('events', given.events);
  const wanted = filter === undefined ? undefined : typesOf(filter.explain());
  const events = chooseEvents(given, wanted);
  if (given.wait && given['no-reconnect']) {
    throw new UsageError('--wait waits for a daemon, which --no-reconnect does not; leave out one of them');
  }
  const conn = await openConnectionAsync(uri, {
    seed: readNumber('seed', given.seed, { whole: true }),
    events,
    readOnly: given['read-only'],
    reconnect: given.wait ? 'from-start' : !given['no-reconnect'],
  }).catch((error: unknown) => {
    if (error instanceof InvalidArgumentError && error.argument === 'options.events') {
      const option = given.events !== undefined ? '--events' : given.type !== undefined ? '--type' : '--filter';
      throw new UsageError(error.message.replace('options.events must hold', `${option} must ask for`));
    }
    throw error;
  });
  refuseOwnInput(conn);
  warnAboutTypes(given.events, messages);
  const { reconnecting } = connectionStats(conn);
  if (reconnecting === undefined) {
    reportUnsupported(conn, events, messages);
  } else {
    messages.line(`virdeliver: waits for the daemon: ${reconnecting.problem}`);
    reportConnected(conn, messages);
  }
  return conn;
}

/** Which types of events a daemon is asked for. */
function chooseEvents(
  { events, 'read-only': readOnly }: ConnectionArguments,
  wanted: readonly string[] | undefined,
): ConnectionOptions['events'] {
  const askable = wanted?.filter((type) => !OWN_TYPES.includes(type)) ?? [];
  const impossible = events === undefined ? [] : askable.filter((type) => !events.includes(type));
  if (impossible.length > 0 && impossible.length === wanted?.length) {
    const [type] = impossible;
    throw new UsageError(
      `only events of the type '${type}' are wanted, which --events leaves out; add --events ${type}`,
    );
  }
  const asked = events ?? (askable.length > 0 ? askable : undefined);
  if (readOnly && asked?.includes(MONITOR)) {
    throw new UsageError(`no daemon tells of ${MONITOR} with --read-only; leave out one of them`);
  }
  return asked;
}

/** Says, once, that a daemon which was waited for is there. */
function reportConnected(conn: Connection, messages: Output): void {
  const onConnected = (message: unknown): void => {
    const { connection } = message as DiagnosticsMessages['virdeliver:connection:connected'];
    if (connection === conn) {
      unsubscribe('virdeliver:connection:connected', onConnected);
      messages.line('virdeliver: connected to the daemon');
    }
  };
  subscribe('virdeliver:connection:connected', onConnected);
}

/**
 * Says which of the types that were asked for a daemon doesn't have.
 *
 * @throws {OpenError} `ERR_OPEN` if it has none of them; the connection is closed then.
 */
function reportUnsupported(conn: Connection, asked: ConnectionOptions['events'], messages: Output): void {
  const { unsupported } = connectionStats(conn);
  const missing = asked?.filter((type) => unsupported.includes(type)) ?? [];
  if (missing.length > 0 && missing.length === new Set(asked).size) {
    closeConnection(conn);
    throw new OpenError(
      conn.uri,
      `the daemon has no events of the type ${missing.join(', ')}, and no others are wanted`,
    );
  }
  if (missing.length > 0) {
    messages.line(`virdeliver: the daemon has no events of the type ${missing.join(', ')}; it sends the others`);
  }
}

/** The types of which every event that a filter matches is one; nothing if it may be any. */
function typesOf(explanation: FilterExplanation): readonly string[] | undefined {
  switch (explanation.kind) {
    case 'types':
      return explanation.types;
    case 'any': {
      const parts = explanation.parts.map(typesOf);
      return parts.includes(undefined) ? undefined : parts.flatMap((types) => types ?? []);
    }
    case 'select-suppress':
      return explanation.select === undefined ? undefined : typesOf(explanation.select);
    case 'expression': {
      const conditions = explanation.index.indexed ? explanation.index.by : [];
      // What is required of the type comes first.
      const [alternative, ...others] = conditions[0]?.anyOf ?? [];
      return others.length === 0 && alternative !== undefined && isOfTypes(alternative)
        ? alternative.values
        : undefined;
    }
    default:
      return undefined;
  }
}

function isOfTypes(
  alternative: IndexAlternative,
): alternative is IndexedValues & { readonly values: readonly string[] } {
  return 'path' in alternative && alternative.path === '@type' && !('operator' in alternative || 'not' in alternative);
}
