import { addEventHandler, deliverEvents } from '../../../lib';
import type { FakeDisk, Survival } from '../../journal/fake-disk';
import { eventXml } from '../../support/scripted-driver';
import { append, emptyDisk, openJournalOn, openWriter } from './journal-on-fake-disk';

const nothingSurvives: Survival = {
  writes: (count) => Array<boolean>(count).fill(false),
  cut: () => 0,
  steps: () => 0,
};

/** What a run of the reader is given: the events' text, and gaps by their causes. */
function story(disk: FakeDisk, name = 'a'): string[] {
  const conn = openJournalOn(disk, `?reader=${name}&follow=no`);
  const found: string[] = [];
  addEventHandler(conn, null, (_, event) => {
    found.push(event.type === 'events-lost' ? `gap ${event.string('@cause')}` : event.string('n'));
  });
  deliverEvents(conn);
  conn.close();
  return found;
}

/** A journal whose last three entries the disk hasn't got yet, and a reader that has them behind it, for sure. */
function aheadOfTheDisk(): FakeDisk {
  const disk = emptyDisk();
  const writer = openWriter(disk);
  append(writer, 5);
  for (let event = 6; event <= 8; event += 1) {
    writer.append(eventXml('t', event));
  }
  expect(story(disk)).toHaveLength(8);
  return disk.afterPowerFailure(nothingSurvives);
}

describe('a reader whose bookmark survives a loss of power that the last entries do not', () => {
  it('is given all that is new, and told that something is missing', () => {
    const disk = aheadOfTheDisk();
    const writer = openWriter(disk, { boot: 'boot-2' });
    writer.append(eventXml('t', 'new'));
    writer.append(eventXml('t', 'newer'));
    writer.close();
    expect(story(disk)).toEqual(['gap unclean', 'new', 'newer']);
    expect(story(disk)).toEqual([]);
    expect(story(disk, 'b')).toEqual(['1', '2', '3', '4', '5', 'gap unclean', 'new', 'newer']);
  });

  it('is given it also if more is new than was lost, and if the machine cannot tell that it was started anew', () => {
    const disk = aheadOfTheDisk();
    const writer = openWriter(disk, { boot: '' });
    for (let event = 1; event <= 20; event += 1) {
      writer.append(eventXml('t', `new ${event}`));
    }
    writer.close();
    expect(story(disk)).toEqual(['gap unclean', ...Array.from({ length: 20 }, (_, at) => `new ${at + 1}`)]);
  });

  it('is refused until the collector has begun again, since nobody knows yet what is lost', () => {
    const disk = aheadOfTheDisk();
    expect(() => story(disk)).toThrow(expect.objectContaining({ code: 'ERR_BOOKMARK' }));
    expect(() => story(disk)).toThrow('after a loss of power start the collector first');
  });
});
