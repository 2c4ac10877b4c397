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
  hypervisor.conn.close();
  rmSync(folder, { recursive: true });
});

/** What a night's run appends, without times and keys. */
function runReport(path = 'report.txt') {
  const conn = openConnection(`journal:${join(folder, 'journal')}?reader=nightly-report&follow=no`);
  try {
    const lines = appendReport(conn, join(folder, path));
    return lines.map((line) => line.replace(/^\S+ | \[.*\]$/g, ''));
  } finally {
    conn.close();
  }
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

test('a report that cannot be written is made up for by the next run', () => {
  change(['web', 'crash']);
  expect(() => runReport('no-such-folder/report.txt')).toThrow('the report is not complete');
  change(['db', 'destroy']);
  expect(runReport()).toEqual(['kvm-17/web crashed', 'kvm-17/db stopped: destroyed']);
});

test('a run without a collector says so', () => {
  journal.close();
  const args = ['journal', 'report.txt'].map((name) => join(folder, name));
  const { status, stderr } = spawnSync(process.execPath, [join(__dirname, 'main.js'), ...args], { encoding: 'utf8' });
  expect(`${status} ${stderr}`).toBe('1 The collector does not run: what happens now is not kept.\n');
});

test('a run that is killed leaves nothing out, and nothing stands there twice', () => {
  runReport();
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
