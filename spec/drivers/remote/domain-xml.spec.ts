import {
  addEventHandler,
  connectionStats,
  DaemonError,
  deliverEvents,
  domainXml,
  domainXmlAsync,
  listDomains,
  takeEvents,
} from '../../../lib';
import { calls } from '../../../lib/drivers/remote/rpc/protocol';
import { hexOf } from '../../support/annotated-hex';
import { type Rule, replyTo, writeDomain, xdr } from '../../support/fake-daemon';
import { thrownBy } from '../../support/thrown-by';
import {
  brief,
  lifecycle,
  lifecycleEvent,
  numberedEvents,
  persistent,
  refusalOf,
  takeUntil,
  useDaemonBench,
  web,
} from './daemon-bench';

const bench = useDaemonBench();
const asksForXml = calls.domainGetXmlDesc.number;
const XML = "<domain type='test' id='3'>\n  <name>web</name>\n</domain>\n";

/** Rules by which a daemon describes a domain, after whatever it does before. */
function described(...before: Rule['steps']): Rule[] {
  const [{ steps } = { steps: [] }] = [replyTo(calls.domainGetXmlDesc, (reply) => reply.string(XML))];
  return [
    {
      ...replyTo(calls.domainLookupByName, (reply) => writeDomain(reply, web)),
      payload: xdr((call) => call.string('web')),
    },
    {
      ...replyTo(calls.domainLookupByUuid, (reply) => writeDomain(reply, web)),
      payload: xdr((call) => call.uuid(web.uuid)),
    },
    { program: calls.domainGetXmlDesc.program, procedure: asksForXml, steps: [...before, ...steps] },
    ...persistent(web),
  ];
}

describe('domainXml of a daemon', () => {
  it.each<[string, string | { uuid: string }]>([
    ['name', 'web'],
    ['UUID', web.uuid],
    ['UUID of what has one', web],
  ])('is what the daemon says of the domain of that %s', async (_, domain) => {
    const conn = bench.connect(await bench.start({ rules: described() }));
    expect(domainXml(conn, domain)).toBe(XML);
    expect(await domainXmlAsync(conn, domain)).toBe(XML);
  });

  it('asks for the configuration of the next start if that is wanted', async () => {
    const daemon = await bench.start({ rules: described() });
    const conn = bench.connect(daemon);
    domainXml(conn, 'web');
    domainXml(conn, 'web', { inactive: true });
    const questions = (await daemon.received()).filter(({ procedure }) => procedure === asksForXml);
    expect(questions.map(({ payload }) => hexOf(payload))).toEqual([
      xdr((call) => writeDomain(call, web).uint(0)),
      xdr((call) => writeDomain(call, web).uint(2)),
    ]);
  });

  it('can be asked for in a handler; the events that come meanwhile wait in the queue, in order', async () => {
    const daemon = await bench.start({ rules: described(numberedEvents(2), lifecycleEvent(lifecycle.resumed)) });
    const conn = bench.connect(daemon);
    const seen: string[] = [];
    addEventHandler(conn, null, (conn, event) => {
      seen.push(brief(event));
      if (event.type === 'domain-state-transition' && event.detail?.to === 'paused') {
        seen.push(domainXml(conn, event.detail.domain), listDomains(conn)[0]!.state);
      }
    });
    daemon.perform(lifecycleEvent(lifecycle.suspended));
    expect(deliverEvents(conn, { waitMs: 5000 })).toMatchObject({ events: 1, remaining: 3 });
    expect(seen).toEqual(['web: running → paused', XML, 'running']);
    deliverEvents(conn);
    expect(seen.slice(3)).toEqual(['0.0', '0.1', 'web: paused → running']);
  });

  it('comes also if the queue is full', async () => {
    const daemon = await bench.start({ rules: described(numberedEvents(20)) });
    const conn = bench.connect(daemon, { queue: { maxEvents: 2 } });
    expect(domainXml(conn, 'web')).toBe(XML);
    expect(takeUntil(conn, '0.19')).toHaveLength(20);
  });

  it('may be asked for many times at once in the event loop, whoever delivers meanwhile', async () => {
    const conn = bench.connect(await bench.start({ rules: described(numberedEvents(1)) }));
    const answers = Array.from({ length: 12 }, () => domainXmlAsync(conn, 'web'));
    expect(domainXml(conn, 'web')).toBe(XML);
    expect(new Set(await Promise.all(answers))).toEqual(new Set([XML]));
    expect(takeEvents(conn)).toHaveLength(13);
  });

  it('is refused with the domain, the message of the daemon and its number; the connection goes on', async () => {
    const refusal = refusalOf(calls.domainLookupByName, 42, "Domain not found: no domain with matching name 'db'");
    const conn = bench.connect(await bench.start({ rules: [refusal, ...described()] }));
    const error = thrownBy(() => domainXml(conn, 'db'));
    expect(error).toBeInstanceOf(DaemonError);
    expect(error).toMatchObject({
      code: 'ERR_DAEMON',
      number: 42,
      message:
        "cannot get the XML of the domain 'db': Domain not found: no domain with matching name 'db' (libvirt's error 42)",
    });
    await expect(domainXmlAsync(conn, 'db')).rejects.toMatchObject({ number: 42 });
    expect(domainXml(conn, web)).toBe(XML);
  });

  it('fails with its daemon, which is told as ever, and is there again when the daemon is', async () => {
    const path = bench.path;
    await bench.start({ rules: described({ do: 'die' }) }, path);
    const conn = bench.connect({ path }, { reconnect: true });
    expect(thrownBy(() => domainXml(conn, 'web'))).toMatchObject({
      code: 'ERR_DAEMON_GONE',
      reason: 'eof',
      message: expect.stringMatching(/^cannot get the XML of the domain 'web': the daemon closed the connection/),
    });
    expect(takeUntil(conn, 'connection-lost')).toEqual(['connection-lost']);
    expect(thrownBy(() => domainXml(conn, web))).toMatchObject({
      code: 'ERR_DAEMON_GONE',
      message: "cannot get the XML of the domain 'web': the connection to the daemon is lost",
    });
    await bench.start({ rules: described() }, path);
    takeUntil(conn, 'connection-restored');
    expect(connectionStats(conn).reconnecting).toBeUndefined();
    expect(domainXml(conn, 'web')).toBe(XML);
  });
});
