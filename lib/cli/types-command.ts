import { type Field, fieldsOf } from '../event/description/fields';
import { libvirtNames, typeOfLibvirtName } from '../event/description/libvirt-names';
import { sampleOf } from '../event/description/sample';
import { doubtAboutType } from '../event/description/type-doubts';
import { type TypeDescription, typeDescriptions } from '../event/description/types';
import { readArguments, readWord, requireAtMost, UsageError } from './command-line';
import type { Output } from './output';
import { printableJson } from './printable';

/** `virdeliver types`: what events there are; of one type, what stands in them, and a sample. */
export function typesCommand(args: readonly string[], output: Output): number {
  const { values, positionals } = readArguments(args, { format: { type: 'string', default: 'text' } });
  requireAtMost(positionals, 1);
  const format = readWord('format', values.format, ['text', 'json']);
  const [name] = positionals;
  if (name !== undefined) {
    const description = findType(name);
    if (format === 'json') {
      const { type, summary } = description;
      output.line(
        printableJson({ ...namesOf(type, summary), fields: fieldsOf(description), sample: sampleOf(description) }),
      );
    } else {
      showType(description, output);
    }
  } else if (format === 'json') {
    for (const { type, summary } of typeDescriptions.values()) {
      output.line(printableJson(namesOf(type, summary)));
    }
  } else {
    listTypes(output);
  }
  return 0;
}

function namesOf(type: string, summary: string): object {
  return { type, summary, libvirt: libvirtNames.get(type) };
}

/** @throws {UsageError} if there is no such type, not even by libvirt's name for it. */
function findType(name: string): TypeDescription {
  const description = typeDescriptions.get(name) ?? typeDescriptions.get(typeOfLibvirtName(name) ?? '');
  if (description === undefined) {
    const doubt = doubtAboutType(name);
    throw new UsageError(doubt ?? `neither libvirt nor this library has events of the type '${name}'`);
  }
  return description;
}

function listTypes(output: Output): void {
  const rows = [...typeDescriptions.values()].map(({ type, summary }) => [type, virshName(type), summary] as const);
  const heads = ['Type', 'In virsh', 'What it tells'] as const;
  const width = (column: 0 | 1) => Math.max(...[heads, ...rows].map((row) => row[column].length));
  const columns = ([type, virsh, summary]: readonly [string, string, string]) =>
    [type.padEnd(width(0)), `  ${virsh.padEnd(width(1))}  ${summary}`] as const;
  output.line([columns(heads).join(''), 'bold']);
  for (const row of rows) {
    const [type, rest] = columns(row);
    output.line([type, 'bold'], rest);
  }
}

/** By what command and name virsh has it. */
function virshName(type: string): string {
  const names = libvirtNames.get(type);
  return names === undefined ? '-' : `${names.command} ${names.name}`;
}

function showType(description: TypeDescription, output: Output): void {
  const { type, summary } = description;
  const names = libvirtNames.get(type);
  output.line([type, 'bold'], `: ${summary}`);
  if (names !== undefined) {
    output.line(`${names.constant} of libvirt; virsh ${names.command} --event ${names.name}`);
  }
  output.line('');
  const fields = fieldsOf(description);
  const width = Math.max(...fields.map(({ path }) => path.length));
  for (const field of fields) {
    output.line([field.path.padEnd(width), 'cyan'], `  ${valueText(field)}`);
  }
  output.line('');
  output.xml(sampleOf(description));
}

const KINDS: { readonly [kind in Field['kind']]: string } = {
  word: '',
  text: 'text',
  number: 'a whole number',
  uuid: 'a UUID, in lower case with hyphens',
  time: 'a time of ISO 8601 in UTC, with microseconds',
};

function valueText({ kind, words, optional, repeated }: Field): string {
  const value = words === undefined ? KINDS[kind] : words.join(', ');
  const presence = [...(optional ? ['may be left out'] : []), ...(repeated ? ['may come several times'] : [])];
  return presence.length === 0 ? value : `${value} (${presence.join(', ')})`;
}
