import { deliverEvents } from '../../lib';
import '../support/built';
import { deliveredBy, NatsBench } from '../support/nats-bench';
import { describeNats } from '../support/nats-server';

describeNats('a reader of a stream', () => {
  let bench: NatsBench;
  beforeAll(async () => {
    bench = await NatsBench.start();
  });
  beforeEach(() => bench.makeStream());
  afterEach(() => bench.closeAll());
  afterAll(() => bench.stop());

  it('goes on where it was, in the next process', async () => {
    await bench.publishMany(5);
    const first = bench.open('?reader=pager');
    expect(deliveredBy(first, 3)).toEqual(['kvm-1:1', 'kvm-1:2', 'kvm-1:3']);
    first.close();
    await bench.publishMany(1);
    const second = bench.open('?reader=pager');
    expect(deliveredBy(second, 3)).toEqual(['kvm-1:4', 'kvm-1:5', 'kvm-1:6']);
    second.close();
    expect(deliverEvents(bench.open('?reader=pager')).events).toBe(0);
  });
});
