import { checkExpression } from '../xpath/checker';
import { CompiledExpression } from '../xpath/evaluation/compiled-expression';
import { Template } from '../xpath/evaluation/template';
import { defaultFilterLimits, type FilterLimits } from '../xpath/limits';
import { type CutText, cutLiterals } from '../xpath/literals';
import { parseExpression } from '../xpath/parser';
import { emptyScope, type Scope } from '../xpath/scope';
import { RecentlyUsed } from './recently-used';

/** How long an expression may be that is shared, in UTF-16 code units: what is compiled is larger by far. */
const LONGEST = 1024;

const byText = new RecentlyUsed<CompiledExpression>(256);

const byOutline = new RecentlyUsed<Template>(128, (template) => template.forgetTree());

/** For outlines with literals that aren't free: which of them are. */
const freedoms = new RecentlyUsed<readonly boolean[]>(128);

/**
 * Compiles an expression, and shares with others what it can: everything with those of the same text, and with those that differ in
 * free literals everything but the literals. Handlers that are registered for the same, or each for a name of its own, share it, and
 * handlers that ask each event for the same. Only what names nothing of the program's, under the default caps, is shared.
 *
 * @throws {FilterError} with the code that says why the expression is refused.
 */
export function compileExpression(source: string, scope: Scope, limits: FilterLimits): CompiledExpression {
  if (scope !== emptyScope || limits !== defaultFilterLimits || source.length > LONGEST) {
    return new CompiledExpression(source, scope, limits);
  }
  let expression = byText.get(source);
  if (expression === undefined) {
    const cut = cutLiterals(source);
    const template = cut && (findTemplate(cut) ?? makeTemplate(source, cut));
    expression = new CompiledExpression(source, scope, limits, template);
    byText.add(source, expression);
  }
  return expression;
}

function findTemplate(cut: CutText): Template | undefined {
  const isFree = freedoms.get(cut.outline);
  return byOutline.get(isFree === undefined ? cut.outline : keyOf(cut, isFree));
}

function makeTemplate(source: string, cut: CutText): Template {
  const tree = parseExpression(source, defaultFilterLimits);
  checkExpression(source, tree, emptyScope);
  const template = new Template(tree, emptyScope, defaultFilterLimits, cut);
  const { isFree } = template;
  const areAllFree = isFree.every((free) => free);
  if (!areAllFree && freedoms.get(cut.outline) === undefined) {
    freedoms.add(cut.outline, isFree);
  }
  byOutline.add(areAllFree ? cut.outline : keyOf(cut, isFree), template);
  return template;
}

/** The outline, and the literals that must be the same; an outline itself has no apostrophe. */
function keyOf({ outline, literals }: CutText, isFree: readonly boolean[]): string {
  return `'${JSON.stringify([outline, ...literals.map((literal, index) => (isFree[index] ? undefined : literal))])}`;
}
