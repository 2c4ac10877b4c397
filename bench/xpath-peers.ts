/** Other ways to find out which of many XPath expressions an event matches. */
import {
  type CompiledXPathFunction,
  compileXPathToJavaScript,
  evaluateXPathToBoolean,
  executeJavaScriptCompiledXPath,
  ReturnType,
} from 'fontoxpath';
import { type Element, parseXmlDocument } from 'slimdom';
import { type EventTurns, peer } from './event-contestants';
import type { Contestant } from './harness';
import { parseWithXmldom, parseXPath } from './peers';

/** Makes a contestant of compiled expressions: it parses each event once, and evaluates all of them. */
export type MakeContestant = (name: string, expressions: readonly string[], turns: EventTurns) => Contestant;

/** The peers by their names. */
export async function loadXPathPeers(): Promise<ReadonlyMap<string, MakeContestant>> {
  return new Map<string, MakeContestant>([
    ['@xmldom/xmldom + xpath', xmldom],
    ['slimdom + fontoxpath', slimdom],
    ['libxml2-wasm', await loadLibxml2()],
  ]);
}

function xmldom(name: string, expressions: readonly string[], turns: EventTurns): Contestant {
  const parsed = expressions.map(parseXPath);
  const count = (xml: string): number => {
    const node = parseWithXmldom(xml).documentElement!;
    let matching = 0;
    for (const expression of parsed) {
      matching += Number(expression.evaluateBoolean({ node }));
    }
    return matching;
  };
  return peer(name, count, turns);
}

function slimdom(name: string, expressions: readonly string[], turns: EventTurns): Contestant {
  // Measured: for one expression on a document its JavaScript is slower than the usual way, for many it is faster.
  const make = expressions.length === 1 ? byText : byJavaScript;
  const evaluators = new Map([...new Set(expressions)].map((expression) => [expression, make(expression)]));
  const compiled = expressions.map((expression) => evaluators.get(expression)!);
  const count = (xml: string): number => {
    const node = parseXmlDocument(xml).documentElement!;
    let matching = 0;
    for (const evaluate of compiled) {
      matching += Number(evaluate(node));
    }
    return matching;
  };
  return peer(name, count, turns);
}

type Evaluate = (node: Element) => boolean;

/** `fontoxpath` keeps what it compiled, and finds it by the text. */
function byText(expression: string): Evaluate {
  return (node) => evaluateXPathToBoolean(expression, node);
}

/** `fontoxpath` makes JavaScript of those few expressions that it can. */
function byJavaScript(expression: string): Evaluate {
  const compiled = compileXPathToJavaScript(expression, ReturnType.BOOLEAN);
  if (!compiled.isAstAccepted) {
    return byText(expression);
  }
  const code = new Function(compiled.code) as CompiledXPathFunction<Element, ReturnType.BOOLEAN>;
  return (node) => executeJavaScriptCompiledXPath(code, node);
}

/** An ES module, which CommonJS has to wait for. */
async function loadLibxml2(): Promise<MakeContestant> {
  const { XmlDocument, XmlXPath } = await import('libxml2-wasm');
  return (name, expressions, turns) => {
    const compiled = expressions.map((expression) => XmlXPath.compile(`boolean(${expression})`));
    const count = (xml: string): number => {
      const document = XmlDocument.fromString(xml);
      const { root } = document;
      let matching = 0;
      for (const expression of compiled) {
        matching += Number(root.eval(expression));
      }
      document.dispose();
      return matching;
    };
    const release = () => {
      for (const expression of compiled) {
        expression.dispose();
      }
    };
    return peer(name, count, turns, release);
  };
}
