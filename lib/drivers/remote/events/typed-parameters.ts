import { ProtocolError } from '../../../errors';
import type { EventText } from '../../../event/event-text';
import { parameterTypes } from '../../../event/vocabulary/domain-jobs';
import { printableText } from '../../io/printable-text';
import type { XdrReader } from '../rpc/xdr-reader';

/** How much of a parameter's name an error shows, in UTF-16 code units. */
const LONGEST_NAME = 80;

/** A value with a name (`remote_typed_param` of libvirt's remote_protocol.x), as text. */
interface WireParameter {
  readonly name: string;
  readonly type: (typeof parameterTypes)[number];
  readonly value: string;
}

/**
 * Reads one of a list of values with names and types.
 *
 * @throws {ProtocolError} `ERR_PROTOCOL` also if a value is of an unknown type: nobody can tell then where the
 *   next one begins.
 */
export function readParameter(reader: XdrReader): WireParameter {
  const name = reader.text('params.field');
  const number = reader.int('params.value.type');
  const type = parameterTypes[number - 1];
  if (type === undefined) {
    throw new ProtocolError(
      `the value of ${JSON.stringify(printableText(name, LONGEST_NAME))} is of the unknown type ${number}`,
    );
  }
  return { name, type, value: readers[type](reader, 'params.value') };
}

/** Writes a parameter. */
export function writeParameter(event: EventText, { name, type, value }: WireParameter): void {
  event.open('parameter').attribute('name', name).attribute('type', type);
  if (value !== '') {
    event.text(value);
  }
  event.close('parameter');
}

const readers: Readonly<Record<WireParameter['type'], (reader: XdrReader, field: string) => string>> = {
  int: (reader, field) => String(reader.int(field)),
  uint: (reader, field) => String(reader.uint(field)),
  llong: (reader, field) => String(reader.hyper(field)),
  ullong: (reader, field) => String(reader.unsignedHyper(field)),
  double: (reader, field) => writeDouble(reader.double(field)),
  boolean: (reader, field) => String(reader.int(field) !== 0),
  string: (reader, field) => reader.text(field),
};

/** As XML Schema writes a number: infinity is `INF` (XML Schema Part 2 §3.2.5). */
function writeDouble(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value).replace('Infinity', 'INF');
}
