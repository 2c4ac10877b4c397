import { microseconds } from '../../time-stamps';
import type { Expression } from '../ast';
import { atomText } from '../atoms';
import {
  characterCount,
  contains,
  isLanguage,
  normalizeSpace,
  type Replacements,
  replacementsFor,
  SHORT_PART,
  startsWith,
  substring,
  substringAfter,
  substringBefore,
  translate,
} from '../text-functions';
import type { Evaluation, NumberOf, TextOf } from './evaluation';
import { languageOf, localName, namespaceUri, numberValue, qualifiedName, stringValue } from './node';
import type { Computation, OperandCompiler } from './operands';
import { inDocumentOrder, type Source } from './source';

/** Compiles the calls of one function. */
export type CompileCall<T> = (compiler: OperandCompiler, args: readonly Expression[]) => Computation<T>;

/** The core functions that return booleans (XPath 1.0 §4.2, §4.3). */
export const booleanFunctions: ReadonlyMap<string, CompileCall<boolean>> = new Map<string, CompileCall<boolean>>([
  ['boolean', (compiler, [value]) => compiler.boolean(value!)],
  [
    'not',
    (compiler, [value]) => {
      const test = compiler.boolean(value!);
      return (evaluation, node) => {
        evaluation.spend(1);
        return !test(evaluation, node);
      };
    },
  ],
  ['true', () => () => true],
  ['false', () => () => false],
  [
    'lang',
    (compiler, [wanted]) => {
      const text = compiler.text(wanted!);
      return (evaluation, node) => {
        const language = languageOf(evaluation, node);
        const name = text(evaluation, node);
        evaluation.spendOnCharacters(name.length + (language?.length ?? 0));
        return isLanguage(language, name);
      };
    },
  ],
  ['starts-with', ofTwoTexts(startsWith)],
  ['contains', ofTwoTexts(contains)],
]);

/** The core functions that return numbers (§4.1, §4.2, §4.4), and the library's own. */
export const numberFunctions: ReadonlyMap<string, CompileCall<number>> = new Map<string, CompileCall<number>>([
  ['last', () => (evaluation) => evaluation.size],
  ['position', () => (evaluation) => evaluation.position],
  ['count', (compiler, [nodes]) => total(compiler.nodes(nodes!), () => 1)],
  ['sum', (compiler, [nodes]) => total(inDocumentOrder(compiler.nodes(nodes!)), numberValue)],
  ['number', (compiler, [value]) => (value === undefined ? numberValue : compiler.number(value))],
  ['floor', ofNumber(Math.floor)],
  ['ceiling', ofNumber(Math.ceil)],
  // Towards positive infinity if two integers are equally near (§4.4).
  ['round', ofNumber(Math.round)],
  [
    'microseconds',
    (compiler, [value]) => {
      const text = compiler.text(value!);
      return (evaluation, node) => {
        const whole = text(evaluation, node);
        evaluation.spendOnCharacters(8 + (whole.length >> 2));
        return microseconds(whole);
      };
    },
  ],
  [
    'string-length',
    (compiler, [value]) => {
      const text = textOrContext(compiler, value);
      return (evaluation, node) => {
        const whole = text(evaluation, node);
        evaluation.spendOnCharacters(whole.length >> 2);
        return characterCount(whole);
      };
    },
  ],
]);

/** The core functions that return strings (§4.1, §4.2). */
export const textFunctions: ReadonlyMap<string, CompileCall<string>> = new Map<string, CompileCall<string>>([
  ['name', ofNode(qualifiedName)],
  ['local-name', ofNode(localName)],
  ['namespace-uri', ofNode(namespaceUri)],
  ['string', (compiler, [value]) => textOrContext(compiler, value)],
  ['concat', concat],
  ['substring-before', ofTwoTexts(substringBefore)],
  ['substring-after', ofTwoTexts(substringAfter)],
  [
    'substring',
    (compiler, [value, from, length]) => {
      const text = compiler.text(value!);
      const start = compiler.number(from!);
      const count = length && compiler.number(length);
      return (evaluation, node) => {
        const whole = text(evaluation, node);
        evaluation.spendOnCharacters(2 + (whole.length >> 2));
        return substring(whole, start(evaluation, node), count?.(evaluation, node));
      };
    },
  ],
  [
    'normalize-space',
    (compiler, [value]) => {
      const text = textOrContext(compiler, value);
      return (evaluation, node) => {
        const whole = text(evaluation, node);
        // Each white space may be replaced, and the result is a text once more.
        evaluation.spendOnCharacters(4 * whole.length);
        return normalizeSpace(whole);
      };
    },
  ],
  ['translate', compileTranslate],
]);

function textOrContext(compiler: OperandCompiler, value: Expression | undefined): TextOf {
  return value === undefined ? stringValue : compiler.text(value);
}

function ofTwoTexts<T>(compute: (first: string, second: string) => T): CompileCall<T> {
  return (compiler, [left, right]) => {
    const first = compiler.text(left!);
    const second = compiler.text(right!);
    return (evaluation, node) => {
      const text = first(evaluation, node);
      const part = second(evaluation, node);
      evaluation.spend(2 + ((text.length + part.length) >> (part.length > SHORT_PART ? 0 : 2)));
      return compute(text, part);
    };
  };
}

function ofNumber(compute: (number: number) => number): CompileCall<number> {
  return (compiler, [value]) => {
    const number = compiler.number(value!);
    return (evaluation, node) => {
      evaluation.spend(1);
      return compute(number(evaluation, node));
    };
  };
}

function ofNode(compute: (evaluation: Evaluation, node: number) => string): CompileCall<string> {
  return (compiler, [nodes]) => {
    if (nodes === undefined) {
      return (evaluation, node) => {
        evaluation.spend(1);
        return compute(evaluation, node);
      };
    }
    const first = compiler.first(nodes);
    return (evaluation, node) => {
      const found = first(evaluation, node);
      return found === -1 ? '' : compute(evaluation, found);
    };
  };
}

/** The sum of a value over all nodes; in document order, since the order can be told from the last digits of a sum. */
function total(nodes: Source, value: NumberOf): NumberOf {
  let sum = 0;
  const walk = nodes.into((evaluation, node) => {
    sum += value(evaluation, node);
    return false;
  });
  return (evaluation, node) => {
    evaluation.spend(1);
    sum = 0;
    walk(evaluation, node);
    return sum;
  };
}

function concat(compiler: OperandCompiler, args: readonly Expression[]): TextOf {
  const texts = args.map((arg) => compiler.text(arg));
  return (evaluation, node) => {
    let joined = '';
    for (const text of texts) {
      const piece = text(evaluation, node);
      // Pieces are put together one by one when the text is read.
      evaluation.spend(2 + (piece.length >> 4));
      joined += piece;
    }
    return joined;
  };
}

function compileTranslate(compiler: OperandCompiler, [value, from, to]: readonly Expression[]): TextOf {
  const text = compiler.text(value!);
  const replacements = compileReplacements(compiler, from!, to!);
  return (evaluation, node) => {
    const whole = text(evaluation, node);
    const replaced = replacements(evaluation, node);
    evaluation.spendOnCharacters(2 * whole.length);
    return translate(whole, replaced);
  };
}

/** What characters are replaced by; nearly always two literals say so. */
function compileReplacements(compiler: OperandCompiler, from: Expression, to: Expression): Computation<Replacements> {
  const first = compiler.constant(from);
  const second = compiler.constant(to);
  if (first !== undefined && second !== undefined) {
    const replacements = replacementsFor(atomText(first), atomText(second));
    return () => replacements;
  }
  const replaced = compiler.text(from);
  const by = compiler.text(to);
  return (evaluation, node) => {
    const [characters, others] = [replaced(evaluation, node), by(evaluation, node)];
    evaluation.spendOnCharacters(4 * (characters.length + others.length));
    return replacementsFor(characters, others);
  };
}
