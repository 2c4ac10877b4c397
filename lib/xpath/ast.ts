/** Where a piece of an expression stands, counted from 0 in UTF-16 code units; `end` is the place after its last one. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A name with or without a prefix, as it was written (Namespaces in XML production [7]). */
export interface QualifiedName {
  readonly prefix: string | undefined;
  readonly local: string;
}

/** An XPath 1.0 expression (production [14]), parentheses resolved and abbreviations written out. */
export type Expression =
  | Chain
  | Comparison
  | Arithmetic
  | Negation
  | StringLiteral
  | NumberLiteral
  | VariableReference
  | FunctionCall
  | Filtered
  | Path;

/** `a or b or c`, `a and b and c`, `a | b | c`: one node however long, so that no chain makes a deep tree. */
export interface Chain extends Span {
  readonly kind: 'or' | 'and' | 'union';
  readonly operands: readonly Expression[];
}

export type ComparisonOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';

export interface Comparison extends Span {
  readonly kind: 'comparison';
  readonly operator: ComparisonOperator;
  readonly left: Expression;
  readonly right: Expression;
}

export type ArithmeticOperator = '+' | '-' | '*' | 'div' | 'mod';

/** Operands with operators of one precedence between them, to be applied from left to right. */
export interface Arithmetic extends Span {
  readonly kind: 'arithmetic';
  readonly operands: readonly Expression[];
  /** One less than the operands: `operators[i]` stands before `operands[i + 1]`. */
  readonly operators: readonly ArithmeticOperator[];
}

/** A minus sign. */
export interface Negation extends Span {
  readonly kind: 'negation';
  readonly operand: Expression;
}

export interface StringLiteral extends Span {
  readonly kind: 'string';
  readonly value: string;
  /** Whether it stands for one of a template's constants, so that its value changes. */
  readonly varies?: true;
}

export interface NumberLiteral extends Span {
  readonly kind: 'number';
  /** Its digits with no needless point: `2` for `2.`, `0.5` for `.5`. */
  readonly digits: string;
  readonly value: number;
  /** Whether it stands for one of a template's constants, so that its value changes; its digits do not. */
  readonly varies?: true;
}

export type Literal = StringLiteral | NumberLiteral;

export interface VariableReference extends Span {
  readonly kind: 'variable';
  readonly name: QualifiedName;
}

export interface FunctionCall extends Span {
  readonly kind: 'call';
  readonly name: QualifiedName;
  readonly arguments: readonly Expression[];
}

/** An expression with predicates: `(//disk)[1]` (production [20]). */
export interface Filtered extends Span {
  readonly kind: 'filtered';
  readonly base: Expression;
  readonly predicates: readonly Expression[];
}

/** A location path, or the path that leads on from the nodes of another expression (productions [1] and [19]). */
export interface Path extends Span {
  readonly kind: 'path';
  /** Where the first step starts: at the root of the document, at the context node, or at an expression's nodes. */
  readonly from: 'root' | 'context' | Expression;
  /** Empty for `/` alone. */
  readonly steps: readonly Step[];
}

export const axes = [
  'ancestor',
  'ancestor-or-self',
  'attribute',
  'child',
  'descendant',
  'descendant-or-self',
  'following',
  'following-sibling',
  'namespace',
  'parent',
  'preceding',
  'preceding-sibling',
  'self',
] as const;

export type Axis = (typeof axes)[number];

/** One step of a path (production [4]); `//` stands for a step of its own, `descendant-or-self::node()`. */
export interface Step extends Span {
  readonly axis: Axis;
  readonly test: NodeTest;
  readonly predicates: readonly Expression[];
}

export const nodeTypes = ['comment', 'node', 'processing-instruction', 'text'] as const;

export type NodeType = (typeof nodeTypes)[number];

/** Production [7]: `*`, `p:*`, `name`, `p:name`, `text()`, `processing-instruction('target')`, … */
export type NodeTest =
  | ({ readonly kind: 'any' } & Span)
  | ({ readonly kind: 'namespace'; readonly prefix: string } & Span)
  | ({ readonly kind: 'name'; readonly name: QualifiedName } & Span)
  | ({ readonly kind: 'type'; readonly type: NodeType; readonly target: string | undefined } & Span);

/** The expressions that an expression is made of, predicates included. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'or':
    case 'and':
    case 'union':
    case 'arithmetic':
      return expression.operands;
    case 'comparison':
      return [expression.left, expression.right];
    case 'negation':
      return [expression.operand];
    case 'call':
      return expression.arguments;
    case 'filtered':
      return [expression.base, ...expression.predicates];
    case 'path': {
      const predicates = expression.steps.flatMap((step) => step.predicates);
      return typeof expression.from === 'string' ? predicates : [expression.from, ...predicates];
    }
    default:
      return nothing;
  }
}

const nothing: readonly Expression[] = [];

/** A qualified name as one writes it. */
export function nameText(name: QualifiedName): string {
  return name.prefix === undefined ? name.local : `${name.prefix}:${name.local}`;
}
