import {
  addEventHandler,
  compileFilter,
  deliverEvents,
  explainMatch,
  openConnection,
  type QueuedEvent,
  sendEvent,
} from '../../lib/index';

const loaded: string[] = [];

jest.mock('@xmldom/xmldom', () => {
  loaded.push('@xmldom/xmldom');
  return jest.requireActual('@xmldom/xmldom');
});
jest.mock('xpath', () => {
  loaded.push('xpath');
  return jest.requireActual('xpath');
});

const xml =
  '<event type="domain-reboot" timestamp="2026-01-02T03:04:05.000000Z"><domain id="3" type="qemu"><name>web</name>' +
  '<uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid></domain></event>';

/** Has a handler do something with one event. */
function withEvent(use: (event: QueuedEvent) => unknown): unknown {
  using conn = openConnection();
  let result: unknown;
  addEventHandler(conn, "domain/name = 'web' and count(domain/*[1]) = 1", (_, event) => {
    result = use(event);
  });
  sendEvent(conn, xml);
  deliverEvents(conn);
  return result;
}

describe('the packages for the DOM and for XPath', () => {
  it('are not loaded by an event, its detail, its values, filters, explanations and JSON', () => {
    expect(withEvent((event) => event.detail)).toMatchObject({ domain: { name: 'web', id: 3 } });
    expect(withEvent((event) => event.string('*[name or uuid][1]/name'))).toBe('web');
    expect(withEvent((event) => event.number('domain/@id'))).toBe(3);
    expect(withEvent((event) => event.boolean('//node()[last()]'))).toBe(true);
    expect(withEvent((event) => explainMatch(compileFilter("*[1]/name = 'web'"), event))).toHaveLength(1);
    expect(withEvent((event) => JSON.stringify(event))).toContain('"name":"web"');
    expect(compileFilter({ select: 'domain', suppress: 'network' }).matches(xml)).toBe(true);
    expect(loaded).toEqual([]);
  });

  it('are loaded when nodes are wanted, and by nothing else', () => {
    expect(withEvent((event) => event.document.documentElement?.nodeName)).toBe('event');
    expect(loaded).toEqual(['@xmldom/xmldom']);
    expect(withEvent((event) => event.select('domain').length)).toBe(1);
    expect(loaded).toEqual(['@xmldom/xmldom', 'xpath']);
  });
});
