/**
 * Compares what reads events of known shapes with the strict scanner on any number of mutated events, with any seed:
 *
 *     npm run fuzz -- --events 10000000 --seed 7
 *
 * Without `--seed` it takes another one each time. A difference is shown with the event; the seed, which tells the rest, is
 * in the test's name.
 */
const { runSpec } = require('./run-spec');

runSpec('spec/event/shapes-against-scanner', {
  events: { variable: 'VIRDELIVER_FUZZ_EVENTS', usual: 1_000_000 },
  seed: { variable: 'VIRDELIVER_FUZZ_SEED', usual: (Date.now() % 2 ** 31) + 1 },
});
