/** The site of the documents, as `npm run docs` builds it. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { programOf, root, succeed } from '../support/run-program';
import { describeBrowser, Site } from './browser';

// All of the library's types are resolved, which takes long on a busy machine.
jest.setTimeout(180_000);

describe('The site of the documents', () => {
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'virdeliver-site-'));
    // Errors of types are what `npm run check` looks for. A warning makes it fail: of a link that leads nowhere, for example.
    await succeed(process.execPath, [programOf('typedoc'), '--skipErrorChecking', '--out', folder]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const read = (page: string) => readFileSync(join(folder, page), 'utf8');
  const pages = () =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'));
  /** The values of some attributes on a page. */
  const valuesOf = (page: string, attributes: string) =>
    Array.from(read(page).matchAll(new RegExp(` (?:${attributes})="([^"]*)"`, 'g')), ([, value]) =>
      value!.replaceAll('&amp;', '&'),
    );

  it('has every document, under its own title', () => {
    const documents = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
    for (const document of documents) {
      const [, title] = /^# (.*)$/m.exec(readFileSync(join(root, 'docs', document), 'utf8'))!;
      const page = read(document.replace(/\.md$/, '.html'));
      expect(page).toContain(`<title>${title} | virdeliver</title>`);
      expect(page.match(/<h1/g)).toHaveLength(1);
    }
    expect(existsSync(join(folder, 'examples', 'vm-watcher.html'))).toBe(true);
    expect(existsSync(join(folder, 'workbench', 'index.html'))).toBe(true);
  });

  it('has the reference of the library, of journals, and of what tests want of it', () => {
    for (const name of ['index.openConnection', 'collector.journalEvents', 'testing.expectEvent']) {
      expect(existsSync(join(folder, 'functions', `${name}.html`))).toBe(true);
    }
  });

  it('has no link that leads nowhere, on other pages and inside of them', () => {
    const anchors = new Map(pages().map((page) => [page, new Set(valuesOf(page, 'id'))]));
    const dead: string[] = [];
    let links = 0;
    for (const page of anchors.keys()) {
      for (const link of valuesOf(page, 'href|src').filter((each) => !/^(?:https?|data):/.test(each))) {
        const [path = '', anchor] = link.split('#').map(decodeURIComponent);
        const target = path === '' ? page : posix.join(posix.dirname(page), path);
        const isThere = existsSync(join(folder, target)) && (!anchor || (anchors.get(target)?.has(anchor) ?? true));
        links++;
        if (!isThere) {
          dead.push(`${page}: ${link}`);
        }
      }
    }
    expect(links).toBeGreaterThan(1000);
    expect(dead).toEqual([]);
  });

  it('loads nothing from elsewhere', () => {
    const loaded = pages().flatMap((page) => [
      ...valuesOf(page, 'src'),
      ...Array.from(read(page).matchAll(/<link[^>]* href="([^"]*)"/g), ([, link]) => link!),
    ]);
    expect(loaded.filter((address) => /^(?:https?:)?\/\//.test(address))).toEqual([]);
  });

  it('lists the documents in the order in which the README says to read on', () => {
    const [, readOn] = readFileSync(join(root, 'README.md'), 'utf8').split('## Read on');
    const inReadme = Array.from(readOn!.matchAll(/\]\((?:docs\/)?([\w-]+)\.md\)/g), ([, name]) => `${name}.html`);
    const listed = valuesOf('modules.html', 'href').filter((link) => inReadme.includes(link));
    expect([...new Set(listed)]).toEqual(inReadme);
  });

  describeBrowser('in a browser', () => {
    let site: Site;

    beforeAll(async () => {
      site = await Site.open(folder);
    });
    afterAll(() => site?.close());

    it.each(
      ['index', 'filters', 'errors', 'events', 'functions/index.openConnection'].flatMap((name) => [
        { name, width: 360 },
        { name, width: 1280 },
      ]),
    )('$name fits a page of $width pixels', async ({ name, width }) => {
      const page = await site.page(`${name}.html`, width);
      await page.waitForSelector('.col-content', { visible: true });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      await page.close();
    });

    it('finds what is searched for, and leads to the workbench', async () => {
      const page = await site.page('guide.html');
      await page.waitForSelector('#tsd-search-trigger', { visible: true });
      await page.click('#tsd-search-trigger');
      await page.waitForSelector('#tsd-search-input', { visible: true });
      await page.type('#tsd-search-input', 'waitForEv');
      await page.waitForSelector('#tsd-search-results a[href*="waitForEvents"]');
      await page.goto(await page.$eval('#tsd-toolbar-links a', (link) => (link as HTMLAnchorElement).href));
      expect(await page.title()).toBe('Filter workbench | virdeliver');
      expect(site.faults).toEqual([]);
    });
  });
});
