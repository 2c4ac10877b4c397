import type { LightTree } from '../../xml/light-tree';
import type { Expression } from '../ast';
import { printExpression } from '../print';
import { emptyScope } from '../scope';
import { Compiler } from './compiler';
import { Evaluation, emptyTree } from './evaluation';
import { numberValue, stringValue } from './node';
import { NumberedTexts } from './numbered-texts';
import type { Computation } from './operands';

/** Something that is found out once an event, for all expressions that want it. */
export interface Cell {
  readonly key: string;
  /** How many use it. */
  users: number;
  /** Lets go of what was found out. */
  clear(): void;
}

/** What an expression comes to, at each node of a place; computed when it is first wanted. */
export class Values<T> implements Cell {
  readonly key: string;
  users = 0;
  readonly #place: Place;
  readonly #compute: Computation<T>;
  readonly #values: (T | undefined)[] = [];

  constructor(key: string, place: Place, compute: Computation<T>) {
    this.key = key;
    this.#place = place;
    this.#compute = compute;
  }

  /** The value at one of the nodes. */
  at(index: number): T {
    return this.#values[index] ?? this.#find(index);
  }

  clear(): void {
    this.#values.length = 0;
  }

  #find(index: number): T {
    const { joint, nodes } = this.#place;
    if (this.#values.length === 0) {
      joint.noteFilled(this);
    }
    const value = this.#compute(joint.evaluation, nodes[index]!);
    this.#values[index] = value;
    return value;
  }
}

/** Nodes at which expressions are evaluated: the root element, or those that a path leads to from each node of another place. */
export class Place implements Cell {
  readonly key: string;
  readonly joint: JointValues;
  /** For what is evaluated here. */
  readonly compiler: Compiler;
  users = 0;
  readonly nodes: number[] = [];
  readonly #from: Place | undefined;
  readonly #walk: Computation<boolean>;
  /** Where the nodes begin and end that each node of the other place leads to. */
  readonly #starts: (number | undefined)[] = [];
  readonly #ends: number[] = [];

  constructor(key: string, joint: JointValues, from?: Place, path?: Expression) {
    this.key = key;
    this.joint = joint;
    this.#from = from;
    if (from === undefined || path === undefined) {
      this.compiler = new Compiler(emptyScope);
      this.#walk = () => false;
    } else {
      const source = from.compiler.nodes(path);
      this.compiler = from.compiler.within(source.kinds);
      this.#walk = source.into((_, node) => {
        this.nodes.push(node);
        return false;
      });
    }
  }

  /** Where the nodes begin that a node of the other place leads to. */
  start(index: number): number {
    return this.#starts[index] ?? this.#find(index);
  }

  /** Where they end; to be asked for after the start. */
  end(index: number): number {
    return this.#ends[index]!;
  }

  clear(): void {
    this.nodes.length = 0;
    this.#starts.length = 0;
  }

  #find(index: number): number {
    if (this.#starts.length === 0) {
      this.joint.noteFilled(this);
    }
    const start = this.nodes.length;
    this.#walk(this.joint.evaluation, this.#from!.nodes[index]!);
    this.#starts[index] = start;
    this.#ends[index] = this.nodes.length;
    return start;
  }
}

/** What many expressions want to know of an event, each thing found out once. */
export class JointValues {
  readonly evaluation = new Evaluation();
  /** The constants that values are compared with. */
  readonly texts = new NumberedTexts();
  /** The root element. */
  readonly root = new Place('', this);
  readonly #cells = new Map<string, Cell>();
  readonly #filled: Cell[] = [];

  /** Whether nothing is used any more. */
  get isEmpty(): boolean {
    return this.#cells.size === 0 && this.texts.isEmpty;
  }

  /** Turns to another tree. */
  begin(tree: LightTree, operations: number): void {
    this.end();
    this.evaluation.begin(tree, operations);
    this.root.nodes[0] = tree.rootElement;
  }

  /** Lets go of the tree, and of what was found out. */
  end(): void {
    for (let cell = this.#filled.pop(); cell !== undefined; cell = this.#filled.pop()) {
      cell.clear();
    }
    if (this.evaluation.tree !== emptyTree) {
      this.evaluation.end();
    }
  }

  noteFilled(cell: Cell): void {
    this.#filled.push(cell);
  }

  /** The nodes that a path leads to from those of a place. */
  place(from: Place, path: Expression): Place {
    return this.#acquire(keyOf('nodes', from, path), (key) => new Place(key, this, from, path));
  }

  booleans(place: Place, of: Expression): Values<boolean> {
    return this.#values('boolean', place, of, () => place.compiler.boolean(of));
  }

  wholeTexts(place: Place, of: Expression): Values<string> {
    return this.#values('text', place, of, () => place.compiler.text(of));
  }

  /** The numbers of the nodes of a node-set, or of what else it is. */
  numbers(place: Place, of: Expression): Values<readonly number[]> {
    return this.#values('numbers', place, of, () => {
      const { compiler } = place;
      return compiler.type(of) === 'node-set' ? listed(compiler, of, numberValue) : single(compiler.number(of));
    });
  }

  /** What numbers the string-values of a node-set's nodes have among the constants, -1 if none; or that of a string. */
  numbered(place: Place, of: Expression): Values<readonly number[]> {
    return this.#values('numbered', place, of, () => {
      const { compiler } = place;
      const numberIn = (text: Computation<string>): Computation<number> => {
        return (evaluation, node) => this.texts.find(text(evaluation, node));
      };
      return compiler.type(of) === 'node-set'
        ? listed(compiler, of, numberIn(stringValue))
        : single(numberIn(compiler.text(of)));
    });
  }

  /** Says that some cells are used by one less. */
  release(cells: readonly Cell[]): void {
    for (const cell of cells) {
      cell.users -= 1;
      if (cell.users === 0) {
        this.#cells.delete(cell.key);
      }
    }
  }

  #values<T>(kind: string, place: Place, of: Expression, compile: () => Computation<T>): Values<T> {
    return this.#acquire(keyOf(kind, place, of), (key) => new Values(key, place, compile()));
  }

  #acquire<T extends Cell>(key: string, make: (key: string) => T): T {
    let cell = this.#cells.get(key);
    if (cell === undefined) {
      cell = make(key);
      this.#cells.set(key, cell);
    }
    cell.users += 1;
    return cell as T;
  }
}

/** The same for whatever comes to the same; an expression has no line break outside its strings. */
function keyOf(kind: string, place: Place, expression: Expression): string {
  return JSON.stringify([kind, place.key, printExpression(expression)]);
}

function listed<T>(compiler: Compiler, nodes: Expression, of: Computation<T>): Computation<readonly T[]> {
  let list: T[] = [];
  const walk = compiler.nodes(nodes).into((evaluation, node) => {
    evaluation.spend(1);
    list.push(of(evaluation, node));
    return false;
  });
  return (evaluation, node) => {
    list = [];
    walk(evaluation, node);
    return list;
  };
}

function single<T>(of: Computation<T>): Computation<readonly T[]> {
  return (evaluation, node) => [of(evaluation, node)];
}
