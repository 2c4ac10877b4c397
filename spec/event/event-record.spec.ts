import { EventRecord } from '../../lib/event/event-record';

const xml = '<event type="t" timestamp="2026-01-01T00:00:00.000000Z"><name>web</name></event>';

describe('EventRecord', () => {
  const record = new EventRecord({ xml, type: 't', timestamp: '2026-01-01T00:00:00.000000Z', bytes: xml.length });

  it('tells what the root says', () => {
    expect(record.xml).toBe(xml);
    expect(record.type).toBe('t');
    expect(record.timestamp).toBe('2026-01-01T00:00:00.000000Z');
  });

  it('makes its document once', () => {
    expect(record.document.documentElement?.textContent).toBe('web');
    expect(record.document).toBe(record.document);
  });

  it('does not make the document before it is asked for', () => {
    const broken = new EventRecord({ xml: '<event', type: 't', timestamp: 't', bytes: 6 });
    expect(broken.type).toBe('t');
    expect(() => broken.document).toThrow();
  });
});
