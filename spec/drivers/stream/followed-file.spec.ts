import {
  appendFileSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import type { Driver } from '../../../lib/drivers/driver';
import { eventText, openRecorded, pumpAll, type RecordingSink, waitUntil } from './recording-sink';
import { countDescriptors, Scratch } from './scratch';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const LOST = 'events-lost';
const numbered = (first: number, end: number): string =>
  Array.from({ length: end - first }, (_, index) => eventText(first + index)).join('');
const numbers = (first: number, end: number): string[] =>
  Array.from({ length: end - first }, (_, index) => String(first + index));

interface Followed {
  readonly path: string;
  readonly sink: RecordingSink;
  /** Looks at the file until so much has come. */
  look(entries: number): Promise<void>;
}

/** The two ways in which a program has a file looked at. */
const ways: [way: string, look: (driver: Driver, sink: RecordingSink, entries: number) => Promise<void>][] = [
  [
    'in pumps',
    async (driver, sink, entries) => {
      pumpAll(driver);
      expect(sink.log.length).toBeGreaterThanOrEqual(entries);
    },
  ],
  [
    'in the event loop',
    async (driver, sink, entries) => {
      driver.listen();
      await sink.until((log) => log.length >= entries);
      driver.unlisten();
    },
  ],
];

describe.each(ways)('a followed file, looked at %s,', (_, look) => {
  const drivers: Driver[] = [];
  afterEach(() => {
    for (const driver of drivers.splice(0)) {
      driver.close();
    }
  });

  async function follow(content: string, path = scratch.file(content)): Promise<Followed> {
    const { driver, sink } = openRecorded(`file:${path}?follow`);
    drivers.push(driver);
    const followed = { path, sink, look: (entries: number) => look(driver, sink, entries) };
    await followed.look(content.split('</event>').length - 1);
    return followed;
  }

  it('that is renamed and made anew is read to its end, and then the new one', async () => {
    const { path, sink, look } = await follow(numbered(0, 2));
    const writer = openSync(path, 'a');
    writeSync(writer, numbered(2, 3));
    renameSync(path, `${path}.1`);
    writeSync(writer, numbered(3, 4));
    await look(4);
    writeFileSync(path, '');
    writeSync(writer, numbered(4, 5));
    await look(5);
    writeSync(writer, numbered(5, 6));
    appendFileSync(path, numbered(6, 8));
    await look(8);
    appendFileSync(path, numbered(8, 9));
    await look(9);
    closeSync(writer);
    expect(sink.log).toEqual(numbers(0, 9));
  });

  it('that is renamed in the middle of an event loses that event alone', async () => {
    const { path, sink, look } = await follow(`${numbered(0, 1)}<event type="torn`);
    renameSync(path, `${path}.1`);
    writeFileSync(path, numbered(1, 2));
    await look(3);
    expect(sink.log).toEqual(['0', 'invalid ERR_EVENT_UNEXPECTED_END', '1']);
  });

  it.each(['shorter', 'longer'])(
    'that is deleted and made anew, %s, is the old one and then the new one',
    async (kind) => {
      const { path, sink, look } = await follow(numbered(0, 3));
      appendFileSync(path, numbered(3, 4));
      unlinkSync(path);
      await look(4);
      const end = kind === 'shorter' ? 5 : 20;
      writeFileSync(path, numbered(4, end));
      await look(end);
      expect(sink.log).toEqual(numbers(0, end));
    },
  );

  it('that is replaced by a rename is the old one and then the new one', async () => {
    const { path, sink, look } = await follow(numbered(0, 2));
    const other = scratch.file(numbered(3, 6));
    appendFileSync(path, numbered(2, 3));
    renameSync(other, path);
    await look(6);
    expect(sink.log).toEqual(numbers(0, 6));
  });

  it('that is a symbolic link is what it leads to, now and later', async () => {
    const [first, second, link] = [scratch.file(numbered(0, 2)), scratch.file(numbered(2, 4)), scratch.path('link')];
    symlinkSync(first, link);
    const { sink, look } = await follow(numbered(0, 2), link);
    unlinkSync(link);
    symlinkSync(second, link);
    await look(4);
    expect(sink.log).toEqual(numbers(0, 4));
  });

  it('that is copied and truncated is read anew, after a gap', async () => {
    const { path, sink, look } = await follow(numbered(0, 3));
    copyFileSync(path, `${path}.1`);
    truncateSync(path);
    await look(4);
    appendFileSync(path, numbered(3, 4));
    await look(5);
    expect(sink.log).toEqual([...numbers(0, 3), LOST, '3']);
    expect(sink.events[3]?.xml).toMatch(
      /^<event type="events-lost" timestamp="[^"]+Z" unknown="true" cause="expired"\/>$/,
    );
  });

  it.each([0, 1, 200])(
    'that is truncated and grows %i bytes past its old size unseen is read anew, after a gap',
    async (more) => {
      const { path, sink, look } = await follow(numbered(10, 40));
      const content = numbered(50, 80);
      writeFileSync(path, `${content}${' '.repeat(more)}`);
      await look(61);
      expect(sink.log).toEqual([...numbers(10, 40), LOST, ...numbers(50, 80)]);
    },
  );

  it('that goes on where it was written over with the same is not read anew', async () => {
    const { path, sink, look } = await follow(numbered(0, 30));
    writeFileSync(path, numbered(0, 31));
    await look(31);
    expect(sink.log).toEqual(numbers(0, 31));
  });

  it('that was empty when it was replaced is the new one alone', async () => {
    const { path, sink, look } = await follow('');
    renameSync(scratch.file(numbered(0, 2)), path);
    await look(2);
    expect(sink.log).toEqual(numbers(0, 2));
  });

  it('whose name a folder takes for a moment is found again', async () => {
    const { path, sink, look } = await follow(numbered(0, 1));
    unlinkSync(path);
    mkdirSync(path);
    await look(1);
    renameSync(path, `${path}.folder`);
    writeFileSync(path, numbered(1, 2));
    await look(2);
    expect(sink.log).toEqual(numbers(0, 2));
  });
});

it('A followed file that was replaced many times leaves no descriptor open', () => {
  const path = scratch.file(numbered(0, 1));
  const before = countDescriptors();
  const { driver, sink } = openRecorded(`file:${path}?follow`);
  for (let round = 1; round < 20; round += 1) {
    pumpAll(driver);
    renameSync(scratch.file(numbered(round, round + 1)), path);
  }
  pumpAll(driver);
  expect([sink.log, countDescriptors()]).toEqual([numbers(0, 20), before + 1]);
  renameSync(scratch.file(numbered(20, 21)), path);
  driver.close();
  expect(countDescriptors()).toBe(before);
});

it('A followed file of one byte is read anew when it is truncated and written anew', () => {
  const path = scratch.file('\n');
  const { driver, sink } = openRecorded(`file:${path}?follow`);
  pumpAll(driver);
  writeFileSync(path, numbered(0, 1));
  pumpAll(driver);
  expect(sink.log).toEqual([LOST, '0']);
  driver.close();
});

it('A followed file whose name a folder keeps loses the connection, and says why', () => {
  const path = scratch.file(numbered(0, 1));
  const { driver, sink } = openRecorded(`file:${path}?follow`);
  pumpAll(driver);
  unlinkSync(path);
  mkdirSync(path);
  waitUntil(driver, () => sink.log.includes('lost'));
  expect(sink.losses[0]?.message).toBe(`what is now at ${path} is not a regular file`);
});
