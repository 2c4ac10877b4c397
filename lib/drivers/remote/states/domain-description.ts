import { CallTimeoutError, DaemonError, DaemonGoneError } from '../../../errors';
import type { DomainQuestion } from '../../driver';
import type { Dialogue } from '../../io/dialogue';
import { printableText } from '../../io/printable-text';
import type { Conversation } from '../rpc/conversation';
import { calls } from '../rpc/protocol';
import { XdrWriter } from '../rpc/xdr-writer';

/** In the flags of `domain_get_xml_desc`: VIR_DOMAIN_XML_INACTIVE of libvirt's libvirt-domain.h. */
const INACTIVE = 2;

/**
 * Asks a daemon for a domain's XML description.
 *
 * @throws {DaemonError} `ERR_DAEMON` if there is no such domain, or the daemon refuses.
 * @throws What `Conversation.call` throws; all but a breach of the protocol says which domain it is about.
 */
export function* askDomainXml(conversation: Conversation, question: DomainQuestion): Dialogue<string> {
  const { uuid, name, inactive } = question;
  try {
    const found = yield* uuid === undefined
      ? conversation.call(calls.domainLookupByName, new XdrWriter().string(name).finish())
      : conversation.call(calls.domainLookupByUuid, new XdrWriter().uuid(uuid).finish());
    const domain = new XdrWriter().string(found.text('name')).uuid(found.uuid('uuid')).int(found.int('id'));
    const reply = yield* conversation.call(calls.domainGetXmlDesc, domain.uint(inactive ? INACTIVE : 0).finish());
    return reply.text('xml');
  } catch (error) {
    throw aboutDomain(name, error);
  }
}

/** What has become of the daemon of which a domain's description is wanted. */
export function daemonIsAway({ name }: DomainQuestion): DaemonGoneError {
  return new DaemonGoneError('error', `${cannotGet(name)}: the connection to the daemon is lost`);
}

/** The error with the domain named in front of what the daemon says. */
function aboutDomain(name: string, error: unknown): unknown {
  if (error instanceof DaemonError) {
    return new DaemonError(`${cannotGet(name)}: ${error.message} (libvirt's error ${error.number})`, error);
  }
  if (error instanceof CallTimeoutError) {
    return new CallTimeoutError(error.call, error.timeoutMs, cannotGet(name));
  }
  if (error instanceof DaemonGoneError) {
    return new DaemonGoneError(error.reason, `${cannotGet(name)}: ${error.message}`, { cause: error });
  }
  return error;
}

function cannotGet(name: string): string {
  return `cannot get the XML of the domain '${printableText(name, 80)}'`;
}
