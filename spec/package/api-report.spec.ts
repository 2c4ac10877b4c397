import { readFileSync } from 'node:fs';
import '../support/built';

const { file, makeReport } = jest.requireActual<{ file: string; makeReport: () => string }>(
  '../../scripts/api-report.js',
);

describe('The report of the public face', () => {
  it("is what the built declarations say ('npm run api-report' writes it anew, and the changelog tells of what changed)", () => {
    expect(makeReport()).toBe(readFileSync(file, 'utf8'));
  });
});
