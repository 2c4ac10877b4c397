import type { HubRequest } from '../protocol';
import { Bookmarks } from './bookmarks';
import type { Hub } from './hub';
import { Reading } from './reading';

/** What a parent can ask for when there is a connection. */
export class Requests {
  readonly #hub: Hub;
  #bookmarks: Bookmarks | undefined;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /** Does what the parent asks for. */
  async do(request: Exclude<HubRequest, { ask: 'connect' }>, _body: Buffer): Promise<object> {
    switch (request.ask) {
      case 'stream': {
        const { created, state } = await this.#hub.streamInfo(request.with.stream);
        return { created, first: state.first_seq, last: state.last_seq };
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
        return { isWritten: (await this.#bookmarks?.settle()) ?? true };
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
    const { delivered } = await consumer.info(true);
    void consumer.delete().catch(() => {});
    return delivered.stream_seq + 1;
  }
}
