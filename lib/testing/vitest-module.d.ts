/** What is used of Vitest, which is not installed for the sake of one import. */
declare module 'vitest' {
  export const expect: { extend(matchers: object): void };
  // biome-ignore lint/suspicious/noExplicitAny: as Vitest declares it.
  export interface Matchers<T = any> {}
}
