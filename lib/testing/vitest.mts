/**
 * Adds the matchers to Vitest's `expect`, and to its types: `import 'virdeliver/testing/vitest'`, once, in a file of
 * `setupFiles` or in a test.
 *
 * An ES module, since Vitest itself cannot be loaded as anything else.
 *
 * @packageDocumentation
 */
import { expect } from 'vitest';
import { type VirdeliverMatchers, virdeliverMatchers } from './index.js';

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: as Vitest declares it.
  interface Matchers<T = any> extends VirdeliverMatchers<void> {}
}

expect.extend(virdeliverMatchers);
