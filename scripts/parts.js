/** Which files `dist/` has, and which module of `lib/` is in which. */

/** What programs load by name: each is a file of its own, which loads the parts that it needs. */
const ENTRIES = [
  'index',
  'types',
  'collector/index',
  'forwarder/index',
  'testing/index',
  'testing/jest',
  'testing/jest-globals',
  'testing/vitest',
  'cli/main',
  'cli/demo',
];

/** What runs in processes of their own: each is a file with all that it needs. */
const PROGRAMS = ['drivers/remote/transport/relay-program', 'nats/program/hub-program'];

const WRITER = [
  'growing-segment',
  'journal-writer',
  'known-domains',
  'recovery',
  'retention',
  'unsynced',
  'writer-lock',
];

/**
 * The parts, and the rooms and modules in each; a part imports those above it.
 *
 * What a program imports is in `library`, and so is what the table doesn't name. `library` loads the others when they are needed,
 * `events` with the first connection, and any part loads `vocabulary` when it's needed. What is called for each event is together in
 * `events`: calls from `library`, and to `vocabulary`, go through a stand-in.
 */
const PARTS = {
  library: ['drivers/io/file-identity'],
  events: ['filter/', 'xpath/', 'event/', 'xml/', 'delivery/queue/', 'delivery/registration', 'delivery/send-event'],
  vocabulary: [
    'event/description/',
    'filter/vocabulary-warnings',
    'filter/vocabulary-places',
    'filter/vocabulary-messages',
    'filter/types-where',
  ],
  io: ['drivers/io/'],
  stream: ['drivers/stream/', 'event/stream/', 'xml/utf8'],
  test: ['drivers/test/'],
  journal: ['drivers/journal/', 'drivers/reader/', 'journal/'],
  nats: ['drivers/nats/', 'nats/'],
  remote: ['drivers/remote/'],
  // What writes a journal: whoever reads one doesn't need it.
  collector: ['collector/', ...WRITER.map((module) => `journal/${module}`)],
  forwarder: ['forwarder/'],
  testing: ['testing/'],
  cli: ['cli/'],
};

const names = Object.keys(PARTS);

/** What every other part loads only when it needs it. */
const LATE = 'vocabulary';

/** The part that a module is in: the one that names it most precisely. */
function partOf(module) {
  const isIn = (name) => name === module || (name.endsWith('/') && module.startsWith(name));
  const lengthIn = (part) => Math.max(0, ...PARTS[part].filter(isIn).map((name) => name.length));
  return names.reduce((best, part) => (lengthIn(part) > lengthIn(best) ? part : best), 'library');
}

/** Whether a part loads another only when it uses something of it. */
function importsLate(part, other) {
  return part !== other && (part === 'library' || other === LATE);
}

/** Whether a part may import another: late, or one above it. */
function mayImport(part, other) {
  return importsLate(part, other) || names.indexOf(other) <= names.indexOf(part);
}

module.exports = { ENTRIES, PROGRAMS, partOf, importsLate, mayImport };
