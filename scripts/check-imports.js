/**
 * Checks which room of the library imports which: arrows go down only, and no file is on a circle, types included.
 *
 * Run it with the folder to check; default is `lib`.
 */
const { readdirSync, readFileSync } = require('node:fs');
const { join, posix } = require('node:path');
const ts = require('typescript');

/** What every room may import; these import only each other, and in this order. */
const COMMON = ['shown-uri', 'errors', 'arguments', 'time-stamps', 'clock', 'deque', 'did-you-mean'];

/** What every part of the remote driver may import of it. */
const REMOTE = ['uri', 'environment'].map((name) => `drivers/remote/${name}`);

/** What the public face exports from. */
const PUBLIC = [
  ...['delivery', 'delivery/queue', 'delivery/pipe', 'delivery/views', 'drivers', 'filter'],
  ...['xpath', 'event', 'event/vocabulary', 'xml'],
];

/** The rooms, each with the other rooms, or files in them, that it may import. A room inside another is a room of its own. */
const ROOMS = {
  xml: [],
  xpath: ['xml'],
  'xpath/evaluation': ['xpath', 'xml'],
  event: ['xml'],
  'event/stream': ['event', 'xml'],
  'event/vocabulary': ['xml'],
  'event/description': ['event/vocabulary', 'xml'],
  filter: ['xpath', 'xpath/evaluation', 'event', 'event/vocabulary', 'event/description', 'xml'],
  journal: ['event', 'event/vocabulary', 'xml'],
  'filter/router': ['filter', 'xpath', 'xpath/evaluation', 'event'],
  'drivers/io': [],
  nats: ['drivers/io'],
  'nats/program': ['nats'],
  drivers: [
    ...['io', 'stream', 'test', 'journal', 'nats', 'remote'].map((room) => `drivers/${room}`),
    ...['nats', 'event', 'xml'],
  ],
  'drivers/reader': ['journal', 'drivers/driver', 'drivers/io', 'event', 'event/vocabulary', 'xml'],
  'drivers/journal': ['journal', 'drivers/reader', 'drivers/driver', 'drivers/io', 'xml'],
  'drivers/nats': ['nats', 'journal', 'drivers/reader', 'drivers/driver', 'drivers/io', 'event', 'xml'],
  'drivers/stream': ['drivers/driver', 'drivers/io', 'event', 'event/stream', 'xml'],
  'drivers/test': ['drivers/driver', 'drivers/io', 'event', 'event/vocabulary', 'xml'],
  'drivers/remote/transport': ['drivers/driver', 'drivers/io', ...REMOTE],
  'drivers/remote/rpc': ['drivers/remote/transport', 'drivers/driver', 'drivers/io', ...REMOTE, 'xml'],
  'drivers/remote/auth': ['drivers/remote/rpc', 'drivers/driver', 'drivers/io', ...REMOTE],
  'drivers/remote/states': [
    'drivers/remote/rpc',
    'drivers/driver',
    'drivers/io',
    ...REMOTE,
    'event',
    'event/vocabulary',
    'xml',
  ],
  'drivers/remote/events': [
    'drivers/remote/states',
    'drivers/remote/rpc',
    'drivers/io',
    ...REMOTE,
    'event',
    'event/vocabulary',
    'event/description',
    'xml',
  ],
  'drivers/remote': [
    ...['transport', 'rpc', 'auth', 'states', 'events'].map((room) => `drivers/remote/${room}`),
    ...['drivers/driver', 'drivers/io', 'event', 'event/vocabulary', 'xml'],
  ],
  'delivery/queue': ['drivers/driver', 'filter', 'event', 'event/vocabulary', 'xml'],
  delivery: ['delivery/queue', 'drivers/driver', 'drivers/schemes', 'filter', 'filter/router', 'xpath', 'event', 'xml'],
  'delivery/pipe': ['delivery', 'delivery/queue', 'filter'],
  'delivery/views': [
    ...['delivery', 'delivery/queue', 'drivers/driver', 'drivers/schemes'],
    ...['drivers/io/dialogue', 'drivers/io/uuid'],
  ],
  index: PUBLIC,
  types: PUBLIC,
  collector: ['index', 'journal', 'delivery', 'delivery/queue', 'event', 'xml'],
  forwarder: [
    'index',
    'nats',
    'journal',
    'delivery',
    'delivery/queue',
    'drivers/driver',
    'drivers/io',
    'collector/stored-text',
    'event',
    'xml',
  ],
  testing: ['index', 'collector/index'],
  cli: [
    'index',
    'types',
    'event/description',
    'filter/explanation-parts',
    'collector/index',
    'forwarder/index',
    'testing/index',
    'drivers/io/readiness',
  ],
};

/** The files that load others late, by `require`: what a program doesn't use costs it nothing. */
const LATE_LOADERS = ['drivers/schemes'];

/** The room that a module is in; a file at the top is its own. */
function roomOf(module) {
  const folder = posix.dirname(module);
  return folder === '.' || module in ROOMS ? module : folder in ROOMS ? folder : roomOf(folder);
}

/**
 * What is wrong with the imports of the library in a folder, a line each.
 *
 * @param {string} folder
 * @returns {string[]}
 */
function findFaults(folder) {
  const faults = [];
  const graph = new Map();
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (/\.m?ts$/.test(file) && !file.endsWith('.d.ts')) {
      const module = file.replaceAll('\\', '/').replace(/\.m?ts$/, '');
      graph.set(module, readImports(join(folder, file), module, faults));
    }
  }
  faults.push(...findCircles(graph));
  return faults;
}

function readImports(path, module, faults) {
  const text = readFileSync(path, 'utf8');
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  const declared = source.statements.flatMap((statement) =>
    statement.moduleSpecifier === undefined ? [] : [statement.moduleSpecifier.text],
  );
  const modules = [];
  for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) {
    const refuse = (why) => faults.push(`${module} imports '${fileName}': ${why}`);
    if (/^(?:node:)?worker_threads$/.test(fileName)) {
      refuse('the library has no threads');
    } else if (fileName === 'virdeliver' || fileName.startsWith('virdeliver/')) {
      refuse('the library imports itself by relative paths');
    } else if (fileName.startsWith('.')) {
      const imported = posix.join(posix.dirname(module), fileName);
      const room = roomOf(module);
      const isDeclared = declared.includes(fileName);
      if (!isDeclared && !LATE_LOADERS.includes(module)) {
        refuse('import what is ours by a declaration');
      } else if (!mayImport(room, imported)) {
        refuse(`'${room}' may not import '${roomOf(imported)}'`);
      }
      if (isDeclared) {
        modules.push(imported);
      }
    }
  }
  return modules;
}

function mayImport(room, imported) {
  const isCommon = COMMON.indexOf(room);
  const allowed = isCommon === -1 ? [...COMMON, room, ...(ROOMS[room] ?? [])] : COMMON.slice(0, isCommon);
  return allowed.includes(imported) || allowed.includes(roomOf(imported));
}

/** The circles of a graph: each module that is on one, with what it imports on it. */
function findCircles(graph) {
  const state = new Map();
  const circles = [];
  const visit = (module, path) => {
    state.set(module, 'open');
    for (const imported of graph.get(module) ?? []) {
      if (state.get(imported) === 'open') {
        circles.push(`a circle: ${[...path.slice(path.indexOf(imported)), imported].join(' → ')}`);
      } else if (!state.has(imported)) {
        visit(imported, [...path, imported]);
      }
    }
    state.set(module, 'done');
  };
  for (const module of graph.keys()) {
    if (!state.has(module)) {
      visit(module, [module]);
    }
  }
  return circles;
}

module.exports = { findFaults };

if (require.main === module) {
  const faults = findFaults(process.argv[2] ?? 'lib');
  for (const fault of faults) {
    console.error(fault);
  }
  process.exitCode = faults.length > 0 ? 1 : 0;
}
