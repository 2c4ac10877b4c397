/** The page of live events in `docs/recipes.md`: what its visitors get, and what a visitor can do to the others. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '../support/built';
import { freePort } from '../support/free-port';
import { root } from '../support/run-program';
import { fencedBlocks } from './fenced-blocks';

jest.setTimeout(60_000);

let folder: string;
let url: string;
let server: ChildProcess;
const stop = new AbortController();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'virdeliver-page-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules', 'virdeliver'));
  const { text } = fencedBlocks('docs/recipes.md').find((block) => block.text.startsWith('// server.mjs'))!;
  writeFileSync(join(folder, 'server.mjs'), text.replace('15_000', '100').replace('VISITORS = 100', 'VISITORS = 4'));
  writeFileSync(join(folder, 'events.xml'), '');
  const port = await freePort();
  url = `http://127.0.0.1:${port}/`;
  server = spawn(process.execPath, ['server.mjs', 'file:events.xml?follow', String(port)], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const isThere = async () => (await fetch(`${url}?filter=(`).catch(() => undefined))?.status === 400;
  while (!(await isThere()));
}, 60_000);

afterAll(async () => {
  stop.abort();
  if (server.exitCode === null) {
    server.kill('SIGKILL');
    await once(server, 'exit');
  }
  rmSync(folder, { recursive: true });
});

const ask = (filter: string) => fetch(`${url}?filter=${encodeURIComponent(filter)}`, { signal: stop.signal });

/** A visitor, who waits for what the server sends. */
class Visitor {
  readonly #reader;
  #text = '';
  #hasEnded = false;

  constructor(response: Response) {
    this.#reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  }

  static async of(filter: string): Promise<Visitor> {
    return new Visitor(await ask(filter));
  }

  /** Reads on until something has come, or the end. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#text) && !this.#hasEnded) {
      const { value = '', done } = await this.#reader.read();
      this.#text += value;
      this.#hasEnded = done;
    }
    return this.#text;
  }

  async untilEnd(): Promise<string> {
    return this.until(/(?!)/);
  }

  leave(): Promise<void> {
    return this.#reader.cancel();
  }
}

const tell = (type: string, content = '') =>
  appendFileSync(
    join(folder, 'events.xml'),
    `<event type="${type}" timestamp="2026-01-02T03:04:05Z">${content}</event>\n`,
  );

describe('The page of live events', () => {
  it('refuses a filter that is wrong, with its place', async () => {
    const response = await ask('domain[name =');
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('^');
  });

  it('sends what a filter matches, and the gaps; everything without a filter', async () => {
    const [narrow, all] = [await Visitor.of("domain/name = 'web'"), await Visitor.of('')];
    tell('noise');
    tell('events-lost');
    tell('told', '<domain><name>web</name></domain>');
    const told = (text: string) => [...text.matchAll(/"type":"([^"]*)"/g)].map(([, type]) => type);
    expect(told(await narrow.until(/"told"/))).toEqual(['events-lost', 'told']);
    expect(told(await all.until(/"told"/))).toEqual(['noise', 'events-lost', 'told']);
    await Promise.all([narrow.leave(), all.leave()]);
  });

  it('tells a visitor of a filter that is too costly, and ends; the others get their events', async () => {
    const [costly, other] = [await Visitor.of('//*[. = //*]'), await Visitor.of("@type = 'long'")];
    tell('long', '<a>b</a>'.repeat(2000).replace('b', 'c'));
    expect(await costly.untilEnd()).toMatch(/event: error\ndata: ".*operations.*"\n\n$/);
    expect(await other.until(/"long"/)).toContain('data: ');
    await other.leave();
  });

  it('tells a visitor of a filter that can never match', async () => {
    const visitor = await Visitor.of("transition/@too = 'crashed'");
    expect(await visitor.until(/\n\n/)).toMatch(/^event: warning\ndata: ".*did you mean '@to'/);
    await visitor.leave();
  });

  it('sends a heartbeat', async () => {
    const visitor = await Visitor.of("@type = 'none'");
    expect(await visitor.until(/alive/)).toBe(': alive\n\n');
    await visitor.leave();
  });

  it('takes no more than so many visitors', async () => {
    const statuses: number[] = [];
    // Those who have left may not be gone yet.
    while (!statuses.includes(503)) {
      statuses.push((await ask('')).status);
      expect(statuses.length).toBeLessThanOrEqual(5);
    }
    expect(statuses.slice(0, -1)).toEqual(statuses.slice(0, -1).fill(200));
  });

  it('ends in good order, also while visitors are there', async () => {
    server.kill('SIGTERM');
    expect(await once(server, 'exit')).toEqual([0, null]);
  });
});
