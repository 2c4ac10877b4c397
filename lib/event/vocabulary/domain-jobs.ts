import type { TreeElement } from '../../xml/tree-element';
import { type DomainEventDetail, readDomainEvent } from './domain';
import {
  attribute,
  attributesOf,
  bigIntegerIn,
  booleanIn,
  child,
  DetailMismatch,
  integer,
  integerIn,
  present,
} from './fields';
import type { WordOf } from './words';

/** What a job was, by `virDomainJobOperation`. */
export const jobOperations = [
  'unknown',
  'start',
  'save',
  'restore',
  'migration-in',
  'migration-out',
  'snapshot',
  'snapshot-revert',
  'dump',
  'backup',
  'snapshot-delete',
] as const;

/** Which part of the metadata has changed, by `virDomainMetadataType` and `virNetworkMetadataType`. */
export const metadataTypes = ['description', 'title', 'element'] as const;

/** The types of the values of parameters, by `virTypedParameterType`, which counts from 1. */
export const parameterTypes = ['int', 'uint', 'llong', 'ullong', 'double', 'boolean', 'string'] as const;

/** A value with a name, of the type that libvirt gives it. */
export type TypedParameter =
  | { readonly name: string; readonly type: 'int' | 'uint' | 'double'; readonly value: number }
  | { readonly name: string; readonly type: 'llong' | 'ullong'; readonly value: bigint }
  | { readonly name: string; readonly type: 'boolean'; readonly value: boolean }
  | { readonly name: string; readonly type: 'string'; readonly value: string };

/** What a `domain-tunable` says. */
export interface DomainTunableDetail extends DomainEventDetail {
  /** What was changed, and its new values. */
  readonly parameters: readonly TypedParameter[];
}

export function readTunable(event: TreeElement): DomainTunableDetail {
  return { ...readDomainEvent(event), parameters: event.children('parameter').map(readParameter) };
}

/** What a `domain-job-completed` says. */
export interface DomainJobCompletedDetail extends DomainEventDetail {
  /** What the job was, if the daemon says it; it is also one of the parameters, as a number. */
  readonly operation?: WordOf<typeof jobOperations>;
  /** What the job has done: `time_elapsed`, `data_total`, … */
  readonly parameters: readonly TypedParameter[];
}

export function readJobCompleted(event: TreeElement): DomainJobCompletedDetail {
  const [job] = event.children('job');
  const { domain, parameters } = readTunable(event);
  return { domain, ...(job && { operation: attribute(job, 'operation') }), parameters };
}

/** What a `domain-migration-iteration` says. */
export interface DomainMigrationIterationDetail extends DomainEventDetail {
  /** Which pass over the guest's memory begins. */
  readonly iteration: number;
}

export function readMigrationIteration(event: TreeElement): DomainMigrationIterationDetail {
  return { ...readDomainEvent(event), iteration: integer(child(event, 'migration'), 'iteration') };
}

/** Which part of the metadata of a domain or a network has changed. */
export interface MetadataChange {
  readonly type: WordOf<typeof metadataTypes>;
  /** The XML namespace of the `element` that has changed. */
  readonly uri?: string;
}

/** What a `domain-metadata-change` says. */
export interface DomainMetadataChangeDetail extends DomainEventDetail, MetadataChange {}

export function readDomainMetadataChange(event: TreeElement): DomainMetadataChangeDetail {
  return { ...readDomainEvent(event), ...readMetadataChange(event) };
}

export function readMetadataChange(event: TreeElement): MetadataChange {
  const metadata = child(event, 'metadata');
  return { type: attribute(metadata, 'type'), ...attributesOf(metadata, ['uri']) };
}

/** What a `qemu-monitor` says. */
export interface QemuMonitorDetail extends DomainEventDetail {
  /** The event's name in QEMU's monitor protocol, such as `DEVICE_DELETED`. */
  readonly event: string;
  /** Its data, as JSON, if it has any. */
  readonly details?: string;
}

export function readQemuMonitor(event: TreeElement): QemuMonitorDetail {
  const monitor = child(event, 'monitor');
  return {
    ...readDomainEvent(event),
    event: attribute(monitor, 'event'),
    ...present({ details: monitor.childText('details') }),
  };
}

function readParameter(parameter: TreeElement): TypedParameter {
  const name = attribute(parameter, 'name');
  const type = attribute(parameter, 'type');
  const value = parameter.text;
  switch (type) {
    case 'int':
    case 'uint':
      return { name, type, value: integerIn(value) };
    case 'llong':
    case 'ullong':
      return { name, type, value: bigIntegerIn(value) };
    case 'double':
      return { name, type, value: doubleIn(value) };
    case 'boolean':
      return { name, type, value: booleanIn(value) };
    case 'string':
      return { name, type, value };
    default:
      throw new DetailMismatch();
  }
}

/** A number as XML Schema writes it: with `INF` and `-INF` for what is infinite (XML Schema Part 2 §3.2.5). */
function doubleIn(value: string): number {
  if (!/^(NaN|-?INF|[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?)$/.test(value)) {
    throw new DetailMismatch();
  }
  return Number(value.replace('INF', 'Infinity'));
}
