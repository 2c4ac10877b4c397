import type { AbortSignalLike } from '../arguments';
import { callEach } from './call-each';

/** What is to be called when a signal aborts. A signal that the program has dropped takes this with it. */
const watched = new WeakMap<AbortSignalLike, Set<() => void>>();

/**
 * Calls a function when a signal aborts, unless it is called off before.
 *
 * The library listens once to each signal, however many handlers and waits share it: Node takes many listeners on one
 * signal for a leak, and looks at all of them to remove one.
 *
 * @param callback A function of its own for each call.
 * @returns A function that calls it off; calling it again does nothing.
 */
export function whenAborted(signal: AbortSignalLike, callback: () => void): () => void {
  let callbacks = watched.get(signal);
  if (callbacks === undefined) {
    callbacks = new Set();
    watched.set(signal, callbacks);
    signal.addEventListener('abort', onAbort);
  }
  const sharing = callbacks.add(callback);
  return () => {
    if (sharing.delete(callback) && sharing.size === 0) {
      watched.delete(signal);
      signal.removeEventListener('abort', onAbort);
    }
  };
}

function onAbort(event: { readonly target: unknown }): void {
  callEach(watched.get(event.target as AbortSignalLike) ?? [], "calls upon a signal's abort", (callback) => callback());
}
