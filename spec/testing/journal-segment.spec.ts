/** A journal's segment, as it is, is a recording. */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Connection, closeConnection, deliverEvents, openConnection, takeEvents, testDomains } from '../../lib';
import { journalEvents } from '../../lib/collector';
import { openRecording } from '../../lib/testing';
import { main } from '../support/built';
import { run } from '../support/run-program';

let folder: string;
let conn: Connection;
let journal: ReturnType<typeof journalEvents>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-segment-'));
  conn = openConnection('test:///default');
  journal = journalEvents(conn, folder, { host: 'kvm-17' });
  // What ends an instruction, in a domain's name.
  testDomains(conn).define({ name: 'a?>b' }).start();
  deliverEvents(conn);
});
afterEach(() => {
  closeConnection(conn);
  rmSync(folder, { recursive: true });
});

/** The newest segment's path; as long as the journal is written it has no end. */
const segment = (): string =>
  join(
    folder,
    readdirSync(folder)
      .filter((name) => name.endsWith('.xml'))
      .sort()
      .at(-1)!,
  );

/** The newest segment's events, as they stand there. */
const eventsIn = (): string[] => readFileSync(segment(), 'utf8').match(/^<event .*?<\/event>$/gm) ?? [];

const ways: [string, (path: string) => Connection][] = [
  ['openRecording', (path) => openRecording(path)],
  ['openRecording with a speed', (path) => openRecording(path, { speed: 1 })],
  ['file:', (path) => openConnection(`file:${path}`)],
];

describe.each(ways)('by %s', (_, open) => {
  const read = (): string[] => {
    using recording = open(segment());
    const events = takeEvents(recording).map(({ xml }) => xml);
    expect(recording.state).toBe('ended');
    return events;
  };

  it('all whole events of a segment that is still written are read, then it ends', () => {
    expect(eventsIn().length).toBeGreaterThanOrEqual(2);
    expect(read()).toEqual(eventsIn());
  });

  it('those of one that begins with the states of domains, and of one that has its end', () => {
    journal[Symbol.dispose]();
    expect(readFileSync(segment(), 'utf8')).toMatch(/<\/events>\n$/);
    expect(read()).toEqual(eventsIn());
    closeConnection(conn);
    conn = openConnection('test:///default', { domains: [{ name: 'a?>b', state: 'running' }] });
    using _again = journalEvents(conn, folder, { host: 'kvm-17' });
    testDomains(conn).get('a?>b').suspend();
    deliverEvents(conn);
    expect(readFileSync(segment(), 'utf8')).toContain('name="a?&gt;b"');
    expect(read()).toEqual(eventsIn());
    expect(read().at(-1)).toContain('from="running" to="paused"');
  });

  it('an entry that is torn is a gap behind the others', () => {
    const events = eventsIn();
    appendFileSync(segment(), '<?virdeliver-entry 99 80 01234567 2026-01-02T03:04:05.000006Z?>\n<event type="t" time');
    const found = read();
    expect(found.slice(0, -1)).toEqual(events);
    expect(found.at(-1)).toMatch(
      /^<event type="events-lost" .* cause="invalid"><error code="ERR_EVENT_UNEXPECTED_END"/,
    );
  });

  it('an entry of which only the instruction is there yet is nothing', () => {
    const events = eventsIn();
    const whole = readFileSync(segment(), 'utf8');
    const entry = '<?virdeliver-entry 99 80 01234567 2026-01-02T03:04:05.000006Z?>\n';
    writeFileSync(segment(), whole + entry);
    expect(read()).toEqual(events);
  });
});

it('virdeliver replay shows its events', async () => {
  expect(await run(process.execPath, [main, 'replay', segment(), '--format', 'xml'])).toEqual({
    status: 0,
    stdout: `${eventsIn().join('\n')}\n`,
    stderr: '',
  });
});
