import { events } from './events';
import { filters } from './filters';
import { handlers } from './handlers';
import type { Benchmark } from './harness';
import { imports } from './import';
import { queue } from './queue';
import { reading } from './reading';

/** Everything that is measured, in the order of the table. */
export const benchmarks: readonly Benchmark[] = [...events, ...reading, ...queue, ...handlers, ...filters, ...imports];
