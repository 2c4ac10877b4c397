/** The types of XPath 1.0; `any` if only the evaluation tells, as with the program's own functions. */
export type StaticType = 'node-set' | 'string' | 'number' | 'boolean' | 'any';

/** What a function takes and returns. */
export interface Signature {
  readonly parameters: readonly StaticType[];
  /** How many of the parameters, counted from the last, may be left out. */
  readonly optional: number;
  /** Whether the last parameter may be repeated. */
  readonly repeated: boolean;
  readonly result: StaticType;
}

function signature(
  result: StaticType,
  parameters: readonly StaticType[] = [],
  optional = 0,
  repeated = false,
): Signature {
  return { parameters, optional, repeated, result };
}

/** The core function library (XPath 1.0 §4). */
export const coreFunctions: ReadonlyMap<string, Signature> = new Map([
  ['last', signature('number')],
  ['position', signature('number')],
  ['count', signature('number', ['node-set'])],
  ['id', signature('node-set', ['any'])],
  ['local-name', signature('string', ['node-set'], 1)],
  ['namespace-uri', signature('string', ['node-set'], 1)],
  ['name', signature('string', ['node-set'], 1)],
  ['string', signature('string', ['any'], 1)],
  ['concat', signature('string', ['string', 'string'], 0, true)],
  ['starts-with', signature('boolean', ['string', 'string'])],
  ['contains', signature('boolean', ['string', 'string'])],
  ['substring-before', signature('string', ['string', 'string'])],
  ['substring-after', signature('string', ['string', 'string'])],
  ['substring', signature('string', ['string', 'number', 'number'], 1)],
  ['string-length', signature('number', ['string'], 1)],
  ['normalize-space', signature('string', ['string'], 1)],
  ['translate', signature('string', ['string', 'string', 'string'])],
  ['boolean', signature('boolean', ['any'])],
  ['not', signature('boolean', ['any'])],
  ['true', signature('boolean')],
  ['false', signature('boolean')],
  ['lang', signature('boolean', ['string'])],
  ['number', signature('number', ['any'], 1)],
  ['sum', signature('number', ['node-set'])],
  ['floor', signature('number', ['number'])],
  ['ceiling', signature('number', ['number'])],
  ['round', signature('number', ['number'])],
]);

/** The functions that the library adds to those of XPath 1.0. */
export const addedFunctions: ReadonlyMap<string, Signature> = new Map([
  ['microseconds', signature('number', ['string'])],
]);

/** All functions that there are without the program's own. */
export const builtInFunctions: ReadonlyMap<string, Signature> = new Map([...coreFunctions, ...addedFunctions]);

const noRegularExpressions = 'XPath 1.0 has no regular expressions; look at contains() and starts-with()';
const noConditional = "XPath 1.0 has no 'if'; write '(a and b) or (not(a) and c)'";
const translateCase = "write translate(x, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')";
const timesAreNumbers = 'XPath 1.0 has no dates; microseconds() makes a number of one';
const notBeforeXslt = 'it belongs to XSLT';

/** Functions of later versions, of XSLT and of other languages, and what XPath 1.0 has in their place. */
export const absentFunctions: ReadonlyMap<string, string> = new Map([
  ['matches', noRegularExpressions],
  ['replace', noRegularExpressions],
  ['tokenize', noRegularExpressions],
  ['test', noRegularExpressions],
  ['lower-case', `XPath 1.0 has no lower-case(); ${translateCase}`],
  ['upper-case', 'XPath 1.0 has no upper-case(); look at translate()'],
  ['ends-with', 'XPath 1.0 has no ends-with(); write substring(a, string-length(a) - string-length(b) + 1) = b'],
  ['exists', 'XPath 1.0 has no exists(); a path by itself is true where it selects something'],
  ['empty', 'XPath 1.0 has no empty(); write not(path)'],
  ['if', noConditional],
  ['distinct-values', 'XPath 1.0 has no distinct-values()'],
  ['string-join', 'XPath 1.0 has no string-join(); look at concat()'],
  ['min', "XPath 1.0 has no min(); write 'not(a < b)' or a predicate"],
  ['max', "XPath 1.0 has no max(); write 'not(a > b)' or a predicate"],
  ['avg', "XPath 1.0 has no avg(); write 'sum(path) div count(path)'"],
  ['abs', 'XPath 1.0 has no abs()'],
  ['data', 'XPath 1.0 has no data(); look at string()'],
  ['length', 'look at string-length() and count()'],
  ['size', 'look at count() and string-length()'],
  ['len', 'look at string-length() and count()'],
  ['substr', 'look at substring(), which counts from 1'],
  ['trim', 'look at normalize-space()'],
  ['current-dateTime', 'there is no clock; pass the time as a variable, and compare with microseconds()'],
  ['now', 'there is no clock; pass the time as a variable, and compare with microseconds()'],
  ['dateTime', timesAreNumbers],
  ['xs:dateTime', timesAreNumbers],
  ['current', notBeforeXslt],
  ['document', notBeforeXslt],
  ['key', notBeforeXslt],
  ['format-number', notBeforeXslt],
  ['generate-id', notBeforeXslt],
]);
