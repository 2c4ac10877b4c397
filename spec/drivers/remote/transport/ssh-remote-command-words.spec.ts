import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import { quoteForShell } from '../../../../lib/drivers/remote/transport/ssh-remote-command';
import { often } from '../../../support/often';

/** The shells of this machine, of those that a user may have. */
const shells = ['sh', 'bash', 'dash', 'zsh', 'ksh', 'mksh', 'tcsh', 'fish'].filter(
  (shell) => spawnSync(shell, ['-c', 'true']).status === 0,
);

/** The words that a program gets whose command line a shell reads. */
function readBack(shell: string, words: readonly string[]): string[] {
  const program = 'process.stdout.write(process.argv.slice(1).join("\\0"))';
  const line = [process.execPath, '-e', program, '--', ...words].map(quoteForShell).join(' ');
  const { stdout, stderr } = spawnSync(shell, ['-c', line], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.split('\0');
}

/** Text without the characters that no word holds. */
const word = fc
  .oneof(
    fc.string({ unit: fc.constantFrom(...'ab -\'"\\!$`~%*?[]{}()<>&|;#=^@:é\u{1f41f}') }),
    fc.string({ unit: 'binary' }),
  )
  .map((text) => text.replaceAll(/\p{Cc}/gu, ''));

describe('a word for a shell', () => {
  it.each(shells)('is read by %s as it is, whatever it holds', (shell) => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 40 }), (words) => {
        expect(readBack(shell, words)).toEqual(words);
      }),
      { seed: 7, numRuns: often(10) },
    );
  });

  it('stays as it is if no shell sees a meaning in it', () => {
    const words = ['nc', '/var/run/libvirt/libvirt-sock', '-r', 'qemu:///system'];
    expect(words.map(quoteForShell)).toEqual(words);
  });

  it.each([
    ['', "''"],
    ['a b', "'a b'"],
    ["it's", `'it'"'"'s'`],
    ['wow!', `'wow'\\!`],
    ['back\\slash', `'back'\\\\'slash'`],
    ['$HOME', "'$HOME'"],
    ['~', "'~'"],
    ['=ls', "'=ls'"],
  ])('is quoted if a shell does: %j', (text, quoted) => {
    expect(quoteForShell(text)).toBe(quoted);
  });
});
