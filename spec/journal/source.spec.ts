import { JournalWriter, type WriterOptions } from '../../lib/journal/journal-writer';
import { headersIn } from '../../lib/journal/places';
import { FakeDisk } from './fake-disk';

const FOLDER = '/journal';
const HERE = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';
const THERE = 'd1b5fdbd-edaf-9455-926a-d65c16db1809';

let disk: FakeDisk;

beforeEach(() => {
  disk = new FakeDisk(new Map([['/', new Map()]]));
});

function open(source: string, options: Partial<WriterOptions> = {}): JournalWriter {
  const others = { host: 'kvm-17', boot: 'boot-1', now: () => 1_767_323_045_000, ...options };
  return JournalWriter.open(disk, FOLDER, { ...others, source });
}

const started =
  '<event type="domain-state-transition" timestamp="s"><domain id="3" type="qemu"><name>web</name><uuid>u</uuid></domain>' +
  '<transition from="shutoff" to="running" event="started" detail="booted"/></event>';

/** Writes a journal with one event from a daemon on one host, whose domain it then knows. */
function write(): void {
  const writer = open('qemu:///system');
  writer.tellSource(HERE);
  writer.append(started);
  writer.close();
}

const names = (writer: JournalWriter) => writer.domains.map(({ name }) => name);

describe("the source of a journal's events", () => {
  it('is known to the next writer, with its domains', () => {
    expect(open('qemu:///system').before).toBeUndefined();
    disk.killAll();
    write();
    const writer = open('qemu:///system', { boot: 'boot-2' });
    expect(writer.before).toEqual({ source: 'qemu:///system', sourceUuid: HERE, boot: 'boot-1' });
    expect(names(writer)).toEqual(['web']);
  });

  it('has no domains of another one, whether its URI or its host differs', () => {
    write();
    const writer = open('xen:///system');
    expect(writer.before?.source).toBe('qemu:///system');
    expect(names(writer)).toEqual([]);
    writer.close();
    write();
    const moved = open('qemu:///system');
    expect(moved.tellSource(THERE)).toBe(true);
    expect(names(moved)).toEqual([]);
    disk.killAll();
    expect(names(open('qemu:///system'))).toEqual([]);
  });

  it('has told of its domains in the boot of the last transition, however many have come since', () => {
    write();
    const header = () => headersIn(disk, FOLDER).at(-1);
    for (const boot of ['boot-2', 'boot-3']) {
      const writer = open('qemu:///system', { boot });
      expect(writer.before?.boot).toBe('boot-1');
      expect(header()).toMatchObject({ boot, statesBoot: 'boot-1' });
      writer.append('<event type="t" timestamp="s"/>');
      writer.close();
    }
    const writer = open('qemu:///system', { boot: 'boot-4', segmentBytes: 1 });
    writer.append(started);
    writer.append('<event type="t" timestamp="s"/>');
    expect(header()).toMatchObject({ boot: 'boot-4', statesBoot: undefined });
    writer.close();
    const next = open('qemu:///system', { boot: 'boot-4' });
    expect(next.before?.boot).toBe('boot-4');
    expect(header()).toMatchObject({ boot: 'boot-4', statesBoot: undefined });
    next.close();
    const last = open('qemu:///system', { boot: 'boot-5' });
    expect(header()).toMatchObject({ boot: 'boot-5', statesBoot: 'boot-4' });
    last.append(started);
    last.close();
    expect(open('qemu:///system', { boot: 'boot-5' }).before?.boot).toBe('boot-5');
  });

  it('that is another one has told of no domain before', () => {
    write();
    open('xen:///system', { boot: 'boot-2' }).close();
    expect(headersIn(disk, FOLDER).at(-1)).toMatchObject({ boot: 'boot-2', statesBoot: undefined });
    expect(open('xen:///system', { boot: 'boot-3' }).before?.boot).toBe('boot-2');
  });

  it('keeps its domains when it is told again, or for the first time', () => {
    const writer = open('qemu:///system');
    writer.append(started);
    expect(writer.tellSource(HERE)).toBe(true);
    const segments = headersIn(disk, FOLDER).length;
    expect(writer.tellSource(HERE)).toBe(true);
    expect(headersIn(disk, FOLDER)).toHaveLength(segments);
    expect(names(writer)).toEqual(['web']);
    disk.killAll();
    // A daemon that isn't there yet has not told which host it is on.
    const next = open('qemu:///system');
    expect(next.before?.sourceUuid).toBe(HERE);
    next.close();
    expect(open('qemu:///system').before?.sourceUuid).toBe(HERE);
  });

  it('takes no segment more when there is no entry yet', () => {
    const writer = open('qemu:///system');
    writer.tellSource(HERE);
    writer.append(started);
    writer.close();
    expect(headersIn(disk, FOLDER)).toMatchObject([{ first: 1, sourceUuid: HERE }]);
  });

  it('is told later if the disk is full', () => {
    const writer = open('qemu:///system');
    writer.append(started);
    disk.capacity = 0;
    expect(writer.tellSource(HERE)).toBe(false);
    disk.capacity = Number.POSITIVE_INFINITY;
    expect(writer.tellSource(HERE)).toBe(true);
    expect(headersIn(disk, FOLDER).at(-1)).toMatchObject({ first: 2, sourceUuid: HERE });
    expect(names(writer)).toEqual(['web']);
  });

  it('begins no other segment if it is told again', () => {
    const writer = open('qemu:///system');
    writer.tellSource(HERE);
    writer.append(started);
    expect(writer.tellSource(HERE)).toBe(true);
    expect(headersIn(disk, FOLDER)).toHaveLength(1);
    expect(writer.tellSource(THERE)).toBe(true);
    expect(headersIn(disk, FOLDER)).toHaveLength(2);
  });
});
