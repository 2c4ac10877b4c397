import { partsOf } from '../filter/explanation-parts';
import { compileFilter, type Filter, type FilterExplanation } from '../index';
import type { Output } from './output';
import { inOwnWords } from './own-words';

/** Says on standard error what about a filter is hardly meant, so that nobody waits for what can never come. */
export function warnAboutFilter(filter: Filter, messages: Output): void {
  warnAbout(filter.explain(), messages);
}

/** The same of types of events, which an option names. */
export function warnAboutTypes(types: readonly string[] | undefined, messages: Output): void {
  if (types !== undefined && types.length > 0) {
    warnAboutFilter(compileFilter(types), messages);
  }
}

function warnAbout(explanation: FilterExplanation, messages: Output): void {
  for (const part of partsOf(explanation)) {
    warnAbout(part, messages);
  }
  for (const { position, message } of explanation.warnings) {
    const place = explanation.kind === 'expression' ? `in "${explanation.source}", at ${position + 1}: ` : '';
    messages.line(['virdeliver: warning: ', 'yellow'], `${place}${inOwnWords(message)}`);
  }
}
