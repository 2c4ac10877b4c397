import type { HubProblem, HubProblemKind } from './protocol';

/** The child could not do what it was asked for. */
export class HubError extends Error {
  readonly kind: HubProblemKind;
  /** The server's own number of the problem, if it has said one. */
  readonly code: number | undefined;
  constructor({ message, kind, code }: HubProblem) {
    super(message);
    this.kind = kind;
    this.code = code;
  }
}
