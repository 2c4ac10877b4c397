/** The remote driver against a real libvirtd that has as many clients as it takes. */
import { type Connection, closeConnection, OpenError, openConnection } from '../../lib';
import { RpcChannel } from '../../lib/drivers/remote/rpc/rpc-channel';
import { describeLive, PrivateLibvirtd } from '../support/private-libvirtd';

describeLive('a libvirtd with max_clients connections', () => {
  let daemon: PrivateLibvirtd;
  beforeAll(async () => {
    daemon = await PrivateLibvirtd.start({ settings: ['max_clients = 2', 'max_anonymous_clients = 2'] });
  }, 60_000);
  afterAll(() => daemon.stop());
  afterEach(() => jest.restoreAllMocks());

  it('leaves the next one without an answer, which is told so, until another has gone', () => {
    const open = (): Connection => openConnection(`test+unix:///default?socket=${daemon.socket}`);
    const [first, second] = [open(), open()];
    const { callAll } = RpcChannel.prototype;
    const spy = jest.spyOn(RpcChannel.prototype, 'callAll').mockImplementation(function (this: RpcChannel, some) {
      return callAll.call(this, some, 500);
    });
    expect(open).toThrow(OpenError);
    expect(open).toThrow('has as many clients as it takes (max_clients in its configuration)');
    spy.mockRestore();
    closeConnection(first);
    closeConnection(open());
    closeConnection(second);
  }, 60_000);
});
