/** Pages in Debian's Chromium, from files that a server of our own hands out. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { type Browser, launch, type Page } from 'puppeteer-core';

const CHROMIUM = '/usr/bin/chromium';

/** Where everything must be tested, a missing browser is a failure. */
export const describeBrowser: jest.Describe =
  existsSync(CHROMIUM) || process.env['VIRDELIVER_LIVE'] ? describe : describe.skip;

const KINDS: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
};

/** A folder of pages and the browser that shows them. */
export class Site {
  readonly #browser: Browser;
  readonly #server: Server;
  /** What went wrong on any page: requests to elsewhere, for what is missing, and whatever the console said. */
  readonly faults: string[] = [];

  private constructor(browser: Browser, server: Server) {
    this.#browser = browser;
    this.#server = server;
  }

  static async open(folder: string): Promise<Site> {
    const server = createServer(({ url }, response) => {
      const file = join(folder, decodeURIComponent(new URL(url!, 'http://localhost').pathname));
      if (existsSync(file)) {
        response.setHeader('content-type', KINDS[extname(file)] ?? 'application/octet-stream');
        response.end(readFileSync(file));
      } else {
        response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // Chromium's sandbox does not work for root, by whom the tests are run in CI; the pages are our own.
    const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
    return new Site(await launch({ executablePath: CHROMIUM, args }), server);
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** @param path The page, with its fragment. */
  async page(path: string, width = 1280): Promise<Page> {
    const page = await this.#browser.newPage();
    page.on('console', (message) => this.faults.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => this.faults.push(`error: ${error}`));
    page.on('requestfailed', (request) => this.faults.push(`failed: ${request.url()}`));
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(this.address) && !url.startsWith('data:')) {
        this.faults.push(`request: ${url}`);
      }
    });
    await page.setViewport({ width, height: 900 });
    await page.goto(this.address + path);
    return page;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.#server.close();
  }
}
