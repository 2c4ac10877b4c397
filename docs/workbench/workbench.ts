import { FilterError, InvalidEventError } from '../../lib/errors';
import type { EventRecord } from '../../lib/event/event-record';
import type { Filter } from '../../lib/filter/filter';
import { byId, choice, element } from './element';
import { EventItem } from './event-item';
import { explanationElements } from './explanation';
import { filterCode, filterSource, OFF, type Part, readFragment, type State, writeFragment } from './filter-state';
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
  return { select: select.part, suppress: suppress.part, events: ownText.value };
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
  const filter = compile(source);
  const mistake = filter instanceof FilterError ? filter : undefined;
  select.mistake = mistake?.part === 'suppress' ? undefined : mistake;
  suppress.mistake = mistake?.part === 'suppress' ? mistake : undefined;
  meaning.hidden = filter instanceof FilterError;
  byId('tried', HTMLElement).hidden = filter instanceof FilterError;
  if (filter instanceof FilterError) {
    const part = filter.part === undefined ? '' : ` of ${filter.part}`;
    summary.textContent = `There is a mistake at character ${filter.position + 1}${part}.`;
    summary.dataset['kind'] = 'mistake';
    return;
  }
  explain(filter, `addEventHandler(conn, ${filterCode(source)}, handler);`);
  tryAll(filter);
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

function show({ select: selected, suppress: suppressed, events }: State): void {
  select.part = selected;
  suppress.part = suppressed;
  ownText.value = events;
  own.open ||= events !== '';
  update();
}

function useExample(example: Example): void {
  const part = (text: string | undefined): Part => (text === undefined ? OFF : { kind: 'expression', text });
  show({ select: part(example.select), suppress: part(example.suppress), events: ownText.value });
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
