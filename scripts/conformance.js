/**
 * Compares the filters with other implementations of XPath 1.0 on any number of random cases, with any seed:
 *
 *     npm run conformance -- --cases 1000000 --seed 7
 *
 * Without `--seed` it takes another one each time, and says which. libxml2 and Python must be installed (Debian's
 * package python3-lxml brings both).
 */
const { runSpec } = require('./run-spec');

runSpec(
  'spec/filter/conformance',
  {
    cases: { variable: 'VIRDELIVER_CONFORMANCE_CASES', usual: 100_000 },
    seed: { variable: 'VIRDELIVER_CONFORMANCE_SEED', usual: Date.now() % 2 ** 31 },
  },
  { VIRDELIVER_LIVE: '1' },
);
