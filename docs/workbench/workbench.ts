import { FilterError, InvalidArgumentError, InvalidEventError } from '../../lib/errors';
import type { EventRecord } from '../../lib/event/event-record';
import type { Filter } from '../../lib/filter/filter';
import { byId, choice, element } from './element';
import { EventItem } from './event-item';
import { explanationElements } from './explanation';
import {
  filterSource,
  handlerCode,
  type Names,
  OFF,
  type Part,
  readFragment,
  type State,
  writeFragment,
} from './filter-state';
import { NamesEditor, readNames } from './names-editor';
import { kindLabels, PartEditor } from './part-editor';
import { type Example, examples, samples, sampleTypes } from './samples';
import { compile, readEvents, tryOn, type Verdict } from './trial';

/** How long after the last key what was typed is read, in milliseconds. */
const PAUSE = 150;

const select = new PartEditor(
  byId('select', HTMLFieldSetElement),
  'select',
  kindLabels('Every event'),
  sampleTypes,
  changed,
);
const suppress = new PartEditor(
  byId('suppress', HTMLFieldSetElement),
  'suppress',
  kindLabels('Nothing'),
  sampleTypes,
  changed,
);
const variables = new NamesEditor('variables', changed);
const namespaces = new NamesEditor('namespaces', changed);
const namesFold = byId('names', HTMLDetailsElement);
const ownText = byId('own-events', HTMLTextAreaElement);
const own = byId('own', HTMLDetailsElement);
const list = byId('events', HTMLUListElement);
const summary = byId('summary', HTMLParagraphElement);
const meaning = byId('meaning', HTMLElement);
const results = byId('results', HTMLElement);
const shared = byId('shared', HTMLSpanElement);
const shown = choice('shown', { all: 'All', match: 'Matching', 'no-match': 'Not matching' }, 'all', (kind) => {
  list.dataset['shown'] = kind;
});

const sampleItems = samples.map((event) => new EventItem(event, false, startFromCopy));
/** The text that `ownEvents` and `ownItems` were made from. */
let ownRead = '';
let ownEvents: readonly EventRecord[] = [];
let ownItems: readonly EventItem[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;

function state(): State {
  return {
    select: select.part,
    suppress: suppress.part,
    variables: variables.text,
    namespaces: namespaces.text,
    events: ownText.value,
  };
}

function changed(): void {
  shared.textContent = '';
  results.ariaBusy = 'true';
  clearTimeout(timer);
  timer = setTimeout(update, PAUSE);
}

/** Shows what the page makes of all that is typed. */
function update(): void {
  clearTimeout(timer);
  results.ariaBusy = 'false';
  const current = state();
  const fragment = writeFragment(current);
  history.replaceState(null, '', `${location.pathname}${location.search}${fragment === '' ? '' : `#${fragment}`}`);
  readOwnEvents(current.events);
  const source = filterSource(current);
  const names = namesOf(current);
  const filter = names === undefined ? undefined : compile(source, names);
  const mistake = filter instanceof FilterError ? filter : undefined;
  select.mistake = mistake?.part === 'suppress' ? undefined : mistake;
  suppress.mistake = mistake?.part === 'suppress' ? mistake : undefined;
  if (filter instanceof InvalidArgumentError) {
    showNameMistake(filter);
  }
  const isWrong = names === undefined || filter === undefined || filter instanceof Error;
  meaning.hidden = isWrong;
  byId('tried', HTMLElement).hidden = isWrong;
  if (isWrong) {
    const part = mistake?.part === undefined ? '' : ` of ${mistake.part}`;
    const where =
      mistake === undefined ? 'in the variables or namespaces' : `at character ${mistake.position + 1}${part}`;
    summary.textContent = `There is a mistake ${where}.`;
    summary.dataset['kind'] = 'mistake';
    return;
  }
  explain(filter, handlerCode(source, names));
  tryAll(filter);
}

/** What the names stand for; nothing if a line of them is wrong, which is shown then. */
function namesOf(current: State): Names | undefined {
  const read = { variables: readNames(current.variables), namespaces: readNames(current.namespaces) };
  variables.mistake = typeof read.variables === 'string' ? read.variables : undefined;
  namespaces.mistake = typeof read.namespaces === 'string' ? read.namespaces : undefined;
  return typeof read.variables === 'string' || typeof read.namespaces === 'string' ? undefined : (read as Names);
}

/** Shows what the library says of a name that it refuses. */
function showNameMistake({ argument, message }: InvalidArgumentError): void {
  const editor = argument.startsWith('options.namespaces') ? namespaces : variables;
  editor.mistake = message.replace(/^options\.(?:variables|namespaces)\.?/, '');
}

function explain(filter: Filter, code: string): void {
  const find = (part: 'select' | 'suppress', position: number) =>
    (part === 'select' ? select : suppress).moveTo(position);
  byId('explanation', HTMLElement).replaceChildren(...explanationElements(filter.explain(), find));
  byId('code', HTMLElement).textContent = code;
}

function tryAll(filter: Filter): void {
  const verdicts = tryOn(filter, [...ownEvents, ...samples]);
  for (const [index, item] of [...ownItems, ...sampleItems].entries()) {
    item.show(verdicts[index]!);
  }
  const count = (kind: Verdict['kind']) => verdicts.filter((verdict) => verdict.kind === kind).length;
  const matching = count('match');
  const failed = count('failed');
  shown.label('all', `All ${verdicts.length}`);
  shown.label('match', `Matching ${matching}`);
  shown.label('no-match', `Not matching ${verdicts.length - matching}`);
  const failures = failed === 0 ? '' : `; on ${failed} it fails`;
  summary.textContent = `The filter matches ${matching} of ${verdicts.length} events${failures}.`;
  summary.dataset['kind'] = failed > 0 ? 'mistake' : matching > 0 ? 'good' : 'nothing';
}

function readOwnEvents(text: string): void {
  if (text === ownRead) {
    return;
  }
  ownRead = text;
  const { events, problems } = readEvents(text);
  ownEvents = events;
  ownItems = events.map((event) => new EventItem(event, true, undefined));
  list.replaceChildren(...[...ownItems, ...sampleItems].map((item) => item.element));
  byId('own-problems', HTMLElement).replaceChildren(
    ...problems.flatMap((problem) =>
      problem instanceof InvalidEventError
        ? [
            element('p', { class: 'mistake' }, `Line ${problem.line}, column ${problem.column}: ${problem.problem}`),
            element('pre', { tabindex: '0', role: 'region', 'aria-label': 'Where it is' }, problem.excerpt),
          ]
        : [element('p', { class: 'mistake' }, problem)],
    ),
  );
  ownText.setAttribute('aria-invalid', String(problems.length > 0));
}

/** Puts a copy of a sample where the visitor's own events are written. */
function startFromCopy(xml: string): void {
  ownText.value = `${xml}\n${ownText.value}`;
  own.open = true;
  update();
  ownText.focus();
  ownText.setSelectionRange(0, 0);
}

function show(shownState: State): void {
  const { events } = shownState;
  select.part = shownState.select;
  suppress.part = shownState.suppress;
  variables.text = shownState.variables;
  namespaces.text = shownState.namespaces;
  namesFold.open ||= variables.text !== '' || namespaces.text !== '';
  ownText.value = events;
  own.open ||= events !== '';
  update();
}

function useExample(example: Example): void {
  const part = (text: string | undefined): Part => (text === undefined ? OFF : { kind: 'expression', text });
  show({ ...state(), select: part(example.select), suppress: part(example.suppress) });
}

async function share(): Promise<void> {
  update();
  const isComplete = ownText.value.trim() === '' || readFragment(location.hash).events !== '';
  try {
    await navigator.clipboard.writeText(location.href);
    shared.textContent = isComplete ? 'Copied.' : 'Copied, without your events: they are too long for a link.';
  } catch {
    shared.textContent = 'This browser does not allow it: the address of this page is the link.';
  }
}

/** The theme that was chosen on the other pages. */
function applyTheme(): void {
  try {
    document.documentElement.dataset['theme'] = localStorage.getItem('tsd-theme') ?? 'os';
  } catch {
    // A browser that keeps nothing has no choice to remember.
  }
}

applyTheme();
list.append(...sampleItems.map((item) => item.element));
byId('shown', HTMLFieldSetElement).append(...shown.elements);
const exampleList = byId('example', HTMLSelectElement);
exampleList.append(...examples.map(({ name }) => element('option', {}, name)));
byId('use-example', HTMLButtonElement).addEventListener('click', () =>
  useExample(examples[exampleList.selectedIndex]!),
);
byId('share', HTMLButtonElement).addEventListener('click', share);
byId('form', HTMLFormElement).addEventListener('submit', (event) => event.preventDefault());
ownText.addEventListener('input', changed);
// A link within the page would replace the filter in the address.
byId('skip', HTMLAnchorElement).addEventListener('click', (event) => {
  event.preventDefault();
  results.focus();
});
window.addEventListener('hashchange', () => show(readFragment(location.hash)));

if (location.hash === '') {
  useExample(examples[0]!);
} else {
  show(readFragment(location.hash));
}
