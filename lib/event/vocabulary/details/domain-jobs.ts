import type { TreeElement } from '../../../xml/tree-element';
import type {
  DomainJobCompletedDetail,
  DomainMetadataChangeDetail,
  DomainMigrationIterationDetail,
  DomainTunableDetail,
  QemuMonitorDetail,
  TypedParameter,
} from '../detail-types-domain';
import { domainOf } from './domain';
import { attribute, attributesOf, bigIntegerIn, booleanIn, child, integer, integerIn, Misfit, present } from './fields';

/** Decodes a `domain-tunable`. */
export function decodeTunable(event: TreeElement): DomainTunableDetail {
  return { domain: domainOf(event), parameters: parametersOf(event) };
}

/** Decodes a `domain-job-completed`. */
export function decodeJobCompleted(event: TreeElement): DomainJobCompletedDetail {
  const [job] = event.children('job');
  return {
    domain: domainOf(event),
    ...(job && { operation: attribute(job, 'operation') }),
    parameters: parametersOf(event),
  };
}

/** Decodes a `domain-migration-iteration`. */
export function decodeMigrationIteration(event: TreeElement): DomainMigrationIterationDetail {
  return { domain: domainOf(event), iteration: integer(child(event, 'migration'), 'iteration') };
}

/** Decodes a `domain-metadata-change`. */
export function decodeMetadataChange(event: TreeElement): DomainMetadataChangeDetail {
  const metadata = child(event, 'metadata');
  return { domain: domainOf(event), type: attribute(metadata, 'type'), ...attributesOf(metadata, ['uri']) };
}

/** Decodes a `qemu-monitor`. */
export function decodeQemuMonitor(event: TreeElement): QemuMonitorDetail {
  const monitor = child(event, 'monitor');
  return {
    domain: domainOf(event),
    event: attribute(monitor, 'event'),
    ...present({ details: monitor.childText('details') }),
  };
}

function parametersOf(event: TreeElement): TypedParameter[] {
  return event.children('parameter').map(parameterOf);
}

function parameterOf(parameter: TreeElement): TypedParameter {
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
      throw new Misfit();
  }
}

/** A number as XML Schema writes it: with `INF` and `-INF` for what is infinite (XML Schema Part 2 §3.2.5). */
function doubleIn(value: string): number {
  if (!/^(NaN|-?INF|[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?)$/.test(value)) {
    throw new Misfit();
  }
  return Number(value.replace('INF', 'Infinity'));
}
