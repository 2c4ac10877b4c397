import type { StreamConfig } from '@nats-io/jetstream';

/** Why a stream can't carry what readers find by their own places, and what is to be done; nothing if it can. */
export function whyUnfit({ name, retention, no_ack: isMute }: StreamConfig): string | undefined {
  if (retention !== 'limits') {
    const problem = `the stream ${name} keeps messages only for its consumers (retention: ${retention}), and readers have none`;
    return `${problem}; make it anew with --retention limits`;
  }
  if (isMute) {
    return `the stream ${name} acknowledges nothing; run: nats stream edit ${name} --ack`;
  }
  return undefined;
}

/** The same for events, of which a stream may forget none in the middle. */
export function whyUnfitForEvents(config: StreamConfig): string | undefined {
  const { name, max_msgs_per_subject: most } = config;
  return most > 0
    ? `the stream ${name} keeps only the last ${most} of a host's events of a type, and readers are not told which are gone; ` +
        `run: nats stream edit ${name} --max-msgs-per-subject=-1`
    : whyUnfit(config);
}
