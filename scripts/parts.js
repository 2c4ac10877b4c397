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

/**
 * The parts, and the rooms and modules in each; a part imports those above it.
 *
 * What a program imports is in `library`, and so is what the table doesn't name. `library` loads the others when they are needed,
 * `events` with the first connection. What is called for each event is together in `events`: calls from `library` go through
 * a stand-in.
 */
const PARTS = {
  library: ['drivers/io/file-identity'],
  events: ['filter/', 'xpath/', 'event/', 'xml/', 'delivery/queue/', 'delivery/registration', 'delivery/send-event'],
  io: ['drivers/io/'],
  stream: ['drivers/stream/', 'event/stream/', 'xml/utf8'],
  test: ['drivers/test/'],
  journal: ['drivers/journal/', 'drivers/reader/', 'journal/'],
  nats: ['drivers/nats/', 'nats/'],
  remote: ['drivers/remote/'],
  collector: ['collector/'],
  forwarder: ['forwarder/'],
  testing: ['testing/'],
  cli: ['cli/'],
};

const names = Object.keys(PARTS);

/** The part that a module is in: the one that names it most precisely. */
function partOf(module) {
  const isIn = (name) => name === module || (name.endsWith('/') && module.startsWith(name));
  const lengthIn = (part) => Math.max(0, ...PARTS[part].filter(isIn).map((name) => name.length));
  return names.reduce((best, part) => (lengthIn(part) > lengthIn(best) ? part : best), 'library');
}

/** Whether a part may load another while it is loaded itself; `library` loads none before it is needed. */
function mayImport(part, other) {
  return part === 'library' || names.indexOf(other) <= names.indexOf(part);
}

module.exports = { ENTRIES, PROGRAMS, partOf, mayImport };
