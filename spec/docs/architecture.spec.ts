import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/run-program';

const page = readFileSync(join(root, 'docs', 'architecture.md'), 'utf8');
const named = [...page.matchAll(/`((?:[a-z-]+\/)+(?:[a-z-]+\.[a-z]+)?|[a-z-]+\.ts)`/g)].map(
  ([, path]) => path as string,
);

describe('docs/architecture.md', () => {
  it.each([...new Set(named)])('names %s, which is there', (path) => {
    const places = [
      '',
      'lib',
      'lib/drivers',
      'lib/drivers/remote',
      'lib/delivery',
      'lib/event',
      'lib/filter',
      'lib/xpath',
    ];
    expect(places.some((place) => existsSync(join(root, place, path)))).toBe(true);
  });

  it('names every room', () => {
    const rooms = readdirSync(join(root, 'lib'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${name}/`);
    expect(rooms.length).toBeGreaterThan(6);
    expect(rooms.filter((room) => !named.includes(room))).toEqual([]);
  });
});
