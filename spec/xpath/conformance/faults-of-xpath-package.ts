import { type Expression, nameText } from '../../../lib/xpath/ast';
import { coreFunctions } from '../../../lib/xpath/signatures';
import { staticType } from '../../../lib/xpath/static-type';
import type { Fault } from './compare';
import { scope } from './names';
import { contains } from './walk';

/** What version 0.0.34 of the `xpath` package is known to get wrong. */
export const faultsOfXpathPackage: readonly Fault[] = [
  {
    what: "a node-set becomes a number by JavaScript's own conversion, which reads more than XPath does, and 0 where there is nothing (§4.4)",
    concerns: (expression) => contains(expression, { expression: makesNumberOfNodes }),
    examples: [
      ['<a/>', 'string(number(b))', 'NaN'],
      ['<a> </a>', 'string(- .)', 'NaN'],
      ['<a>1e3</a>', '. + 0', 'NaN'],
    ],
  },
  {
    what: "a string with a number that ends with its point, '7.', is NaN (§4.4, [30])",
    concerns: (expression, xml) =>
      (/\d\.(?!\d)|&#46;/.test(xml) || contains(expression, { expression: endsWithPoint })) &&
      contains(expression, { expression: readsNumber }),
    examples: [['<a/>', "'7.' + 1", '8']],
  },
  {
    what: '<, <=, > and >= between a node-set and a boolean look at the nodes, not at whether there are any (§3.4)',
    concerns: (expression) => contains(expression, { expression: ranksNodesAndBoolean }),
    examples: [['<a/>', 'false() <= b', 'true']],
  },
  {
    what: 'following:: and preceding:: lead to descendants and ancestors too, and not to all that follows or precedes (§2.2)',
    concerns: (expression) =>
      contains(expression, { step: ({ axis }) => axis === 'following' || axis === 'preceding' }),
    examples: [
      ['<a><b/></a>', 'count(following::b)', '0'],
      ['<a/>', 'count(preceding::node())', '0'],
    ],
  },
  {
    what: 'declarations of namespaces are among the attributes (§5.3)',
    concerns: (expression, xml) =>
      xml.includes('xmlns') &&
      contains(expression, { step: ({ axis, test }) => axis === 'attribute' && test.kind !== 'name' }),
    examples: [['<a xmlns:p="urn:1"/>', 'count(@*)', '0']],
  },
  {
    what: 'self::a, ancestor-or-self::a and descendant-or-self::a take attributes of that name, too (§2.3)',
    concerns: (expression) =>
      contains(expression, {
        step: ({ axis, test }, from) => axis.endsWith('self') && test.kind !== 'type' && from.has('attribute'),
      }),
    examples: [['<a a=""/>', 'count(@a/self::a)', '0']],
  },
  {
    what: 'local-name() of a node without a name is its nodeName in the DOM (§4.1)',
    concerns: (expression) => contains(expression, { expression: calls('local-name') }),
    examples: [['<a/>', 'local-name(/)', '']],
  },
  {
    what: 'namespace nodes have no parent, are in no order, are made anew each time, and are passed over by node() (§5.4)',
    concerns: (expression) => contains(expression, { step: ({ axis }) => axis === 'namespace' }),
    examples: [
      ['<a/>', 'name(namespace::xml/..)', 'a'],
      ['<a/>', 'count(namespace::* | namespace::*)', '1'],
      ['<a/>', 'count(namespace::node())', '1'],
    ],
  },
  {
    what: 'lang() throws on other nodes than elements, and tells capital letters from small ones (§4.3)',
    concerns: (expression) => contains(expression, { expression: calls('lang') }),
    examples: [
      ['<a xml:lang="en-GB"/>', "lang('EN')", 'true'],
      ['<a xml:lang="en">1</a>', "text()[lang('en')]", '1'],
    ],
  },
  {
    what: 'substring(), string-length() and translate() count UTF-16 code units (§4.2)',
    concerns: (expression) => contains(expression, { expression: calls('substring', 'string-length', 'translate') }),
    examples: [
      ['<a/>', "string-length('\u{1F600}')", '1'],
      ['<a/>', "substring('\u{1F600}b', 2)", 'b'],
    ],
  },
];

function typeOf(expression: Expression): string {
  return staticType(expression, scope);
}

function isNodeSet(expression: Expression): boolean {
  return typeOf(expression) === 'node-set';
}

function makesNumberOfNodes(expression: Expression): boolean {
  switch (expression.kind) {
    case 'arithmetic':
      return expression.operands.some(isNodeSet);
    case 'negation':
      return isNodeSet(expression.operand);
    case 'call': {
      const name = nameText(expression.name);
      const { parameters } = coreFunctions.get(name)!;
      return expression.arguments.some(
        (argument, index) => (parameters[index] === 'number' || name === 'number') && isNodeSet(argument),
      );
    }
    default:
      return false;
  }
}

function endsWithPoint(expression: Expression): boolean {
  return expression.kind === 'string' && /\d\.\s*$/.test(expression.value);
}

/** Whether something may be converted to a number. */
function readsNumber(expression: Expression): boolean {
  return (
    ['arithmetic', 'negation', 'comparison'].includes(expression.kind) ||
    calls('number', 'sum', 'round', 'floor', 'ceiling', 'substring')(expression)
  );
}

function ranksNodesAndBoolean(expression: Expression): boolean {
  if (expression.kind !== 'comparison' || expression.operator === '=' || expression.operator === '!=') {
    return false;
  }
  const types = [typeOf(expression.left), typeOf(expression.right)];
  return types.includes('node-set') && types.includes('boolean');
}

function calls(...names: readonly string[]): (expression: Expression) => boolean {
  return (expression) => expression.kind === 'call' && names.includes(nameText(expression.name));
}
