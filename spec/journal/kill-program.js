/**
 * A writer or a reader of a journal, to be killed at any time: it says on stdout what it has done, a line for each entry.
 *
 * `write FOLDER FIRST` appends events numbered from one on, for ever, and says each number when its event is appended.
 * `read FOLDER NAME [end]` says what it finds by its bookmark, for ever or to the end, and remembers it then.
 */
const { writeSync } = require('node:fs');
const { builtModule } = require('../support/built-module');

const { nodeFiles } = builtModule('journal/node-files');
const { JournalWriter } = builtModule('journal/journal-writer');
const { bookmarkPath, createBookmark, openBookmark } = builtModule('journal/readers');
const { resume } = builtModule('journal/resume');

const [mode, folder, name, end] = process.argv.slice(2);
const say = (text) => writeSync(1, `${text}\n`);
const pause = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

function write() {
  const options = { host: 'kvm-17', boot: 'boot-1', now: Date.now, segmentBytes: 5000 };
  const writer = JournalWriter.open(nodeFiles, folder, options);
  for (let n = Number(name); ; n += 1) {
    writer.append(`<event type="t" timestamp="s"><n>${n}</n>${'.'.repeat(n % 300)}</event>`);
    say(n);
    pause(2);
  }
}

function read() {
  const path = bookmarkPath(folder, name);
  const first = { next: 1, ordinal: 0, attempt: 0, throws: 0, isOffered: false };
  const bookmark = openBookmark(nodeFiles, path) ?? createBookmark(nodeFiles, path, first);
  const reader = resume(nodeFiles, folder, bookmark.record, path);
  for (;;) {
    const item = reader.next();
    if (item.kind === 'nothing') {
      if (end) {
        return;
      }
      pause(5);
    } else if (item.kind === 'missing') {
      say(`${item.cause} ${item.count}`);
      bookmark.write({ ...bookmark.record, ...reader.position });
    } else {
      const { sequence, crc, position, event } = item.entry;
      say(`${sequence}:${/<n>(\d+)/.exec(event.toString())[1]}`);
      const completed = { id: item.id, sequence, crc, segment: item.segment, position };
      bookmark.write({ ...bookmark.record, ...reader.position, completed });
    }
  }
}

(mode === 'write' ? write : read)();
