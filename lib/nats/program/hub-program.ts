/**
 * The program of the child that speaks NATS: it does what its parent asks for, and doesn't outlive it.
 *
 * It gets requests and gives answers, in frames; see `protocol.ts` for what there is.
 */
import type { NatsConnection } from '@nats-io/transport-node';
import type { HubJob, HubRequest, HubServer } from '../protocol';
import { connectTo } from './connecting';
import { Hub } from './hub';
import { Parent } from './parent';
import { loadPeers } from './peers';
import { problemIn } from './problems';

const parent = new Parent();
let hub: Hub | undefined;

async function connect(job: HubJob): Promise<HubServer> {
  const peers = loadPeers(job.folders);
  const connection = await connectTo(job, peers);
  hub = new Hub(connection, peers, parent);
  void followConnection(connection);
  return { version: connection.info?.version ?? '', maxPayload: connection.info?.max_payload ?? 0 };
}

/** Tells the parent when the connection breaks, and when it is made again. */
async function followConnection(connection: NatsConnection): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'disconnect') {
      await parent.say({ notice: 'disconnected', problem: `the server ${status.server} is gone` });
    } else if (status.type === 'reconnect') {
      await parent.say({ notice: 'connected' });
    }
  }
}

async function answer(request: HubRequest, body: Buffer): Promise<void> {
  try {
    const done = request.ask === 'connect' ? connect(request.with) : requireHub().do(request, body);
    await parent.say({ id: request.id, answer: await done });
  } catch (error) {
    await parent.say({ id: request.id, problem: problemIn(error) });
  }
}

function requireHub(): Hub {
  if (hub === undefined) {
    throw new Error('there is no connection yet');
  }
  return hub;
}

// A terminal sends these to all of its processes, but whether the connection is to end is for the parent to say.
process.on('SIGINT', () => {}).on('SIGHUP', () => {});
parent.listen(answer, () => process.exit());
