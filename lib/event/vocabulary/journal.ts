import type { TreeElement } from '../../xml/tree-element';
import { boolean, child, integer } from './fields';

/** What a `collector-alive` says. */
export interface CollectorAliveDetail {
  /** After how many milliseconds the next one comes. */
  readonly intervalMs: number;
  /** Whether the collector is connected to its daemon. */
  readonly connected: boolean;
}

export function readCollectorAlive(event: TreeElement): CollectorAliveDetail {
  const collector = child(event, 'collector');
  return { intervalMs: integer(collector, 'interval-ms'), connected: boolean(collector, 'connected') };
}
