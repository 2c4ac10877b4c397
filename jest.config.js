/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/spec'],
  testMatch: ['**/*.spec.ts'],
  // With `isolatedModules` in tsconfig.json this leaves the types to `npm run check`, which sees all of them at once.
  transform: { '^.+\\.ts$': 'ts-jest' },
  testTimeout: 30_000,
};
