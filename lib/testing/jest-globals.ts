/**
 * Adds the matchers to the `expect` of `@jest/globals`, and to its types: `import 'virdeliver/testing/jest-globals'`.
 *
 * @packageDocumentation
 */
import { expect } from '@jest/globals';
import { type VirdeliverMatchers, virdeliverMatchers } from './index';

declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> extends VirdeliverMatchers<R> {}
  // biome-ignore lint/suspicious/noExplicitAny: it stands for whatever is expected.
  interface AsymmetricMatchers extends VirdeliverMatchers<any> {}
}

expect.extend(virdeliverMatchers);
