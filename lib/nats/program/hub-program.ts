/**
 * The program of the child that speaks NATS: it does what its parent asks for, and doesn't outlive it, but for a moment in which it
 * writes down what it was told last.
 *
 * It gets requests and gives answers, in frames; see `protocol.ts` for what there is.
 */
import type { HubJob, HubRequest, HubServer } from '../protocol';
import { connectTo } from './connecting';
import { Hub } from './hub';
import { Parent } from './parent';
import { loadPeers } from './peers';
import { problemIn } from './problems';
import { Requests } from './requests';

const parent = new Parent();
let requests: Requests | undefined;

async function connect(job: HubJob): Promise<HubServer> {
  const peers = loadPeers(job.folders);
  const connection = await connectTo(job, peers);
  requests = new Requests(await Hub.over(connection, peers, parent, job.domain));
  return { version: connection.info?.version ?? '', maxPayload: connection.info?.max_payload ?? 0 };
}

async function answer(request: HubRequest, body: Buffer): Promise<void> {
  try {
    const done = request.ask === 'connect' ? connect(request.with) : requireConnection().do(request, body);
    await parent.say({ id: request.id, answer: await done });
  } catch (error) {
    await parent.say({ id: request.id, problem: problemIn(error) });
  }
}

function requireConnection(): Requests {
  if (requests === undefined) {
    throw new Error('there is no connection yet');
  }
  return requests;
}

// A terminal sends these to all of its processes, but whether the connection is to end is for the parent to say.
process.on('SIGINT', () => {}).on('SIGHUP', () => {});
parent.listen(answer, async () => {
  await requests?.end();
  process.exit();
});
