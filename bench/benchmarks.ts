import { events } from './events';
import { filters } from './filters';
import { handlers } from './handlers';
import type { Benchmark } from './harness';
import { imports } from './import';
import { whyNoLibvirtd } from './libvirtd';
import { queue } from './queue';
import { reading } from './reading';
import { remote } from './remote';

/** Why what needs a libvirtd is left out, where it is. */
export const whyNotRemote: string | undefined = whyNoLibvirtd();

/** Everything that can be measured here, in the order of the table. */
export const benchmarks: readonly Benchmark[] = [
  ...events,
  ...reading,
  ...queue,
  ...handlers,
  ...filters,
  ...imports,
  ...(whyNotRemote === undefined ? remote : []),
];
