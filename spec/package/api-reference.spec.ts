import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programOf, root, succeed } from '../support/run-program';

// All of the library's types are resolved, which takes long on a busy machine.
jest.setTimeout(120_000);

describe('The API reference', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'virdeliver-reference-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is made without a warning, of the library, of journals, and of what tests want of it', async () => {
    // Errors of types are what `npm run check` looks for.
    await succeed(process.execPath, [programOf('typedoc'), '--skipErrorChecking', '--out', folder], { cwd: root });
    for (const page of ['index.openConnection', 'collector.journalEvents', 'testing.expectEvent'].map(
      (name) => `functions/${name}.html`,
    )) {
      expect(existsSync(join(folder, page))).toBe(true);
    }
  });
});
