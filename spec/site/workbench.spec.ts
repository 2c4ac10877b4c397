/** The filter workbench, in a real browser. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { eventDetails } from '../../lib/event/vocabulary/vocabulary';
import { root, succeed } from '../support/run-program';
import { describeBrowser, Site } from './browser';

// A browser is started, which takes long on a busy machine.
jest.setTimeout(60_000);

describeBrowser('The filter workbench', () => {
  let folder: string;
  let site: Site;
  let page: Page;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'virdeliver-workbench-'));
    await succeed(process.execPath, [join(root, 'scripts', 'workbench.js'), join(folder, 'workbench')]);
    site = await Site.open(folder);
  });
  afterEach(async () => {
    await page?.close();
    // No fault of a page, whatever was done to it, and nothing from elsewhere.
    expect(site.faults.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await site?.close();
    rmSync(folder, { recursive: true });
  });

  async function open(state: Readonly<Record<string, string>> = {}, width?: number): Promise<void> {
    page = await site.page(`workbench/index.html#${new URLSearchParams(state)}`, width);
    await summary(/./);
  }

  // What is shown, and nothing else: that is what `innerText` is for.
  const texts = (selector: string) =>
    page.$$eval(selector, (all) =>
      all
        .filter((each) => each.checkVisibility())
        // biome-ignore lint/performance/useDomNodeTextContent: what is hidden is left out
        .map((each) => (each as HTMLElement).innerText.trim()),
    );
  const text = async (selector: string) => (await texts(selector))[0];

  /** Waits until the page has read what was typed, and says this of it. */
  async function summary(pattern: RegExp): Promise<void> {
    const isSaid = (source: string) =>
      document.getElementById('results')?.ariaBusy === 'false' &&
      new RegExp(source).test(document.getElementById('summary')?.textContent ?? '');
    await page.waitForFunction(isSaid, { timeout: 10_000 }, pattern.source);
  }

  /** Writes a text in place of what is there, as a paste does. */
  async function write(selector: string, what: string): Promise<void> {
    await page.$eval(selector, (area) => (area as HTMLTextAreaElement).select());
    await page.focus(selector);
    await page.keyboard.sendCharacter(what);
  }

  /** Opens a link on the page as it is. */
  const follow = (state: Readonly<Record<string, string>>) =>
    page.evaluate((fragment) => {
      location.hash = fragment;
    }, new URLSearchParams(state).toString());

  it('has a sample of each type in the vocabulary', async () => {
    await open();
    const types = new Set(await texts('#events strong'));
    expect([...types].sort()).toEqual(Object.keys(eventDetails).sort());
  });

  it('shows an expression in full, by what it is found, what it costs, and the code', async () => {
    await open({ 'select-types': '' });
    await page.click('#select input[value=expression]');
    await page.type('#select-text', "transition/@to = 'crashed' and domain/name = 'web'");
    await summary(/^The filter matches 1 of \d+ events\.$/);
    expect(await texts('#explanation dd')).toEqual([
      "child::transition/attribute::to = 'crashed' and child::domain/child::name = 'web'",
      expect.stringMatching(/= "crashed".*; that decides it$|= "web".*; that decides it$/),
      'children: it goes down step by step, by the names of elements',
    ]);
    expect(await text('#code')).toBe(
      `addEventHandler(conn, "transition/@to = 'crashed' and domain/name = 'web'", handler);`,
    );
  });

  it('shows which events match, and of the others which conditions are false and what was found', async () => {
    await open({ select: "transition/@to = 'crashed' and domain/name = 'web'" });
    const [first, second] = await texts('#events > li');
    expect(first).toMatch(/^✓ match\ndomain-state-transition\nweb/);
    expect(second).toMatch(/^✗ no match\ndomain-state-transition\ndb/);
    expect(second).toContain("child::transition/attribute::to = 'crashed' is false: found ‘running’");
    expect(second).toContain("child::domain/child::name = 'web' is false: found ‘db’");
    await page.click('#shown input[value=match]');
    expect(await texts('#events > li')).toEqual([first]);
  });

  it('shows the warnings, each with its place in the expression', async () => {
    await open({ select: "@type = 'domain-reboot' or 'domain-watchdog'" });
    expect(await texts('.warnings li')).toEqual([expect.stringMatching(/^At character 28\nthis operand of 'or'/)]);
    await page.click('.warnings button');
    const place = () => [document.activeElement?.id, (document.activeElement as HTMLTextAreaElement).selectionStart];
    expect(await page.evaluate(place)).toEqual(['select-text', 27]);
  });

  it('puts a caret below a mistake, and the cursor there if asked', async () => {
    await open();
    await write('#select-text', "@type == 'domain-reboot'");
    await summary(/^There is a mistake at character 7\.$/);
    expect(await text('#select-mistake .mistake')).toBe("'==' is no operator of XPath; equality is written '='");
    const [expression, caret] = (await text('#select-mistake pre'))!.split('\n');
    expect(expression).toBe("@type == 'domain-reboot'");
    expect(caret!.indexOf('^')).toBe(expression!.indexOf('=='));
    expect(await page.$eval('#select-text', (area) => area.getAttribute('aria-invalid'))).toBe('true');
    await page.click('#select-mistake button');
    expect(await page.$eval('#select-text', (area) => (area as HTMLTextAreaElement).selectionStart)).toBe(6);
    await write('#select-text', "@type = 'domain-reboot'");
    await summary(/^The filter matches 1 of/);
    expect(await text('#select-mistake')).toBe('');
  });

  it('takes a list of types, and what to suppress', async () => {
    await open();
    await page.click('#select input[value=types]');
    await write('#select-text', 'domain-state-transition');
    await page.select('#select-type', 'domain-reboot');
    await page.click('#select .row button');
    await summary(/^The filter matches 5 of/);
    await page.click('#suppress input[value=expression]');
    await write('#suppress-text', "domain/name = 'web'");
    await summary(/^The filter matches 2 of/);
    expect(await text('#code')).toBe(
      `addEventHandler(conn, { select: ['domain-state-transition', 'domain-reboot'], suppress: "domain/name = 'web'" }, handler);`,
    );
    expect((await texts('#events > li'))[0]).toContain("suppressed by domain/name = 'web'");
    await write('#suppress-text', 'domain/');
    await summary(/^There is a mistake at character 8 of suppress\.$/);
    expect(await text('#suppress-mistake pre')).toMatch(/^domain\/\n {7}\^$/);
  });

  it('takes what variables and prefixes stand for, and says what is wrong with them', async () => {
    await open({ select: 'domain/name = $name and not(p:note)' });
    expect(await text('#select-mistake .mistake')).toContain('$name');
    await page.click('#names summary');
    await write('#variables', 'name = web\n\n');
    await write('#namespaces', 'p=urn:example:p');
    await summary(/^The filter matches [1-9]\d* of/);
    expect(await text('#code')).toBe(
      "addEventHandler(conn, 'domain/name = $name and not(p:note)', handler, undefined, { variables: { name: 'web' }, namespaces: { p: 'urn:example:p' } });",
    );
    const address = await page.evaluate(() => location.hash);
    await write('#variables', 'name=web\nother');
    await summary(/^There is a mistake in the variables or namespaces\.$/);
    expect(await text('#variables-mistake')).toBe('Line 2 must be of the form name=value.');
    await write('#variables', 'name=web');
    await write('#namespaces', 'xmlns=urn:x');
    await summary(/mistake in the variables/);
    expect(await text('#namespaces-mistake')).toMatch(/xmlns/);
    await page.close();
    await open(Object.fromEntries(new URLSearchParams(address.slice(1))));
    await summary(/^The filter matches [1-9]\d* of/);
    expect(await page.$eval('#names', (fold) => (fold as HTMLDetailsElement).open)).toBe(true);
  });

  it('tries events that are pasted, and says the line and the column of what is wrong in them', async () => {
    await open({ select: "job/@name = 'nightly'" });
    await page.click('#own summary');
    await write(
      '#own-events',
      `<event type="backup-done" timestamp="now"><job name="nightly"/></event>
<event type="backup-done" timestamp="now"><job name="weekly"></event>`,
    );
    await summary(/^The filter matches 1 of/);
    expect((await texts('#events > li'))[0]).toMatch(/^✓ match\nbackup-done\nyours/);
    expect(await text('#own-problems')).toMatch(/^Line 2, column 64: expected the end tag of 'job'/);
    expect(await text('#own-problems pre')).toMatch(/\n +\^$/);
  });

  it('begins with a copy of a sample, if wanted', async () => {
    await open({ select: "domain/name = 'mail'" });
    await page.click('#events > li:nth-child(2) summary');
    await page.click('#events > li:nth-child(2) button');
    const copy = await page.$eval('#own-events', (area) => (area as HTMLTextAreaElement).value);
    expect(copy).toContain('<name>db</name>');
    await write('#own-events', copy.replace('db', 'mail'));
    await summary(/^The filter matches 1 of/);
  });

  it('is shared by its address', async () => {
    const events = '<event type="a&amp;b" timestamp="now"/>';
    await open({ 'select-types': 'a&b', suppress: '@x', events });
    await summary(/^The filter matches 1 of/);
    await page.click('#suppress input[value=off]');
    await page.click('#select input[value=expression]');
    await write('#select-text', "@type = 'a&b'");
    await summary(/^The filter matches 1 of/);
    const address = await page.evaluate(() => location.hash);
    expect(Object.fromEntries(new URLSearchParams(address.slice(1)))).toEqual({ select: "@type = 'a&b'", events });
    await follow({ select: '@no' });
    await summary(/^The filter matches 0 of/);
  });

  it('shows what comes with an address as text, whatever it is', async () => {
    const markup = '<img src="https://example.org/" onerror="console.log(1)">';
    await open({ select: `contains(., '${markup}')`, suppress: `'${markup}' = @x`, events: `${markup}<event/>` });
    expect(await text('#code')).toContain('onerror');
    await follow({ select: markup });
    await summary(/mistake/);
    expect(await text('#select-mistake pre')).toContain('<img');
    expect(await page.$$('img')).toEqual([]);
  });

  it('answers whatever is typed: a filter that takes too long fails, and one that is too long is refused', async () => {
    const events = `<event type="large" timestamp="now">${'<x>t</x>'.repeat(500)}</event>`;
    await open({ select: '//x[count(preceding::x) = count(following::x)]', events });
    await summary(/; on 1 it fails\.$/);
    expect((await texts('#events > li'))[0]).toMatch(/^! failed\nlarge\nyours\n.* operations/);
    await follow({ select: `a${' or a'.repeat(300)}` });
    await summary(/mistake/);
    expect(await text('#select-mistake .mistake')).toMatch(/operators/);
  });

  it('is used by the keyboard alone, with the focus in sight', async () => {
    await open();
    const stops: string[] = [];
    const focus = () => {
      const at = document.activeElement as HTMLElement;
      // A choice is hidden behind its label.
      const seen = at.matches('.choice input') ? (at.nextElementSibling as HTMLElement) : at;
      const { outlineStyle, outlineWidth } = getComputedStyle(seen);
      const { width, height } = seen.getBoundingClientRect();
      const name = at.id || (at as HTMLInputElement).name || at.className || at.textContent;
      return { name, isSeen: outlineStyle !== 'none' && outlineWidth !== '0px' && width > 1 && height > 1 };
    };
    for (;;) {
      await page.keyboard.press('Tab');
      const { name, isSeen } = await page.evaluate(focus);
      if (name === 'XML of domain-state-transition' || stops.length > 40) {
        break;
      }
      expect({ name, isSeen }).toEqual({ name, isSeen: true });
      stops.push(name);
      if (name === 'shown') {
        break;
      }
    }
    expect(stops).toEqual([
      ...['skip', 'home', 'Filters', 'Events', 'select-kind', 'select-text', 'suppress-kind'],
      expect.stringContaining('Variables'),
      ...['example', 'use-example', 'share', expect.stringContaining('own events'), 'shown'],
    ]);
    // From an example to what it matches, without a mouse.
    await page.focus('#example');
    await page.keyboard.type('A typing');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await summary(/mistake at character 7/);
    await page.focus('#select input:checked');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Tab');
    await page.keyboard.down('Control');
    await page.keyboard.press('KeyA');
    await page.keyboard.up('Control');
    await page.keyboard.type('domain-reboot');
    await summary(/^The filter matches 1 of/);
    await page.focus('#skip');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('results');
  });

  it('names everything that can be operated, and tells of changes', async () => {
    await open({ 'select-types': 'a', suppress: "@type == 'a'", events: '<event/>' });
    const tree = await page.accessibility.snapshot({ interestingOnly: false });
    const nodes: { role: string; name?: string; children?: unknown[] }[] = [];
    const visit = (node: (typeof nodes)[number]) => {
      nodes.push(node);
      for (const child of (node.children ?? []) as typeof nodes) {
        visit(child);
      }
    };
    visit(tree as (typeof nodes)[number]);
    const operated = nodes.filter(({ role }) => /^(button|link|radio|textbox|combobox|DisclosureTriangle)$/.test(role));
    expect(operated.length).toBeGreaterThan(15);
    expect(operated.filter(({ name }) => !name)).toEqual([]);
    expect(nodes.filter(({ role }) => role === 'status')).toHaveLength(2);
  });

  const states: readonly Readonly<Record<string, string>>[] = [
    { select: "@type = 'domain-reboot' or 'x'", suppress: `domain/name = '${'w'.repeat(200)}'` },
    { select: '$x', variables: 'v'.repeat(200), namespaces: `p=${'u'.repeat(200)}` },
    { 'select-types': 'y'.repeat(100), suppress: "domain/name == 'a rather long expression, for such a narrow page'" },
    {
      select: 'domain',
      events: `<event type="${'x'.repeat(100)}" timestamp="now"/><event><event type='a'>${'z'.repeat(99)}`,
    },
  ];

  /** Shows a state with all that can be opened. */
  async function unfold(state: Readonly<Record<string, string>>): Promise<void> {
    await follow(state);
    await page.waitForFunction(
      (fragment) => location.hash.slice(1) === fragment && document.getElementById('summary')?.textContent !== '',
      {},
      new URLSearchParams(state).toString(),
    );
    await page.$$eval('details', (all) => {
      for (const each of all) {
        each.open = true;
      }
    });
  }

  it.each([360, 1280])('fits a page of %i pixels', async (width) => {
    await open({}, width);
    for (const state of states) {
      await unfold(state);
      const wide = () =>
        [document.documentElement, ...document.querySelectorAll('main, .card, .events')]
          .filter((each) => each.scrollWidth > each.clientWidth)
          .map((each) => each.id || each.className || each.tagName);
      expect(await page.evaluate(wide)).toEqual([]);
    }
  });

  it.each([
    [360, 'below'],
    [1280, 'beside'],
  ])('has the events on a page of %i pixels %s the filter', async (width, where) => {
    await open({}, width);
    const places = () =>
      ['form', 'results'].map((id) => {
        const { left, right, top, bottom } = document.getElementById(id)!.getBoundingClientRect();
        return { left, right, top, bottom };
      });
    const [form, results] = await page.evaluate(places);
    expect(results!.left > form!.right ? 'beside' : results!.top > form!.bottom ? 'below' : 'over').toBe(where);
  });

  it.each(['light', 'dark'])('is legible on a %s screen', async (scheme) => {
    await open();
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    for (const state of states) {
      await unfold(state);
      expect(await page.evaluate(faintTexts)).toEqual([]);
    }
  });
});

/** The texts of a page whose contrast with what is behind them is below the 4.5 to 1 that WCAG 2 §1.4.3 asks for. */
function faintTexts(): string[] {
  const channels = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (color: readonly number[]) => {
    const [red, green, blue] = color.slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  };
  const behind = (element: Element | null): number[] => {
    const color = element === null ? [255, 255, 255] : channels(getComputedStyle(element).backgroundColor);
    return element !== null && color[3] === 0 ? behind(element.parentElement) : color;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const faint = new Set<string>();
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement!;
    if (node.textContent!.trim() !== '' && element.checkVisibility()) {
      const [front, back] = [luminance(channels(getComputedStyle(element).color)), luminance(behind(element))];
      const contrast = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
      if (contrast < 4.5) {
        faint.add(`${node.textContent!.trim().slice(0, 40)}: ${contrast.toFixed(2)}`);
      }
    }
  }
  return [...faint];
}
