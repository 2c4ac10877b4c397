import { lossCauses } from '../../../lib/event/vocabulary/connection';
import { detailOf } from '../../../lib/event/vocabulary/vocabulary';
import { defaultEventLimits } from '../../../lib/xml/limits';
import { readTree } from '../../../lib/xml/read-tree';
import { TreeElement } from '../../../lib/xml/tree-element';
import { validateEvents } from '../../support/validate-xsd';

const head = 'timestamp="2026-01-02T03:04:05.000000Z"';
const web = `<domain id="3" type="test"><name>web</name><uuid>11111111-2222-4333-8444-5555555555aa</uuid></domain>`;
const domain = { id: 3, type: 'test', name: 'web', uuid: '11111111-2222-4333-8444-5555555555aa' };
const change = '<transition from="running" to="paused" event="suspended" detail="paused"/>';

function decode(xml: string): unknown {
  const tree = readTree(xml, defaultEventLimits);
  return detailOf(TreeElement.rootOf(tree).attribute('type') ?? '', tree);
}

/** Events as the library makes them, and what they say. */
const events: readonly (readonly [string, unknown])[] = [
  [
    `<event type="domain-state-transition" ${head}>${web}${change}</event>`,
    { domain, from: 'running', to: 'paused', event: 'suspended', detail: 'paused' },
  ],
  [
    `<event type="domain-state-transition" ${head}>
      <domain id="-1" type="qemu"><name> a &amp; b </name><uuid>11111111-2222-4333-8444-5555555555aa</uuid></domain>
      <transition from="running" to="shutoff" event="stopped" detail="failed" found="by-comparison"/>
    </event>`,
    {
      domain: { id: -1, type: 'qemu', name: ' a & b ', uuid: '11111111-2222-4333-8444-5555555555aa' },
      from: 'running',
      to: 'shutoff',
      event: 'stopped',
      detail: 'failed',
      found: 'by-comparison',
    },
  ],
  [`<event type="domain-reboot" ${head}>${web}</event>`, { domain }],
  [`<event type="domain-pm-suspend" ${head}>${web}</event>`, { domain }],
  [`<event type="domain-pm-suspend-disk" ${head}>${web}</event>`, { domain }],
  [`<event type="domain-pm-wakeup" ${head}>${web}</event>`, { domain }],
  [
    `<event type="events-lost" ${head} count="12" first="101" last="112" cause="overflow"><lost type="domain-state-transition" count="10"/><lost type="domain-reboot" count="1"/><lost count="1"/></event>`,
    {
      count: 12,
      first: 101,
      last: 112,
      unknown: false,
      cause: 'overflow',
      lost: [{ type: 'domain-state-transition', count: 10 }, { type: 'domain-reboot', count: 1 }, { count: 1 }],
    },
  ],
  [
    `<event type="events-lost" ${head} count="1" first="7" last="7" cause="invalid"><error code="ERR_EVENT_TAG_MISMATCH" line="3" column="17">&lt;/b> closes &lt;a></error></event>`,
    {
      count: 1,
      first: 7,
      last: 7,
      unknown: false,
      cause: 'invalid',
      lost: [],
      error: { code: 'ERR_EVENT_TAG_MISMATCH', line: 3, column: 17, message: '</b> closes <a>' },
    },
  ],
  [
    `<event type="events-lost" ${head} unknown="true" cause="disconnected"/>`,
    { unknown: true, cause: 'disconnected', lost: [] },
  ],
  ...lossCauses.map((cause): [string, object] => [
    `<event type="events-lost" ${head} host="kvm-17" unknown="true" cause="${cause}"/>`,
    { unknown: true, cause, lost: [] },
  ]),
  [
    `<event type="collector-alive" ${head} host="kvm-17"><collector interval-ms="600000" connected="false"/></event>`,
    { intervalMs: 600_000, connected: false },
  ],
];

it.each(events)('%s is decoded', (xml, detail) => {
  expect(decode(xml)).toEqual(detail);
});

it('what is decoded is what the schema says', async () => {
  expect(await validateEvents(events.map(([xml]) => xml))).toEqual([]);
});

it('words that are not known stay as they are', () => {
  const unknown = '<transition from="frozen" to="melting" event="warmed" detail="sun" found="by-chance"/>';
  expect(decode(`<event type="domain-state-transition">${web}${unknown}</event>`)).toEqual({
    domain,
    from: 'frozen',
    to: 'melting',
    event: 'warmed',
    detail: 'sun',
    found: 'by-chance',
  });
});

it('what an event says beyond that is passed over', () => {
  const more = '<note/><domain xmlns="urn:other"/>';
  expect(decode(`<event type="domain-reboot" x="y">${more}text${web}${more}</event>`)).toEqual({ domain });
});

/** Events that break the schema as well. */
const misfits = [
  `<event type="domain-reboot" ${head}>${web.replace('domain', 'x:domain xmlns:x="urn:x"').replace('</domain', '</x:domain')}</event>`,
  `<event type="domain-reboot" ${head}>${web.replace(' id="3"', '')}</event>`,
  `<event type="domain-reboot" ${head}>${web.replace('"3"', '"three"')}</event>`,
  `<event type="domain-reboot" ${head}>${web.replace('"3"', '"3.5"')}</event>`,
  `<event type="domain-reboot" ${head}>${web.replace('"3"', '"9007199254740993"')}</event>`,
  `<event type="domain-reboot" ${head}>${web.replace(' type="test"', '')}</event>`,
  `<event type="domain-reboot" ${head}>${web.replace('<name>web</name>', '')}</event>`,
  `<event type="domain-reboot" ${head}>${web.replace('web', '')}</event>`,
  `<event type="domain-reboot" ${head}>${web.replace(/<uuid>.*<.uuid>/, '')}</event>`,
  ...['from', 'to', 'event', 'detail'].map(
    (name) =>
      `<event type="domain-state-transition" ${head}>${web}${change.replace(new RegExp(` ${name}="\\w+"`), '')}</event>`,
  ),
  `<event type="domain-state-transition" ${head}>${change}</event>`,
  `<event type="events-lost" ${head} count="many" first="1" last="2" cause="overflow"/>`,
  `<event type="events-lost" ${head} count="2" first="" last="2" cause="overflow"/>`,
  `<event type="events-lost" ${head} count="2" first="1" last="2" cause="overflow"><lost type="a"/></event>`,
  `<event type="events-lost" ${head} count="1" first="1" last="1" cause="invalid"><error line="1" column="1">?</error></event>`,
];

/** Events that break a rule which the schema cannot state. */
const beyondSchema = [
  `<event type="domain-reboot" ${head}/>`,
  `<event type="domain-state-transition" ${head}>${web}</event>`,
  `<event type="events-lost" ${head} count="2" first="1" last="2"/>`,
  `<event type="events-lost" ${head} first="1" last="2" cause="overflow"/>`,
  `<event type="events-lost" ${head} count="2" unknown="true" cause="overflow"/>`,
];

it.each([...misfits, ...beyondSchema])('%s does not fit its type', (xml) => {
  expect(decode(xml)).toBeUndefined();
});

it('the schema refuses what does not fit, as far as it can', async () => {
  const faults = (await validateEvents(misfits)).join('\n');
  expect(misfits.filter((_, index) => !faults.includes(`event-${index}.xml`))).toEqual([]);
});

it.each(['backup-finished', 'lifecycle', 'toString'])('an event of type %s has no detail', (type) => {
  expect(decode(`<event type="${type}">${web}</event>`)).toBeUndefined();
});
