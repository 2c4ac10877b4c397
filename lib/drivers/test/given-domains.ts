import { formatValue, isPlainObject } from '../../arguments';
import { didYouMean } from '../../did-you-mean';
import { InvalidArgumentError } from '../../errors';
import { type DomainState, domainStates } from '../../event/vocabulary/domain';
import { checkDomainOptions, type TestDomainOptions } from './domain-options';
import { blankRecord, type DomainRecord } from './domain-record';
import { uuidForName } from './uuid';

/** A domain that is there when a connection opens. */
export interface GivenDomain extends TestDomainOptions {
  /** The state it is in; default `shutoff`. */
  readonly state?: DomainState | undefined;
}

/**
 * Reads the option `domains`: the domains of `test:///default`, instead of its one.
 *
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if it is no list of domains, or a name or UUID stands twice.
 */
export function readGivenDomains(given: unknown): DomainRecord[] {
  if (!Array.isArray(given)) {
    throw new InvalidArgumentError('options.domains', `must be a list of domains, but is ${formatValue(given)}`);
  }
  const records: DomainRecord[] = [];
  for (const [index, domain] of (given as readonly GivenDomain[]).entries()) {
    const argument = `options.domains[${index}]`;
    if (!isPlainObject(domain)) {
      throw new InvalidArgumentError(
        argument,
        `must be a domain such as { name: 'web' }, but is ${formatValue(domain)}`,
      );
    }
    const { name, uuid, onCrash } = checkDomainOptions(domain, argument, ['state']);
    const { state = 'shutoff' } = domain;
    if (!domainStates.includes(state)) {
      const meant = didYouMean(String(state), domainStates);
      throw new InvalidArgumentError(
        `${argument}.state`,
        `must be one of ${domainStates.join(', ')}, but is ${formatValue(state)}${meant}`,
      );
    }
    const own = uuid ?? uuidForName(name, (candidate) => records.some((other) => other.uuid === candidate));
    if (records.some((other) => other.name === name || other.uuid === own)) {
      throw new InvalidArgumentError(
        argument,
        `must differ in name and UUID from those before, but is ${formatValue(domain)}`,
      );
    }
    records.push({ ...blankRecord, name, uuid: own, state, onCrash });
  }
  return records;
}
