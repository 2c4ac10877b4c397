import { EventFeed } from '../../../lib/drivers/remote/event-feed';
import type { Packet } from '../../../lib/drivers/remote/rpc/packet';
import { XdrWriter } from '../../../lib/drivers/remote/rpc/xdr-writer';
import { DomainStates } from '../../../lib/drivers/remote/states/domain-states';
import type { StateAnswer } from '../../../lib/drivers/remote/states/state-answer';
import { writeDomain } from '../../support/fake-daemon';
import { web } from './daemon-bench';

/** A feed whose daemon answers nothing. */
class Bench {
  told = 0;
  asked = 0;
  readonly answers: ((answer: StateAnswer) => void)[] = [];
  readonly feed = new EventFeed({
    uri: 'test:///default',
    driverType: 'test',
    states: new DomainStates(),
    ask: (_, onAnswer) => {
      this.asked += 1;
      this.answers.push(onAnswer);
    },
    onDue: () => {},
    put: () => {
      this.told += 1;
      return true;
    },
  });
}

function message(procedure: number, write: (writer: XdrWriter) => XdrWriter): Packet {
  const payload = write(new XdrWriter().int(0)).finish();
  return { program: 0x20008086, version: 1, procedure, type: 2, serial: 1, status: 0, payload };
}

/** An event that does not say in which state the domain is. */
const open = message(318, (writer) => writeDomain(writer, web).int(8).int(0));
const plain = message(319, (writer) => writeDomain(writer, web));

describe('while the daemon has not said what an event leaves open', () => {
  it('10,000 messages are held, and no more', () => {
    const bench = new Bench();
    const { feed } = bench;
    feed.take(open);
    for (let held = 0; held < 9999; held += 1) {
      feed.take(plain);
    }
    expect([bench.told, feed.isWaiting]).toEqual([0, true]);
    feed.take(plain);
    expect([bench.told, feed.isWaiting]).toEqual([10_001, false]);
  });

  it('16 MiB of messages are held, and no more', () => {
    const bench = new Bench();
    const { feed } = bench;
    feed.take(open);
    const mebibyte = {
      ...plain,
      payload: Buffer.concat([plain.payload, Buffer.alloc(1024 * 1024 - plain.payload.length)]),
    };
    for (let held = 0; held < 15; held += 1) {
      feed.take(mebibyte);
    }
    expect([bench.told, feed.isWaiting]).toEqual([0, true]);
    feed.take(mebibyte);
    expect([bench.told, feed.isWaiting]).toEqual([17, false]);
  });

  it('it is asked 1,000 times, and then not any more before it answers', () => {
    const bench = new Bench();
    const { feed } = bench;
    for (let events = 0; events < 2000; events += 1) {
      feed.take(open);
      if (feed.isWaiting) {
        feed.hurry();
      }
    }
    expect(bench.told).toBe(2000);
    expect(bench.asked).toBe(1000);
  });
});
