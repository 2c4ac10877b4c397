import { DaemonError } from '../../../errors';
import type { Answer } from '../rpc/outstanding-calls';
import { calls, countLimit, errorNumber } from '../rpc/protocol';
import type { RpcChannel } from '../rpc/rpc-channel';
import { XdrReader } from '../rpc/xdr-reader';
import { XdrWriter } from '../rpc/xdr-writer';
import type { KnownDomain } from './domain-comparison';
import type { StateAnswer } from './state-answer';

export type DomainIdentity = Pick<KnownDomain, 'name' | 'uuid' | 'id'>;

/** A domain as the list of a daemon has it. */
export interface NamedDomain extends DomainIdentity {
  readonly persistent: boolean;
}

/** In the flags of `connect_list_all_domains`: VIR_CONNECT_LIST_DOMAINS_TRANSIENT of libvirt's libvirt-domain.h. */
const TRANSIENT = 8;

/**
 * Asks a daemon in which state a domain is, without waiting for the answer.
 *
 * @param onAnswer Called with the answer, however long that takes; never if the channel fails before.
 */
export function askState(channel: RpcChannel, domain: DomainIdentity, onAnswer: (answer: StateAnswer) => void): void {
  const payload = new XdrWriter().string(domain.name).uuid(domain.uuid).int(domain.id).uint(0).finish();
  channel.post({ procedure: calls.domainGetState, payload }, (answer) => onAnswer(stateIn(answer)));
}

/**
 * Asks a daemon for all its domains, without waiting for the answer.
 *
 * @param onAnswer Called with them, or with the daemon's refusal. A driver that has no domains has an empty list of them.
 */
export function askDomains(
  channel: RpcChannel,
  onAnswer: (answer: readonly NamedDomain[] | DaemonError) => void,
): void {
  askList(channel, 0, (all) => {
    if (all instanceof DaemonError) {
      onAnswer(all.number === errorNumber.noSupport ? [] : all);
      return;
    }
    askList(channel, TRANSIENT, (some) => {
      if (some instanceof DaemonError) {
        onAnswer(some);
        return;
      }
      const transient = new Set(some.map(({ uuid }) => uuid));
      onAnswer(all.map((domain) => ({ ...domain, persistent: !transient.has(domain.uuid) })));
    });
  });
}

/** Asks for the domains that satisfy the flags; with none of them, for all. */
function askList(
  channel: RpcChannel,
  flags: number,
  onAnswer: (answer: readonly DomainIdentity[] | DaemonError) => void,
): void {
  // The domains are wanted, not only their number.
  const payload = new XdrWriter().int(1).uint(flags).finish();
  channel.post({ procedure: calls.listAllDomains, payload }, (answer) =>
    onAnswer(answer instanceof DaemonError ? answer : domainsIn(answer)),
  );
}

function domainsIn(answer: Uint8Array): DomainIdentity[] {
  return new XdrReader(answer, 'the reply to connect_list_all_domains').array(
    'domains',
    countLimit.domains,
    (reader) => ({ name: reader.text('name'), uuid: reader.uuid('uuid'), id: reader.int('id') }),
  );
}

function stateIn(answer: Answer): StateAnswer {
  if (answer instanceof DaemonError) {
    return answer.number === errorNumber.noDomain ? 'gone' : 'unknown';
  }
  const reader = new XdrReader(answer, 'the reply to domain_get_state');
  return { state: reader.int('state'), reason: reader.int('reason') };
}
