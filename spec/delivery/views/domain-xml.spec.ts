import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  addEventHandler,
  type Connection,
  deliverEvents,
  domainXml,
  domainXmlAsync,
  listDomains,
  openConnection,
  testDomains,
} from '../../../lib';
import { thrownBy } from '../../support/thrown-by';

const UUID = '6695eb01-f6a4-8304-79aa-97f2502e193f';
const describedTest = (id: string) =>
  [
    `<domain type="test"${id}>`,
    '  <name>test</name>',
    `  <uuid>${UUID}</uuid>`,
    '  <on_crash>destroy</on_crash>',
    '</domain>\n',
  ].join('\n');

let conn: Connection;
beforeEach(() => {
  conn = openConnection('test:///default');
});
afterEach(() => conn.close());

describe('domainXml of the test driver', () => {
  it.each([
    ['its name', () => 'test'],
    ['its UUID', () => UUID],
    ['its UUID in capitals without hyphens', () => UUID.toUpperCase().replaceAll('-', '')],
    ['one of listDomains', () => listDomains(conn)[0]!],
    ['a domain of testDomains', () => testDomains(conn).get('test')],
  ])('describes what is known of a domain, found by %s', async (_, domainOf) => {
    expect(domainXml(conn, domainOf())).toBe(describedTest(' id="1"'));
    expect(await domainXmlAsync(conn, domainOf())).toBe(describedTest(' id="1"'));
  });

  it('describes the domain of an event in a handler, as it is then', () => {
    const seen: string[] = [];
    addEventHandler(conn, ['domain-state-transition'], (conn, event) => {
      seen.push(domainXml(conn, event.detail!.domain));
    });
    testDomains(conn).get('test').destroy();
    deliverEvents(conn);
    expect(seen).toEqual([describedTest('')]);
  });

  it('leaves out the number of a domain that runs if it is to be as it starts the next time', () => {
    expect(domainXml(conn, 'test', { inactive: true })).toBe(describedTest(''));
  });

  it('writes names as XML needs them', () => {
    testDomains(conn).define({ name: 'a<b>&c' });
    expect(domainXml(conn, 'a<b>&c')).toContain('<name>a&lt;b&gt;&amp;c</name>');
  });

  it('says which domain is not there', async () => {
    const expected = { code: 'ERR_DOMAIN_NOT_FOUND', message: expect.stringContaining("'web'") };
    expect(thrownBy(() => domainXml(conn, 'web'))).toMatchObject(expected);
    await expect(domainXmlAsync(conn, 'web')).rejects.toMatchObject(expected);
  });
});

describe('domainXml refuses', () => {
  it.each([
    ['an empty name', ''],
    ['a name with a NUL', 'a\0b'],
    ['what has no UUID', { name: 'test' }],
    ['what has another UUID than there can be', { uuid: 'test' }],
    ['nothing', undefined],
    ['an event instead of its domain', { type: 'domain-reboot', xml: '<event/>' }],
  ])('%s', (_, domain) => {
    expect(thrownBy(() => domainXml(conn, domain as string))).toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      argument: 'domain',
      message: expect.stringMatching(
        /^domain must be the name or the UUID of a domain, or what has its UUID, .*, but is /,
      ),
    });
  });

  it('options that it does not know', () => {
    expect(thrownBy(() => domainXml(conn, 'test', { secure: true } as object))).toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      argument: 'options.secure',
    });
    expect(thrownBy(() => domainXml(conn, 'test', { inactive: 1 } as object))).toMatchObject({
      argument: 'options.inactive',
    });
  });

  it('a closed connection', async () => {
    conn.close();
    expect(thrownBy(() => domainXml(conn, 'test'))).toMatchObject({ code: 'ERR_CONNECTION_CLOSED' });
    await expect(domainXmlAsync(conn, 'test')).rejects.toMatchObject({ code: 'ERR_CONNECTION_CLOSED' });
  });

  it.each(['memory:', 'file:FOLDER/events.xml', 'journal:FOLDER/journal'])(
    'a connection to %s, which has nobody to ask, and says what has',
    async (uri) => {
      const folder = mkdtempSync(join(tmpdir(), 'virdeliver-domain-xml-'));
      try {
        writeFileSync(join(folder, 'events.xml'), '');
        mkdirSync(join(folder, 'journal'));
        using other = openConnection(uri.replace('FOLDER', folder));
        const expected = {
          code: 'ERR_INVALID_ARGUMENT',
          argument: 'conn',
          message: `conn is to '${other.uri}', which tells of events alone; ask a connection to the domain's hypervisor, such as 'qemu:///system', which may be beside this one`,
        };
        expect(thrownBy(() => domainXml(other, 'test'))).toMatchObject(expected);
        await expect(domainXmlAsync(other, 'test')).rejects.toMatchObject(expected);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});
