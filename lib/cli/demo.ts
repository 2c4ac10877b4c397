/** What `npm start` runs: a simulated hypervisor with a life of its own, and three handlers that watch it. */
import { addEventHandler, closeConnection, deliverEvents, openConnection, type QueuedEvent } from '../index';
import { EventLines } from './event-lines';
import { Output } from './output';

const SEED = 42;
const SECONDS = 6;

function demo(): void {
  const output = new Output(process.stdout);
  const text = new EventLines();
  const conn = openConnection('test:///default', { seed: SEED });
  const received = new Map<string, number>();

  const show = (_: unknown, event: QueuedEvent, handler: string) => {
    received.set(handler, (received.get(handler) ?? 0) + 1);
    output.line(`${handler.padEnd(16)}  `, ...text.of(event));
  };
  addEventHandler(conn, null, show, 'everything');
  addEventHandler(conn, ['domain-state-transition'], show, 'one type');
  addEventHandler(conn, "transition/@event = 'crashed'", show, 'crashes by XPath');

  output.line(`A simulated hypervisor, ${conn.uri}, for ${SECONDS} seconds. Every line is a call of a handler.`);
  output.line('');
  const end = performance.now() + SECONDS * 1000;
  let deliveries = 0;
  for (let left = SECONDS * 1000; left > 0; left = end - performance.now()) {
    deliverEvents(conn, { waitMs: left });
    deliveries += 1;
  }
  closeConnection(conn);

  const counts = [...received].map(([handler, count]) => `${handler} ${count}`);
  output.line('');
  output.line(`${deliveries} calls of deliverEvents; events received: ${counts.join(', ')}.`);
}

demo();
