import { formatValue, optionNames, requireOptions } from '../../arguments';
import { InvalidArgumentError } from '../../errors';
import { readUuid } from '../io/uuid';
import { crashReactions, type OnCrash } from './domain-record';

/** What a domain is defined or created with. */
export interface TestDomainOptions {
  /** Its name: not empty, without `/` and control characters. */
  readonly name: string;
  /** Its UUID, 32 hexadecimal digits; by default one made up from the name, the same each time. */
  readonly uuid?: string | undefined;
  /**
   * What becomes of it when its guest crashes: it is stopped (`destroy`, the default), it starts anew (`restart`), or it
   * stays as it is, crashed (`preserve`).
   */
  readonly onCrash?: OnCrash | undefined;
}

/** Options that have been checked. */
export interface CheckedDomainOptions {
  readonly name: string;
  readonly uuid: string | undefined;
  readonly onCrash: OnCrash;
}

const known = optionNames<TestDomainOptions>({ name: true, uuid: true, onCrash: true });

/**
 * @param argument What the options are called.
 * @param others Further options that are allowed, and checked by whoever allows them.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if an option is unknown, missing or not as it must be.
 */
export function checkDomainOptions(
  options: TestDomainOptions,
  argument = 'options',
  others: readonly string[] = [],
): CheckedDomainOptions {
  requireOptions(argument, options, [...known, ...others]);
  const { name, uuid, onCrash = 'destroy' } = options;
  requireName(`${argument}.name`, name);
  if (!crashReactions.includes(onCrash)) {
    throw new InvalidArgumentError(
      `${argument}.onCrash`,
      `must be one of ${crashReactions.join(', ')}, but is ${formatValue(onCrash)}`,
    );
  }
  if (uuid === undefined) {
    return { name, uuid, onCrash };
  }
  const read = typeof uuid === 'string' ? readUuid(uuid) : undefined;
  if (read === undefined) {
    throw new InvalidArgumentError(`${argument}.uuid`, `must have 32 hexadecimal digits, but is ${formatValue(uuid)}`);
  }
  return { name, uuid: read, onCrash };
}

/** @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT` if it cannot be the name of a domain. */
export function requireName(argument: string, name: unknown): void {
  const problem = typeof name === 'string' ? problemWithName(name) : 'must be a text';
  if (problem !== undefined) {
    throw new InvalidArgumentError(argument, `${problem}, but is ${formatValue(name)}`);
  }
}

/** Why a text cannot be the name of a domain: libvirt's rule, less what XML cannot hold. */
export function problemWithName(name: string): string | undefined {
  if (name === '') {
    return 'must not be empty';
  }
  return /[\p{Cc}\p{Cs}\uFFFE\uFFFF/]/u.test(name) ? "must not contain '/' or control characters" : undefined;
}
