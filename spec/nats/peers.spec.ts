import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadPeers, MissingPackageError } from '../../lib/nats/program/peers';
import { Scratch } from '../drivers/stream/scratch';
import { thrownBy } from '../support/thrown-by';

const scratch = new Scratch();
afterAll(() => scratch.remove());

/** A folder in which packages are installed, each of which says where. */
function installed(name: string, ...packages: string[]): string {
  const folder = join(scratch.folder, name);
  mkdirSync(folder);
  for (const one of packages) {
    const place = join(folder, 'node_modules', '@nats-io', one);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'index.js'), `exports.place = ${JSON.stringify(name)};`);
  }
  return folder;
}

describe("The packages of NATS' client", () => {
  it('are taken from the first folder that has them both', () => {
    const none = installed('none');
    const half = installed('half', 'jetstream');
    const whole = installed('whole', 'jetstream', 'transport-node');
    const other = installed('other', 'jetstream', 'transport-node');
    expect(loadPeers([none, half, whole, other])).toMatchObject({
      transport: { place: 'whole' },
      jetstream: { place: 'whole' },
    });
  });

  it('are named if they are missing, with what installs them', () => {
    const remedy = 'by which NATS is spoken to; run: npm install @nats-io/transport-node @nats-io/jetstream';
    const bare = installed('bare');
    const error = thrownBy<Error>(() => loadPeers([bare]));
    expect(error).toBeInstanceOf(MissingPackageError);
    expect(error.message).toBe(`@nats-io/transport-node and @nats-io/jetstream are not installed, ${remedy}`);
    const only = installed('only', 'transport-node');
    expect(thrownBy<Error>(() => loadPeers([bare, only])).message).toBe(
      `@nats-io/jetstream is not installed, ${remedy}`,
    );
  });
});
