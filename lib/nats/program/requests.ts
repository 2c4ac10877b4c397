import type { HubRequest, StreamFacts } from '../protocol';
import { Bookmarks } from './bookmarks';
import { createStreams } from './creating';
import type { Hub } from './hub';
import { Publishing } from './publishing';
import { Reading } from './reading';
import { whyUnfitForEvents } from './unfit-stream';

/** What a parent can ask for when there is a connection. */
export class Requests {
  readonly #hub: Hub;
  readonly #publishing: Publishing;
  #bookmarks: Bookmarks | undefined;

  constructor(hub: Hub) {
    this.#hub = hub;
    this.#publishing = new Publishing(hub);
  }

  /** Does what the parent asks for. */
  async do(request: Exclude<HubRequest, { ask: 'connect' }>, body: Buffer): Promise<object> {
    switch (request.ask) {
      case 'stream': {
        const { created, state, config } = await this.#hub.streamInfo(request.with.stream);
        return {
          created,
          first: state.first_seq,
          last: state.last_seq,
          isDirect: config.allow_direct === true,
          subjects: config.subjects ?? [],
          unfit: whyUnfitForEvents(config),
        } satisfies StreamFacts;
      }
      case 'find':
        return { next: await this.#find(request.with.stream, request.with.time) };
      case 'read':
        void new Reading(this.#hub, request.with).run();
        return {};
      case 'places':
        return { places: await this.#bookmarksIn(request.with.stream).find(request.with.subjects) };
      case 'claim':
        await this.#bookmarksIn(request.with.stream).claim(request.with);
        return {};
      case 'keep':
        this.#bookmarks?.keep(request.with);
        return {};
      case 'settle':
        return { problem: await this.#bookmarks?.settle() };
      case 'create':
        await createStreams(this.#hub, request.with);
        return {};
      case 'deleted':
        return { isDeleted: await this.#publishing.isDeleted(request.with) };
      case 'newest':
        return this.#publishing.newest(request.with);
      case 'publish':
        return this.#publishing.publish(request.with, body);
    }
  }

  /** Does what is still to be done when the parent has ended. */
  async end(): Promise<void> {
    await this.#bookmarks?.settle();
  }

  #bookmarksIn(stream: string): Bookmarks {
    this.#bookmarks ??= new Bookmarks(this.#hub, stream);
    return this.#bookmarks;
  }

  /** A consumer that begins at a time says where that is. */
  async #find(stream: string, time: string): Promise<number> {
    const consumer = await this.#hub.client.consumers.get(stream, { opt_start_time: time });
    const { delivered, num_pending: pending } = await consumer.info(true);
    void consumer.delete().catch(() => {});
    return pending > 0 ? delivered.stream_seq + 1 : (await this.#hub.streamInfo(stream)).state.last_seq + 1;
  }
}
