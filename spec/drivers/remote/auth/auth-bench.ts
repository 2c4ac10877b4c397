import { runInLoop, runNow } from '../../../../lib/drivers/io/dialogue';
import { authenticate } from '../../../../lib/drivers/remote/auth/authenticate';
import type { AuthenticationRequest } from '../../../../lib/drivers/remote/auth/credentials';
import type { Environment } from '../../../../lib/drivers/remote/environment';
import { Conversation } from '../../../../lib/drivers/remote/rpc/conversation';
import type { Packet } from '../../../../lib/drivers/remote/rpc/packet';
import { authType, calls, countLimit, type Procedure } from '../../../../lib/drivers/remote/rpc/protocol';
import { XdrReader } from '../../../../lib/drivers/remote/rpc/xdr-reader';
import { XdrWriter } from '../../../../lib/drivers/remote/rpc/xdr-writer';
import { parseRemoteUri } from '../../../../lib/drivers/remote/uri';
import { ChannelBench, refusalBytes, replyBytes } from '../rpc/channel-bench';

/** A user's environment without any file of credentials. */
export const nowhere: Environment = {
  uid: 1000,
  home: '/nowhere/home',
  variables: {},
  systemSocketFolder: '/nowhere/run',
  systemConfigurationFolder: '/nowhere/etc',
  systemPkiFolder: '/nowhere/pki',
};

/** How long a daemon may take to answer. */
export const TIMEOUT = 10_000;

/** What a client is to prove to a daemon on this machine, with something changed; by default nobody answers. */
export function requestOf(
  changes: Partial<Omit<AuthenticationRequest, 'uri'>> = {},
  uri = 'qemu:///system',
): AuthenticationRequest {
  return {
    uri: parseRemoteUri(uri),
    conversation: new Conversation(new ChannelBench().channel, TIMEOUT),
    host: 'localhost',
    isPrivate: true,
    credentials: undefined,
    environment: nowhere,
    timeoutMs: TIMEOUT,
    ...changes,
  };
}

/** A daemon's answer to a call. */
export type Answer = (call: Packet) => Uint8Array;

/** Answers with a result in XDR. */
export function answers(payload: Uint8Array): Answer {
  return (call) => replyBytes(call, payload);
}

/** Refuses with an error of libvirt's. */
export function refuses(number: number, message: string): Answer {
  return (call) => refusalBytes(call, number, message);
}

/** The ways to authenticate that a daemon takes. */
export function listOf(...types: number[]): Uint8Array {
  return new XdrWriter().array(types, (writer, type) => writer.int(type)).finish();
}

/** A channel to a daemon that has these answers, by the numbers of the calls. */
export function daemonThat(...rules: (readonly [procedure: Procedure, answer: Answer])[]): ChannelBench {
  const bench = new ChannelBench();
  bench.transport.onPacket = (packet) => {
    const [, answer] = rules.find(([{ number }]) => number === packet.procedure)!;
    bench.transport.arrive(answer(packet));
  };
  return bench;
}

/** Authenticates without a turn of the event loop. */
export function authenticateAt({ channel }: ChannelBench, request: AuthenticationRequest = requestOf()): void {
  runNow(authenticate({ ...request, conversation: new Conversation(channel, 3 * TIMEOUT) }));
}

/** Authenticates in the event loop. */
export async function authenticateAsync({ channel }: ChannelBench, request: AuthenticationRequest): Promise<void> {
  await runInLoop(authenticate({ ...request, conversation: new Conversation(channel, 3 * TIMEOUT) }));
}

/** What a client says by SASL: to begin with under a mechanism. */
export interface SaslMessage {
  readonly mechanism: string | undefined;
  /** `undefined` if it says that it has none. */
  readonly data: Buffer | undefined;
}

/** What a daemon says to it, or why it refuses; with `data` left out it says that it has none. */
export type SaslReply =
  | { readonly isComplete: boolean; readonly data?: Uint8Array | undefined }
  | { readonly refusal: number; readonly message: string };

/** A daemon that asks by SASL and offers these mechanisms, in libvirt's own spelling of the list. */
export function saslDaemon(mechanisms: string, reply: (message: SaslMessage) => SaslReply): ChannelBench {
  const answer: Answer = (call) => {
    const said = reply(readMessage(call));
    return 'refusal' in said ? refusalBytes(call, said.refusal, said.message) : replyBytes(call, saslReply(said));
  };
  return daemonThat(
    [calls.authList, answers(listOf(authType.sasl))],
    [calls.authSaslInit, answers(new XdrWriter().string(mechanisms).finish())],
    [calls.authSaslStart, answer],
    [calls.authSaslStep, answer],
  );
}

/** What a daemon says, in XDR; its bytes come with their sign, as a C compiler for most machines has it. */
export function saslReply({ isComplete, data }: { isComplete: boolean; data?: Uint8Array | undefined }): Uint8Array {
  return new XdrWriter()
    .bool(isComplete)
    .bool(data === undefined)
    .array([...(data ?? [])], (writer, byte) => writer.int((byte << 24) >> 24))
    .finish();
}

function readMessage({ procedure, payload }: Packet): SaslMessage {
  const reader = new XdrReader(payload, 'what the client says');
  const mechanism = procedure === calls.authSaslStart.number ? reader.string('mechanism') : undefined;
  const isNil = reader.bool('nil');
  const data = Buffer.from(reader.array('data', countLimit.saslData, () => reader.int('data')));
  expect(reader.remaining).toBe(0);
  return { mechanism, data: isNil ? undefined : data };
}
