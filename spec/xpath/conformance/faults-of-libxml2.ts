import { type Expression, nameText, type Step } from '../../../lib/xpath/ast';
import { coreFunctions } from '../../../lib/xpath/signatures';
import { staticType } from '../../../lib/xpath/static-type';
import type { Fault } from './compare';
import { scope } from './names';
import { contains } from './walk';

/** What libxml2 2.9 is known to get wrong; what later versions have mended does no harm here. */
export const faultsOfLibxml2: readonly Fault[] = [
  {
    what: "after the '/' that begins a path it takes only ASCII letters for a name (§3.7, NCName)",
    concerns: (expression) =>
      contains(expression, {
        step: ({ axis, test }, _, first) =>
          first === 'root' && axis === 'child' && test.kind === 'name' && !/^[\w-]/.test(nameText(test.name)),
      }),
    examples: [['<\u00e9>1</\u00e9>', '/\u00e9', '1']],
  },
  {
    what: 'following:: from an attribute or a namespace node leaves out what is inside the element, which comes after its attributes in document order, and is no descendant of them (§2.2, §5)',
    concerns: (expression) =>
      contains(expression, {
        step: ({ axis }, from) => axis === 'following' && (from.has('attribute') || from.has('namespace')),
      }),
    examples: [
      ['<a x=""><b>1</b></a>', '@x/following::b', '1'],
      ['<a><b>1</b></a>', 'namespace::xml/following::b', '1'],
    ],
  },
  {
    what: 'numbers are written with 15 digits at most, and with exponents where they are large or small (§4.2)',
    concerns: (expression) =>
      (isNumber(expression) || contains(expression, { expression: writesNumber })) &&
      contains(expression, { expression: divides }),
    examples: [
      ['<a/>', '1 div 3', '0.3333333333333333'],
      ['<a/>', '0.1 + 0.2', '0.30000000000000004'],
      ['<a/>', '1000000000000', '1000000000000'],
      ['<a/>', '0.000001', '0.000001'],
    ],
  },
  {
    what: 'preceding:: from a comment or an instruction after the root element leaves out that element where nothing comes before it (§2.2)',
    concerns: (expression, xml) =>
      /^(<\?xml [^>]*>)?\s*<[^!?]/.test(xml) &&
      /[-?]>\s*$/.test(xml) &&
      contains(expression, { step: ({ axis }) => axis === 'preceding' }),
    examples: [['<a>1</a><!---->', 'string(/comment()/preceding::a)', '1']],
  },
  {
    what: 'xmlns="" makes a namespace node (§5.4)',
    concerns: (expression, xml) => xml.includes('xmlns=""') && contains(expression, { step: leadsToNamespaces }),
    examples: [['<a xmlns=""/>', 'count(namespace::*)', '1']],
  },
  {
    what: 'a namespace node has no place in document order, so which node of a set with some is the first is left to chance (§5)',
    concerns: (expression, _, about) =>
      contains(expression, { expression: ordersNamespaceNodes }) ||
      (about === 'string()' && contains(expression, { step: leadsToNamespaces })),
    examples: [['<a xmlns:p="urn:1">1</a>', 'string(namespace::p | //a)', '1']],
  },
  {
    what: 'a number in a string may have an exponent, or no digits at all, and its digits are not read exactly (§4.4, Number)',
    concerns: (expression, _, about) =>
      (about === 'number()' && contains(expression, { expression: makesString })) ||
      contains(expression, { expression: readsMadeString }),
    examples: [
      ['<a/>', "number('1e3')", 'NaN'],
      ['<a/>', "number('-')", 'NaN'],
      ['<a/>', "number('1.57') * 100 = 157", 'true'],
    ],
  },
];

function isNumber(expression: Expression): boolean {
  return staticType(expression, scope) === 'number';
}

/** Whether a function is called that takes the text of a number. */
function writesNumber(expression: Expression): boolean {
  if (expression.kind !== 'call') {
    return false;
  }
  const name = nameText(expression.name);
  const { parameters } = coreFunctions.get(name)!;
  return expression.arguments.some((argument, index) => {
    const parameter = parameters[Math.min(index, parameters.length - 1)];
    return (parameter === 'string' || name === 'string' || name === 'id') && isNumber(argument);
  });
}

function divides(expression: Expression): boolean {
  return expression.kind === 'arithmetic' && expression.operators.includes('div');
}

/** Of the strings in random documents only a piece, such as the `-` of `-1.5`, is read so, or several together. */
function makesString(expression: Expression): boolean {
  return expression.kind === 'call' && /^(substring|translate|concat)/.test(nameText(expression.name));
}

/** Whether a number is made of such a string. */
function readsMadeString(expression: Expression): boolean {
  return numericParts(expression).some(
    (part) => staticType(part, scope) === 'string' && contains(part, { expression: makesString }),
  );
}

/** What is converted to a number, or may be. */
function numericParts(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'comparison':
      return [expression.left, expression.right];
    case 'arithmetic':
      return expression.operands;
    case 'negation':
      return [expression.operand];
    case 'call': {
      const name = nameText(expression.name);
      const { parameters } = coreFunctions.get(name)!;
      return expression.arguments.filter((_, index) => name === 'number' || parameters[index] === 'number');
    }
    default:
      return [];
  }
}

/** The functions of a node-set to which it is all the same which node is the first. */
const unorderedFunctions: ReadonlySet<string> = new Set(['boolean', 'count', 'not', 'sum']);

/** Whether the place in document order of a namespace node matters: in a union, to a function, or to a predicate. */
function ordersNamespaceNodes(expression: Expression): boolean {
  return orderedParts(expression).some((part) => contains(part, { step: leadsToNamespaces }));
}

function orderedParts(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'union':
      return expression.operands;
    case 'call':
      return unorderedFunctions.has(nameText(expression.name)) ? [] : expression.arguments;
    case 'filtered':
      return [expression.base];
    default:
      return [];
  }
}

function leadsToNamespaces({ axis }: Step): boolean {
  return axis === 'namespace';
}
