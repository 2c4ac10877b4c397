const { spawnSync } = require('node:child_process');
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { deliverEvents, openConnection } = require('virdeliver');
const { journalEvents } = require('virdeliver/journal');
const { openTestConnection } = require('virdeliver/testing');
const { appendReport } = require('./report');

let folder;
let hypervisor;
let journal;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightly-report-'));
  hypervisor = openTestConnection({
    domains: [
      { name: 'web', state: 'running' },
      { name: 'db', state: 'running' },
    ],
  });
  journal = journalEvents(hypervisor.conn, join(folder, 'journal'), { host: 'kvm-17' });
});

afterEach(() => {
  journal.close();
  hypervisor[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

/** What a night's run appends, without times and keys. */
function runReport() {
  const conn = openConnection(`journal:${join(folder, 'journal')}?reader=nightly-report&follow=no`);
  const lines = appendReport(conn, join(folder, 'report.txt'));
  conn.close();
  return lines.map((line) => line.replace(/^\S+ | \[.*\]$/g, ''));
}

function change(...changes) {
  for (const [name, what] of changes) {
    hypervisor.domains.get(name)[what]();
  }
  deliverEvents(hypervisor.conn);
}

test('each night brings what went wrong since the last one', () => {
  change(['web', 'crash'], ['db', 'shutdown']);
  expect(runReport()).toEqual(['kvm-17/web crashed']);
  expect(runReport()).toEqual([]);
  change(['db', 'start'], ['db', 'destroy']);
  expect(runReport()).toEqual(['kvm-17/db stopped: destroyed']);
});

test('a run that is killed leaves nothing out, and nothing stands there twice', () => {
  change(['web', 'crash'], ['db', 'crash']);
  // The first line is written, and then the process is no more.
  const program = `
    const fs = require('node:fs');
    const { appendFileSync } = fs;
    fs.appendFileSync = (...args) => {
      appendFileSync(...args);
      process.kill(process.pid, 'SIGKILL');
    };
    require(${JSON.stringify(join(__dirname, 'main.js'))});`;
  writeFileSync(join(folder, 'killed.js'), program);
  const args = ['killed.js', 'journal', 'report.txt'].map((name) => join(folder, name));
  expect(spawnSync(process.execPath, args).signal).toBe('SIGKILL');
  expect(runReport()).toEqual(['kvm-17/db crashed']);
  const written = readFileSync(join(folder, 'report.txt'), 'utf8');
  expect(written.match(/web crashed/g)).toHaveLength(1);
});
