/**
 * Adds the matchers to Jest's global `expect`, and to its types: `import 'virdeliver/testing/jest'`, once, in a file of
 * `setupFilesAfterEnv` or in a test.
 *
 * @packageDocumentation
 */
import { InvalidArgumentError } from '../errors';
import { type VirdeliverMatchers, virdeliverMatchers } from './index';

declare global {
  namespace jest {
    // biome-ignore lint/complexity/noBannedTypes: as the types of Jest declare it.
    interface Matchers<R, T = {}> extends VirdeliverMatchers<R> {}
    // biome-ignore lint/suspicious/noExplicitAny: it stands for whatever is expected.
    interface Expect extends VirdeliverMatchers<any> {}
    // biome-ignore lint/suspicious/noExplicitAny: as above, behind `expect.not`.
    interface InverseAsymmetricMatchers extends VirdeliverMatchers<any> {}
  }
}

const { expect } = globalThis as { readonly expect?: { extend(matchers: typeof virdeliverMatchers): void } };
if (expect === undefined) {
  throw new InvalidArgumentError(
    "'virdeliver/testing/jest'",
    "needs Jest's global 'expect'; there are 'virdeliver/testing/jest-globals' and 'virdeliver/testing/vitest', too",
  );
}
expect.extend(virdeliverMatchers);
