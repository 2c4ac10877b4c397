import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { runInLoop, runNow } from '../../../../lib/drivers/io/dialogue';
import { type AuthenticationRequest, findCredentials } from '../../../../lib/drivers/remote/auth/credentials';
import { InvalidArgumentError, OpenError } from '../../../../lib/errors';
import { nowhere, requestOf } from './auth-bench';

const folder = mkdtempSync(join(tmpdir(), 'virdeliver-credentials-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ANN = { user: 'ann', password: 'open sesame' };

const find = (request: AuthenticationRequest) => runNow(findCredentials(request, 'SCRAM-SHA-256'));
const findAsync = (request: AuthenticationRequest) => runInLoop(findCredentials(request, 'SCRAM-SHA-256'));

/** A request with a file that says this. */
function requestWith(lines: string, uri?: string): AuthenticationRequest {
  const file = join(folder, 'auth.conf');
  writeFileSync(file, `[auth-libvirt-default]\ncredentials=x\n[credentials-x]\n${lines}\n`);
  const variables = { LIBVIRT_AUTH_FILE: file };
  return requestOf({ environment: { ...nowhere, variables } }, uri);
}

/** What asking a function brings that behaves wrongly. */
const asking = (credentials: unknown) => () =>
  find(requestOf({ credentials: credentials as NonNullable<AuthenticationRequest['credentials']> }));

describe('credentials', () => {
  it("are the option's, before those of a file", () => {
    const request = { ...requestWith('authname=bob\npassword=x'), credentials: ANN };
    expect(find(request)).toEqual(ANN);
  });

  it("are what the option's function returns, which is told what they are for", () => {
    const credentials = jest.fn(() => ({ ...ANN, more: 1 }));
    const request = requestOf({ credentials, host: 'h.example' }, 'qemu+tls://ann@h.example/system');
    expect(find(request)).toEqual(ANN);
    expect(credentials.mock.calls).toEqual([
      [
        {
          uri: 'qemu+tls://ann@h.example/system',
          host: 'h.example',
          mechanism: 'SCRAM-SHA-256',
          user: 'ann',
        },
      ],
    ]);
  });

  it('may be promised if the event loop has its turns', async () => {
    const request = requestOf({ credentials: async () => ANN });
    await expect(findAsync(request)).resolves.toEqual(ANN);
    expect(() => find(request)).toThrow(
      new InvalidArgumentError('options.credentials', 'returned a promise, which only openConnectionAsync awaits'),
    );
  });

  it('are those of the file if there is no option', () => {
    expect(find(requestWith('authname=bob\npassword=x'))).toEqual({ user: 'bob', password: 'x' });
  });

  it('are not there if neither is; it is said how they can be given', () => {
    const look = () => find(requestOf({ host: 'h.example' }));
    expect(look).toThrow(OpenError);
    expect(look).toThrow(
      'cannot open "qemu:///system": the daemon on h.example asks for a user and a password (SCRAM-SHA-256), and there are none: ' +
        'give the option credentials, or a file of them by LIBVIRT_AUTH_FILE or the parameter authfile, or make an auth.conf; ' +
        'looked at /nowhere/home/.config/libvirt/auth.conf (is not there), /nowhere/etc/auth.conf (is not there)',
    );
  });

  it.each([
    ['authname=bob', 'lack password='],
    ['password=x', 'lack authname='],
  ])('are not complete in a file with %s alone', (lines, problem) => {
    const place = join(folder, 'auth.conf:3');
    expect(() => find(requestWith(lines))).toThrow(`${place}: the credentials for localhost ${problem}`);
  });
});

describe('the user that the URI names', () => {
  it('may be left out in the file', () => {
    const request = requestWith('password=x', 'qemu+tls://bob@host/system');
    expect(find(request)).toEqual({ user: 'bob', password: 'x' });
  });

  it('is the one who comes in', () => {
    const uri = 'qemu+tls://ann@host/system';
    const bob = { ...ANN, user: 'bob' };
    const problem = (source: string) => `the URI names the user "ann", but ${source} has "bob"`;
    expect(find(requestWith('authname=ann\npassword=x', uri))).toEqual({ user: 'ann', password: 'x' });
    expect(() => find(requestWith('authname=bob\npassword=x', uri))).toThrow(problem(join(folder, 'auth.conf:3')));
    expect(() => find(requestOf({ credentials: bob }, uri))).toThrow(problem('options.credentials'));
    expect(() => find(requestOf({ credentials: () => bob }, uri))).toThrow(problem('the function options.credentials'));
  });

  it.each(['ssh', 'libssh', 'libssh2'])("logs in on the host if the way is %s, and is not the daemon's", (way) => {
    const credentials = jest.fn(() => ANN);
    expect(find(requestOf({ credentials }, `qemu+${way}://root@host/system`))).toEqual(ANN);
    expect(credentials).toHaveBeenCalledWith(expect.objectContaining({ user: undefined }));
  });

  it('is nobody if the name is empty', () => {
    expect(find(requestOf({ credentials: ANN }, 'qemu+tls://@host/system'))).toEqual(ANN);
  });
});

describe("the option's function", () => {
  it.each([
    [undefined, 'must return an object with user and password, but returned undefined'],
    [null, 'must return an object with user and password, but returned null'],
    ['open sesame', 'must return an object with user and password, but returned string'],
    [{}, 'must return user as a string, but it is undefined'],
    [{ user: 'ann' }, 'must return password as a string, but it is undefined'],
    [{ user: 1, password: 'open sesame' }, 'must return user as a string, but it is number'],
    [{ user: 'ann', password: ['open sesame'] }, 'must return password as a string, but it is object'],
  ])('may not return %j', (returned, problem) => {
    expect(asking(() => returned)).toThrow(new InvalidArgumentError('options.credentials', problem));
    expect(asking(() => returned)).not.toThrow('sesame');
  });

  it('may throw, and what it throws is the cause', async () => {
    const cause = new Error('no open sesame in the key ring');
    const failed = expect.objectContaining({
      code: 'ERR_OPEN',
      message: 'cannot open "qemu:///system": the function options.credentials failed; see the cause',
      cause,
    });
    const credentials = () => {
      throw cause;
    };
    expect(asking(credentials)).toThrow(failed);
    await expect(findAsync(requestOf({ credentials: async () => credentials() }))).rejects.toEqual(failed);
  });

  it('does not have its password shown by an error about the user', () => {
    const credentials = () => ANN;
    try {
      find(requestOf({ credentials }, 'qemu+tls://bob@host/system'));
      throw new Error('was found');
    } catch (error) {
      expect(error).toBeInstanceOf(OpenError);
      expect(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain(ANN.password);
    }
  });
});
