import { events } from './events';
import { filterChanges } from './filter-changes';
import { filters } from './filters';
import { fleet } from './fleet';
import { flood } from './flood';
import { growth } from './growth';
import { handlers } from './handlers';
import type { Benchmark } from './harness';
import { imports } from './import';
import { journal } from './journal';
import { whyNoLibvirtd } from './libvirtd';
import { manyFilters } from './many-filters';
import { nats } from './nats';
import { whyNoNatsServer } from './nats-server';
import { queue } from './queue';
import { reading } from './reading';
import { remote } from './remote';
import { manySiblings } from './siblings';
import { tenThousandFilters } from './ten-thousand-filters';

/** Why what needs a libvirtd is left out, if it is. */
export const whyNotRemote: string | undefined = whyNoLibvirtd();

/** Why what needs a NATS server is left out, if it is. */
export const whyNotNats: string | undefined = whyNoNatsServer();

/** Everything that can be measured here, in the order of the table. */
export const benchmarks: readonly Benchmark[] = [
  ...events,
  ...tenThousandFilters,
  ...manyFilters,
  ...reading,
  ...queue,
  ...handlers,
  ...filters,
  ...manySiblings,
  ...filterChanges,
  ...imports,
  ...journal,
  ...(whyNotNats === undefined ? [...nats, ...fleet] : []),
  ...flood,
  ...growth,
  ...(whyNotRemote === undefined ? remote : []),
];
