import { formatValue, isPlainObject, requireFunction } from '../../arguments';
import { InvalidArgumentError } from '../../errors';
import { isKnownEventType } from '../../event/vocabulary/vocabulary';
import type { EventDecoder, EventDecoders } from './queued-event';

/**
 * Reads the option `decoders`.
 *
 * @returns What decodes the program's own types, by their names.
 * @throws {InvalidArgumentError} `ERR_INVALID_ARGUMENT`
 */
export function readDecoders(decoders: EventDecoders | undefined): ReadonlyMap<string, EventDecoder> | undefined {
  if (decoders === undefined) {
    return undefined;
  }
  if (!isPlainObject(decoders)) {
    const problem = `must be an object with a function for each type, but is ${formatValue(decoders)}`;
    throw new InvalidArgumentError('options.decoders', problem);
  }
  const entries = Object.entries<EventDecoder>(decoders);
  for (const [type, decoder] of entries) {
    const name = `options.decoders[${JSON.stringify(type)}]`;
    if (isKnownEventType(type)) {
      throw new InvalidArgumentError(
        name,
        'is for a type that the library decodes itself; give your events another type',
      );
    }
    requireFunction(name, decoder);
  }
  return new Map(entries);
}
