import { readFileSync, writeFileSync } from 'node:fs';
import {
  addEventHandler,
  type Connection,
  ConnectionLostError,
  closeConnection,
  deliverEvents,
  InvalidArgumentError,
  ManualClock,
  OpenError,
  openConnection,
  sendEvent,
  takeEvents,
  waitForEvents,
} from '../../lib';
import {
  collectEvents,
  expectEvent,
  expectNoEvent,
  openRecording,
  openTestConnection,
  recordEvents,
} from '../../lib/testing';
import { countDescriptors, Scratch } from '../drivers/stream/scratch';
import { eventXml } from '../support/scripted-driver';

const scratch = new Scratch();
afterAll(() => scratch.remove());

/** Records a story of a hypervisor: each of its events, and when it came. */
function recordStory(path: string): { xml: string; time: number }[] {
  const seen: { xml: string; time: number }[] = [];
  using hypervisor = openTestConnection({ seed: 11 });
  const { conn, clock } = hypervisor;
  using _recording = recordEvents(conn, path);
  addEventHandler(conn, null, (_, event) => seen.push({ xml: event.xml, time: clock.monotonic() }));
  for (let turn = 0; turn < 200; turn += 1) {
    clock.advance(100.25);
    deliverEvents(conn);
  }
  return seen;
}

describe('a recording', () => {
  it('is a stream of events, with the pauses between them', () => {
    const path = scratch.path('form');
    using hypervisor = openTestConnection();
    const { conn, clock, domains } = hypervisor;
    const recording = recordEvents(conn, path);
    clock.advance(12.5);
    domains.get('test').suspend();
    domains.get('test').resume();
    const events = collectEvents(conn, null);
    expect(recording).toMatchObject({ path, events: 2 });
    recording.close();
    recording.close();
    expect(readFileSync(path, 'utf8')).toBe(
      `<events>\n<?virdeliver-after 12.5ms?>\n${events[0]?.xml}\n<?virdeliver-after 0ms?>\n${events[1]?.xml}\n</events>\n`,
    );
  });

  it('replays at once, the very same events', () => {
    const path = scratch.path('story');
    const story = recordStory(path);
    expect(story.length).toBeGreaterThan(20);
    using replay = openRecording(path);
    expect(takeEvents(replay).map(({ xml }) => xml)).toEqual(story.map(({ xml }) => xml));
    expect(replay.state).toBe('ended');
  });

  it.each([1, 10])('replays with its pauses, %d times as fast', (speed) => {
    const path = scratch.path('paced');
    const story = recordStory(path);
    const clock = new ManualClock();
    using replay = openRecording(path, { speed, clock });
    const replayed: { xml: string; time: number }[] = [];
    addEventHandler(replay, null, (_, event) => replayed.push({ xml: event.xml, time: clock.monotonic() * speed }));
    while (replay.state === 'open') {
      deliverEvents(replay);
      clock.advance(100.25 / speed);
    }
    expect(replayed.map(({ xml }) => xml)).toEqual(story.map(({ xml }) => xml));
    for (const [index, { time }] of replayed.entries()) {
      expect(Math.abs(time - story[index]!.time)).toBeLessThanOrEqual(101);
    }
  });

  it('replays in synchronous waits and in the event loop of a real clock', async () => {
    const path = scratch.file(`<?virdeliver-after 20ms?>${eventXml('a')}<?virdeliver-after 20ms?>${eventXml('b')}`);
    const start = performance.now();
    using replay = openRecording(path, { speed: 1 });
    expectEvent(replay, ['a'], { within: 60_000 });
    expect(performance.now() - start).toBeGreaterThanOrEqual(20);
    expect(await waitForEvents(replay, { timeoutMs: 60_000 })).toBe(true);
    expect(performance.now() - start).toBeGreaterThanOrEqual(40);
    expectEvent(replay, ['b']);
  });

  it('replays to expectations, which stop a manual clock where an event is due', () => {
    const path = scratch.file(
      `<?virdeliver-after 1000ms?>${eventXml('a')}<?virdeliver-after 500ms?>${eventXml('b')}<?virdeliver-after 1ms?>`,
    );
    const clock = new ManualClock();
    using replay = openRecording(path, { speed: 1, clock });
    expectEvent(replay, ['b'], { within: 60_000 });
    expect(clock.monotonic()).toBe(1500);
  });

  it('lets all of a time pass on a manual clock, also after its end', () => {
    const story = scratch.file(`${eventXml('a')}<?virdeliver-after 7100ms?>${eventXml('b')}`);
    for (const expectation of [
      (conn: Connection) => expectNoEvent(conn, ['never'], { within: 60_000 }),
      (conn: Connection) => collectEvents(conn, ['never'], { within: 60_000 }),
      (conn: Connection) => collectEvents(conn, null, { within: 60_000 }),
      (conn: Connection) =>
        expect(() => expectEvent(conn, ['never'], { within: 60_000 })).toThrow('but of 2 events none'),
    ]) {
      const clock = new ManualClock();
      using conn = openRecording(story, { speed: 1, clock });
      const steps: number[] = [];
      for (const time of [5000, 20_000, 60_000]) {
        clock.schedule(time, () => steps.push(clock.monotonic()));
      }
      expectation(conn);
      expect(clock.monotonic()).toBe(60_000);
      expect(steps).toEqual([5000, 20_000, 60_000]);
    }
  });

  it('is followed by what a script sends after its end', () => {
    const clock = new ManualClock();
    using conn = openRecording(scratch.file(eventXml('a')), { speed: 1, clock });
    clock.schedule(5000, () => sendEvent(conn, eventXml('late')));
    expect(() => expectNoEvent(conn, ['late'], { within: 60_000 })).toThrow('but one came');
    expect(clock.monotonic()).toBe(5000);
  });

  it('holds only what the filter matches', () => {
    const path = scratch.path('filtered');
    using conn = openConnection();
    recordEvents(conn, path, { filter: 'n = $n', variables: { n: 2 } });
    for (const number of [1, 2, 3]) {
      sendEvent(conn, eventXml('a', number));
    }
    deliverEvents(conn);
    expect(takeEvents(openRecording(path)).map(({ xml }) => xml)).toEqual([eventXml('a', 2)]);
  });

  it('ends with the connection, and leaves no descriptor open', () => {
    const path = scratch.path('closed');
    const before = countDescriptors();
    const conn = openConnection();
    recordEvents(conn, path);
    closeConnection(conn);
    expect(countDescriptors()).toBe(before);
    expect(readFileSync(path, 'utf8')).toBe('<events>\n</events>\n');
  });

  it('is there up to the last event while it goes on', () => {
    const path = scratch.path('growing');
    using conn = openConnection();
    recordEvents(conn, path);
    sendEvent(conn, eventXml('a', 1));
    deliverEvents(conn);
    expect(takeEvents(openRecording(path)).map(({ xml }) => xml)).toEqual([eventXml('a', 1)]);
  });

  it('replays up to where it is torn, and tells of it, wherever that is', () => {
    const path = scratch.path('whole');
    const story = recordStory(path).slice(0, 3);
    const whole = readFileSync(path);
    const third = whole.indexOf(story[2]!.xml) + Buffer.byteLength(story[2]!.xml);
    for (let length = 0; length <= third; length += 5) {
      const torn = scratch.file('');
      writeFileSync(torn, whole.subarray(0, length));
      using replay = openRecording(torn, { speed: Number.POSITIVE_INFINITY });
      const events = takeEvents(replay);
      const complete = story.filter(({ xml }) => whole.indexOf(xml) + Buffer.byteLength(xml) <= length);
      expect(events.slice(0, complete.length).map(({ xml }) => xml)).toEqual(complete.map(({ xml }) => xml));
      expect(events.slice(complete.length).every(({ type }) => type === 'events-lost')).toBe(true);
      expect(events.length - complete.length).toBeLessThanOrEqual(1);
    }
  });

  it('overwrites an old one, but not for a filter that is refused', () => {
    const path = scratch.file('an old one');
    using conn = openConnection();
    expect(() => recordEvents(conn, path, { filter: 'a =' })).toThrow('invalid filter');
    expect(readFileSync(path, 'utf8')).toBe('an old one');
    recordEvents(conn, path).close();
    expect(readFileSync(path, 'utf8')).toBe('<events>\n</events>\n');
  });

  const onLinux = process.platform === 'linux' ? it : it.skip;

  onLinux('refuses a full disk, and leaves neither a handler nor a descriptor', () => {
    const before = countDescriptors();
    using conn = openConnection();
    expect(() => recordEvents(conn, '/dev/full')).toThrow(/^cannot open "\/dev\/full": it cannot be written: ENOSPC/);
    expect(countDescriptors()).toBe(before);
    sendEvent(conn, eventXml('a'));
    expect(deliverEvents(conn).unmatched).toBe(1);
  });

  it('refuses a file that cannot be written, and leaves no handler', () => {
    using conn = openConnection();
    const failure = () => recordEvents(conn, `${scratch.folder}/none/events.xml`);
    expect(failure).toThrow(OpenError);
    expect(failure).toThrow(/cannot open ".*none\/events.xml": it cannot be written: ENOENT/);
    sendEvent(conn, eventXml('a'));
    expect(deliverEvents(conn).unmatched).toBe(1);
    expect(() => recordEvents(conn, '')).toThrow("path must be the path of a file, but is ''");
  });
});

describe('openRecording', () => {
  it('takes any path', () => {
    const path = scratch.path('odd %41 name?#&');
    writeFileSync(path, eventXml('a'));
    expectEvent(openRecording(path), ['a']);
  });

  it('says what is wrong with a file', () => {
    expect(() => openRecording(`${scratch.folder}/none.xml`)).toThrow(/none.xml does not exist; check the path/);
    expect(() => openRecording(scratch.folder)).toThrow(/is a directory; name a regular file/);
    const [gap] = takeEvents(openRecording(scratch.file('{"type": "a"}')));
    expect(gap?.type === 'events-lost' && gap.detail?.error?.message).toMatch(
      /expected '<event>' or '<events>', found/,
    );
    const paused = openRecording(scratch.file(`${eventXml('a')}<?virdeliver-after soon?>${eventXml('b')}`), {
      speed: 1,
    });
    expect(takeEvents(paused)).toHaveLength(1);
    expect(() => takeEvents(paused)).toThrow(ConnectionLostError);
  });

  it('refuses a speed that is none', () => {
    const path = scratch.file('');
    for (const speed of [0, -1, Number.NaN, '1']) {
      expect(() => openRecording(path, { speed: speed as number })).toThrow(InvalidArgumentError);
    }
    expect(() => openConnection(`file:${path}?follow`, { replaySpeed: 1 })).toThrow('is for a file that is complete');
    expect(() => openRecording(undefined as never)).toThrow('path must be the path of a file');
    expect(() => openRecording(path, { pauses: true } as object)).toThrow('options.pauses is no option');
  });

  it('passes over the pauses if no speed is given', () => {
    using conn = openRecording(scratch.file(`<?virdeliver-after 60000ms?>${eventXml('a')}`));
    expectEvent(conn, ['a']);
    expectNoEvent(conn, null);
  });
});
