import { textNumber } from '../../xpath/atoms';
import { endsOf } from '../range';
import { type Operand, type Take, ValueIndex } from './value-index';

/**
 * Finds by ranges of numbers, of which there may be thousands: those that begin no later than a number and end no earlier.
 *
 * They form a tree in the order of their beginnings, each of whose branches knows the last end in it; random ranks keep it from
 * becoming lopsided, whatever the order in which ranges come and go.
 */
export class RangeIndex<Route> extends ValueIndex<Route> {
  #root: Branch | undefined;

  find(value: string, take: Take<Route>): void {
    const number = textNumber(value);
    this.findBetween(number, number, take);
  }

  /** Finds the ranges that one of some numbers is no less than, and one no greater: the least and the greatest of them. */
  findBetween(least: number, greatest: number, take: Take<Route>): void {
    visit(this.#root, least, greatest, (operand) => {
      this.takeFrom(operand, take);
      return true;
    });
  }

  /** A range is likely to lie where others do. */
  override expectedBeside(operand: Operand): number {
    const { begin } = branchOf(operand);
    let others = 0;
    visit(this.#root, begin, begin, () => {
      others += 1;
      return others < MOST_COUNTED;
    });
    return super.expectedBeside(operand) + (others < MOST_COUNTED ? others : this.byOperand.size / 2);
  }

  protected override operandCame(operand: Operand): void {
    this.#root = inserted(this.#root, branchOf(operand));
  }

  protected override operandWent(operand: Operand): void {
    this.#root = removed(this.#root as Branch, branchOf(operand));
  }
}

/** Where more ranges overlap than that, they aren't counted. */
const MOST_COUNTED = 64;

/** A range, and those before and behind it that have a lower rank. */
interface Branch {
  readonly operand: Operand;
  readonly begin: number;
  readonly end: number;
  readonly rank: number;
  /** Of all ranges in the branch. */
  lastEnd: number;
  before: Branch | undefined;
  behind: Branch | undefined;
}

function branchOf(operand: Operand): Branch {
  const [begin, end] = endsOf(operand as string);
  return { operand, begin, end, rank: Math.random(), lastEnd: end, before: undefined, behind: undefined };
}

/** Visits the ranges that begin no later than one number and end no earlier than another, until the visitor says no. */
function visit(
  branch: Branch | undefined,
  end: number,
  begin: number,
  visitor: (operand: Operand) => boolean,
): boolean {
  if (branch === undefined || branch.lastEnd < end) {
    return true;
  }
  if (!visit(branch.before, end, begin, visitor)) {
    return false;
  }
  if (branch.begin > begin) {
    return true;
  }
  return (branch.end < end || visitor(branch.operand)) && visit(branch.behind, end, begin, visitor);
}

function inserted(branch: Branch | undefined, added: Branch): Branch {
  if (branch === undefined) {
    return added;
  }
  if (branch.rank < added.rank) {
    [added.before, added.behind] = parted(branch, added);
    return measured(added);
  }
  if (isBefore(added, branch)) {
    branch.before = inserted(branch.before, added);
  } else {
    branch.behind = inserted(branch.behind, added);
  }
  return measured(branch);
}

/** What is before a range, and what is behind it. */
function parted(branch: Branch | undefined, at: Branch): [Branch | undefined, Branch | undefined] {
  if (branch === undefined) {
    return [undefined, undefined];
  }
  if (isBefore(branch, at)) {
    const [before, behind] = parted(branch.behind, at);
    branch.behind = before;
    return [measured(branch), behind];
  }
  const [before, behind] = parted(branch.before, at);
  branch.before = behind;
  return [before, measured(branch)];
}

function removed(branch: Branch, range: Branch): Branch | undefined {
  if (branch.operand === range.operand) {
    return joined(branch.before, branch.behind);
  }
  if (isBefore(range, branch)) {
    branch.before = removed(branch.before as Branch, range);
  } else {
    branch.behind = removed(branch.behind as Branch, range);
  }
  return measured(branch);
}

/** One branch of two, of which all of one is before all of the other. */
function joined(before: Branch | undefined, behind: Branch | undefined): Branch | undefined {
  if (before === undefined || behind === undefined) {
    return before ?? behind;
  }
  if (before.rank > behind.rank) {
    before.behind = joined(before.behind, behind);
    return measured(before);
  }
  behind.before = joined(before, behind.before);
  return measured(behind);
}

function isBefore(one: Branch, other: Branch): boolean {
  return one.begin < other.begin || (one.begin === other.begin && one.end < other.end);
}

function measured(branch: Branch): Branch {
  const { before, behind, end } = branch;
  branch.lastEnd = Math.max(end, before?.lastEnd ?? end, behind?.lastEnd ?? end);
  return branch;
}
