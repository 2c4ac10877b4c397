import { often } from '../../support/often';

const {
  VIRDELIVER_CONFORMANCE_CASES: wantedCases,
  VIRDELIVER_CONFORMANCE_SEED: wantedSeed,
  VIRDELIVER_LIVE: live,
} = process.env;

/** Whether somebody asked for a run of another extent, and wants to read its figures: see scripts/conformance.js. */
export const isOnRequest: boolean = wantedCases !== undefined;

/** How many random cases the filters are compared on: with a real daemon many, elsewhere so few that one waits a few seconds for them. */
export const cases: number = Number(wantedCases ?? (live === '1' ? 100_000 : often(20_000)));

/** What all of them follow from. */
export const seed: number = Number(wantedSeed ?? 1);

/** How long comparing them may take, in milliseconds. */
export const patience: number = 60_000 + 3 * cases;
