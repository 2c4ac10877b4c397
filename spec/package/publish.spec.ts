/** What keeps the package from being published before anybody can know where it is from. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Outcome, root, run } from '../support/run-program';

jest.setTimeout(60_000);

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-publish-'));
  cpSync(join(root, 'scripts', 'check-addresses.js'), join(folder, 'scripts', 'check-addresses.js'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Publishes on trial what package.json says if it has some addresses, without building it. */
function publish(addresses: Readonly<Record<string, unknown>>): Promise<Outcome> {
  const description = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const field of ['repository', 'bugs', 'homepage']) {
    delete description[field];
  }
  description.scripts.prepack = undefined;
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...description, ...addresses }));
  return run('npm', ['publish', '--dry-run'], { cwd: folder });
}

const repository = { type: 'git', url: 'git+https://forge.example/virdeliver.git' };
const bugs = { url: 'https://forge.example/virdeliver/issues' };
const homepage = 'https://forge.example/virdeliver';

describe('npm publish', () => {
  it('is refused while package.json lacks the addresses, and names each that is missing', async () => {
    const none = await publish({});
    expect(none.stderr).toContain('Not published: package.json lacks "repository", "bugs", "homepage".\n');
    expect(none.stderr).not.toContain('total files');
    expect(none.status).toBe(1);
    const { stderr, status } = await publish({ repository, homepage: '' });
    expect(stderr).toContain('Not published: package.json lacks "bugs", "homepage".\n');
    expect(status).toBe(1);
  });

  it('goes on when they are there', async () => {
    const { stderr, status } = await publish({ repository, bugs, homepage });
    expect(stderr).toMatch(/total files: +\d+/);
    expect(status).toBe(0);
  });
});
