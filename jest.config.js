/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/spec'],
  testMatch: ['**/*.spec.ts'],
  // With `isolatedModules` in tsconfig.json this leaves the types to `npm run check`, which sees all of them at once.
  transform: { '^.+\\.ts$': 'ts-jest' },
  globalSetup: '<rootDir>/spec/support/build-first.ts',
  // The relay is a program of its own, which Node runs as it was compiled.
  moduleNameMapper: { '/relay-program-file$': '<rootDir>/spec/support/built.ts' },
  testTimeout: 30_000,
  // Jest leaves one core alone by default, which on two is half of the time.
  maxWorkers: '100%',
};
