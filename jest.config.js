const { availableParallelism } = require('node:os');

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/spec'],
  testMatch: ['**/*.spec.ts'],
  // With `isolatedModules` in tsconfig.json this leaves the types to `npm run check`, which sees all of them at once.
  transform: { '^.+\\.ts$': 'ts-jest' },
  globalSetup: '<rootDir>/spec/support/build-first.ts',
  // The relay and the client of NATS are programs of their own, which Node runs as they were compiled.
  moduleNameMapper: { '/(?:relay|hub)-program-file$': '<rootDir>/spec/support/built.ts' },
  testTimeout: 30_000,
  testSequencer: '<rootDir>/spec/support/longest-first.js',
  // Many specs wait for other processes, during which one worker more than cores has something to do. In CI, where nobody
  // waits, nothing is to be slowed down by a neighbour.
  maxWorkers: process.env.CI ? '100%' : availableParallelism() + 1,
};
