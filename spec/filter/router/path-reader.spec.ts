import { EventRecord } from '../../../lib/event/event-record';
import { readEvent } from '../../../lib/event/read-event';
import { typePath } from '../../../lib/filter/index-path';
import { PathReaders } from '../../../lib/filter/router/path-reader';
import { defaultEventLimits } from '../../../lib/xml/limits';
import type { Path } from '../../../lib/xpath/ast';
import { defaultFilterLimits } from '../../../lib/xpath/limits';
import { parseExpression } from '../../../lib/xpath/parser';

const paths = [
  ...['@type', '@timestamp', '@*', 'a', '*', 'a/b', 'a/@b', '//a', '//@b', '.', 'node()', 'a/text()', '//text()'],
  ...['//node()', './/b', 'a//*', 'descendant-or-self::b', 'c/c', 'nothing'],
];

const contents = [
  '<a>1</a><a b="">2</a><a/>',
  '<a><b>1</b></a><a b="2"><b c="3">4</b>5<b/>6</a>',
  '<c><c><c>1</c></c></c><a b="1" c="1">1</a>',
  ' <a> </a>\n<b>b</b> ',
];

/** Other values in the same places. */
const changed = (text: string) =>
  text.replaceAll(/\d(?=["<])/g, (digit) => `${digit}-${'x'.repeat(Number(digit) * 3)}`);

const eventOf = (content: string) => `<event type="path-test" timestamp="2026" b="7">${content}</event>`;

/** In the scope of inherited namespaces, even of none, no event has a shape. */
const shapeless = { locate: () => ({ line: 1, column: 1 }), namespaces: new Map<string, string>() };

describe('reading the values of a path', () => {
  it.each(paths)('of an event with a shape gives those of its tree: %s', (source) => {
    const path = parseExpression(source, defaultFilterLimits) as Path;
    const reader = new PathReaders().acquire({ ...typePath, key: source, path });
    let round = 0;
    const valuesOf = (event: EventRecord) => {
      round += 1;
      reader.read(event, round);
      return [reader.isComplete, ...Array.from({ length: reader.count }, (_, place) => reader.value(place))];
    };
    for (const content of contents) {
      readEvent(eventOf(content), defaultEventLimits);
    }
    for (const content of [...contents, ...contents.map(changed), ...contents]) {
      const event = new EventRecord(readEvent(eventOf(content), defaultEventLimits));
      expect(event.shape).toBeDefined();
      const strict = new EventRecord(readEvent(eventOf(content), defaultEventLimits, shapeless));
      expect([content, ...valuesOf(event)]).toEqual([content, ...valuesOf(strict)]);
    }
  });
});
