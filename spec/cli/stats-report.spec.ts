import {
  addEventHandler,
  connectionStats,
  type DomainListing,
  deliverEvents,
  openConnection,
  sendEvent,
} from '../../lib';
import { type Line, Output } from '../../lib/cli/output';
import { Screen } from '../../lib/cli/screen';
import { reportLine, reportScreen, type Sample } from '../../lib/cli/stats-report';
import { eventXml } from '../support/scripted-driver';
import { Picture } from '../support/terminal';

/** Reads a connection at some moments; `second` is what its clock shows. */
function readings() {
  const conn = openConnection();
  addEventHandler(conn, null, () => {});
  return (second: number, types: readonly string[], domains?: readonly DomainListing[]): Sample => {
    for (const type of types) {
      sendEvent(conn, eventXml(type));
    }
    deliverEvents(conn);
    return { at: second * 1000, stats: connectionStats(conn), domains, gapsOfUnknownSize: 0 };
  };
}

const domain = (name: string, state: string): DomainListing => ({ name, state, uuid: '', id: 1 });
const textOf = (lines: readonly Line[]) =>
  lines.map((line) =>
    line
      .map((piece) => (typeof piece === 'string' ? piece : piece[0]))
      .join('')
      .trimEnd(),
  );
const times = (count: number, type: string) => Array.from({ length: count }, () => type);

describe('a report', () => {
  it('on one line has the rates of the types that came, the quickest first, and how many domains are in each state', () => {
    const read = readings();
    const before = read(10, ['quiet', ...times(4, 'b')]);
    const domains = [domain('a', 'running'), domain('b', 'shutoff'), domain('c', 'shutoff')];
    const now = read(12, [...times(3, 'a'), ...times(5, 'b')], domains);
    expect(reportLine(before, now)).toMatch(
      /^\d\d:\d\d:\d\d {2}events=13 rate=4\.0\/s queued=0 lost=0 {2}b=2\.5\/s a=1\.5\/s {2}shutoff=2 running=1$/,
    );
  });

  it('on a screen has all types and domains', () => {
    const read = readings();
    const before = read(10, ['quiet', ...times(1000, 'b')]);
    const now = read(10.5, times(3, 'a'), [domain('test', 'running'), domain('another', 'crashed')]);
    expect(textOf(reportScreen('test:///default', before, now))).toEqual([
      'test:///default  open',
      'events   1,004  6.0/s',
      'queue    0, at most 1,001',
      'lost     0',
      'domains  1 running  1 crashed',
      '',
      'TYPE   EVENTS  PER SECOND',
      'a           3         6.0',
      'b       1,000         0.0',
      'quiet       1         0.0',
      '',
      'DOMAIN   STATE',
      'test     running',
      'another  crashed',
    ]);
  });

  it('has no domains if the connection has none, and says so if a hypervisor has none', () => {
    const read = readings();
    const nothing = read(1, []);
    expect(textOf(reportScreen('memory:', nothing, nothing))).toHaveLength(4);
    const none = read(1, [], []);
    expect(textOf(reportScreen('test:///none', none, none)).at(-1)).toBe('domains  none');
  });

  it('divides by no time of zero', () => {
    const now = readings()(1, ['a']);
    expect(reportLine(now, now)).toContain('rate=0.0/s');
  });

  it('says that a daemon is gone, and that nobody knows how many events are lost', () => {
    const read = readings();
    const before = read(1, []);
    const now = read(2, ['a']);
    const problem = 'Connection refused';
    const gone: Sample = {
      ...now,
      stats: { ...now.stats, reconnecting: { attempts: 3, problem } },
      gapsOfUnknownSize: 1,
    };
    expect(reportLine(before, gone)).toContain('  reconnecting-3-attempts-failed  events=1 ');
    expect(reportLine(before, gone)).toContain('lost=unknown  ');
    const screen = reportScreen('qemu:///system', before, gone);
    expect(textOf(screen).slice(0, 5)).toEqual([
      'qemu:///system  reconnecting, 3 attempts failed',
      '         Connection refused',
      'events   1  1.0/s',
      'queue    0, at most 1',
      'lost     unknown',
    ]);
    expect(screen[0]?.at(-1)?.[1]).toBe('yellow');
    const more = { ...gone, stats: { ...gone.stats, lost: 1200 } };
    expect(reportLine(before, more)).toContain('lost=1200-or-more  ');
    expect(textOf(reportScreen('', before, more))).toContain('lost     1,200 or more');
    expect(reportScreen('', before, now)[0]?.at(-1)).toEqual(['open', 'green']);
  });

  it('lets nothing in an event or a name act upon the terminal', () => {
    const read = readings();
    const before = read(1, []);
    const now = read(2, ['\u009b2J'], [domain('\u001b[H', '\u0007')]);
    const all = [reportLine(before, now), ...textOf(reportScreen('file:\u001b', before, now))].join('\n');
    expect(all).not.toMatch(/[^\P{Cc}\n]/u);
    expect(all).toContain('\\u009b2J');
  });
});

describe('a screen', () => {
  /** A screen on a terminal whose size a test may change. */
  function open(columns: number, rows: number) {
    let written = '';
    const stream = {
      isTTY: true,
      columns,
      rows,
      on: () => {},
      write: (text: string) => {
        written += text;
      },
    };
    const screen = new Screen(new Output(stream as unknown as NodeJS.WriteStream));
    return {
      stream,
      /** Draws lines, and returns all that it wrote for that. */
      draw(...lines: string[]): string {
        written = '';
        screen.draw(lines.map((line) => [[line]]));
        return written;
      },
    };
  }

  it('writes over what was there, and clears what is longer or lower', () => {
    const { draw } = open(20, 10);
    const picture = new Picture(20, 10);
    picture.write(draw('a long line', 'two', 'three'));
    picture.write(draw('short', 'two'));
    expect(picture.lines).toEqual(['short', 'two']);
    expect(picture.clears).toBe(1);
  });

  it('clears the terminal when its size has changed', () => {
    const { draw, stream } = open(20, 10);
    const picture = new Picture(20, 10);
    picture.write(draw('one'));
    stream.columns = 30;
    picture.write(draw('one'));
    expect(picture.clears).toBe(2);
  });

  it('cuts lines to the width, and says how many are left out for want of height', () => {
    const { draw } = open(5, 4);
    const picture = new Picture(5, 4);
    picture.write(draw('12345', '123456', 'c', 'd'));
    expect(picture.lines).toEqual(['12345', '1234…', '… 2 …']);
  });

  it('does not scroll, be the terminal ever so low, nor wrap characters that are two columns wide', () => {
    const { draw } = open(4, 1);
    const picture = new Picture(4, 1);
    picture.write(draw('one', 'two'));
    expect(picture.wraps).toBe(true);
    const written = open(4, 5).draw('日本日本');
    expect([written.startsWith('\x1b[?7l'), written.endsWith('\x1b[?7h')]).toEqual([true, true]);
  });

  it('goes out in one piece', () => {
    const { draw, stream } = open(20, 10);
    const write = jest.spyOn(stream, 'write');
    draw('one', 'two');
    expect(write).toHaveBeenCalledTimes(1);
  });
});
