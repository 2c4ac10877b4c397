import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { PassThrough } from 'node:stream';
import { type Connection, connectionStats, type DiagnosticsMessages } from '../index';
import { DEFAULT_URI } from './command-line';
import { Output } from './output';

/** The URIs whose other end is no daemon, so that it's there from the start, or never. */
const NO_DAEMON = /^(?:memory|test|fd|file|fifo|journal|nats|tls):|^-$/;

/** The option by which a command says nothing but what is wrong. */
export const QUIET_OPTION = { quiet: { type: 'boolean', short: 'q', default: false } } as const;

/** Where a command says how its connection stands: nowhere if it is to be quiet. */
export function notesOf({ quiet }: { readonly quiet: boolean }, messages: Output): Output {
  return quiet ? new Output(new PassThrough().resume()) : messages;
}

/** Says which daemon a command is connected to, and from then on when it goes away, and when it is back. */
export function reportConnection(conn: Connection, uri: string, messages: Output): void {
  if (!NO_DAEMON.test(uri)) {
    if (connectionStats(conn).reconnecting === undefined) {
      messages.line(`virdeliver: connected to ${uri === DEFAULT_URI ? "libvirt's default" : conn.uri}`);
    }
    reportLosses(conn, messages);
  }
}

/** Says when the daemon goes away, and when it is back, until it is told to stop. */
export function reportLosses(conn: Connection, messages: Output): () => void {
  const onLost = (message: unknown): void => {
    const { connection, error, reconnects } = message as DiagnosticsMessages['virdeliver:connection:lost'];
    if (connection === conn && reconnects) {
      messages.line(`virdeliver: the daemon is gone: ${error.message}`);
    }
  };
  const onConnected = (message: unknown): void => {
    const { connection, again } = message as DiagnosticsMessages['virdeliver:connection:connected'];
    if (connection === conn && again) {
      messages.line('virdeliver: connected to the daemon again');
    }
  };
  subscribe('virdeliver:connection:lost', onLost);
  subscribe('virdeliver:connection:connected', onConnected);
  return () => {
    unsubscribe('virdeliver:connection:lost', onLost);
    unsubscribe('virdeliver:connection:connected', onConnected);
  };
}
