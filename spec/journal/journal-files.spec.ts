import { factsIfThere, hasCode, leadsTo, makeFolder, withFile } from '../../lib/journal/journal-files';
import { thrownBy } from '../support/thrown-by';
import { FakeDisk, systemError } from './fake-disk';

const diskWith = (...names: string[]) =>
  new FakeDisk(new Map([['/', new Map(names.map((name) => [name, Buffer.from(name)]))]]));

describe('the files of a journal', () => {
  it('stand in a folder that is made once, unless that fails', () => {
    const disk = diskWith();
    makeFolder(disk, '/journal', 0o750);
    makeFolder(disk, '/journal', 0o750);
    expect(disk.list('/')).toEqual(['journal']);
    expect(thrownBy(() => makeFolder(disk, '/no/where', 0o750))).toMatchObject({ code: 'ENOENT' });
  });

  it('may be gone, which is no other failure', () => {
    const disk = diskWith('a');
    expect(factsIfThere(disk, '/b')).toBeUndefined();
    disk.onCall = (_, path) => {
      throw systemError('EIO', path);
    };
    expect(thrownBy(() => factsIfThere(disk, '/a'))).toMatchObject({ code: 'EIO' });
  });

  it('are told from what has their names by now, or nothing, or the same number on another disk', () => {
    const disk = diskWith('a', 'b');
    const fd = disk.open('/a', 'read');
    expect(leadsTo(disk, '/a', fd)).toBe(true);
    expect(leadsTo(disk, '/b', fd)).toBe(false);
    expect(leadsTo(disk, '/c', fd)).toBe(false);
    const { facts } = disk;
    disk.facts = (file) => ({ ...facts.call(disk, file), dev: typeof file === 'number' ? 1n : 2n });
    expect(leadsTo(disk, '/a', fd)).toBe(false);
  });

  it('are closed after their use, also if that fails', () => {
    const disk = diskWith('a');
    expect(withFile(disk, '/a', 'read', (fd) => disk.facts(fd).size)).toBe(1);
    const fail = () => {
      throw systemError('EIO', '/a');
    };
    expect(thrownBy(() => withFile(disk, '/a', 'read', fail))).toMatchObject({ code: 'EIO' });
    expect(disk.openFiles).toEqual([]);
  });

  it('fail with codes, which nothing else has', () => {
    expect([systemError('EIO', '/'), new Error('EIO'), undefined].map((error) => hasCode(error, 'EIO', 'x'))).toEqual([
      true,
      false,
      false,
    ]);
  });
});
