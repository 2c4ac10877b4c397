/**
 * Makes typedoc build the whole site, of which the API reference is a part: the documents under their own titles and in the README's
 * order, and the filter workbench. Nothing on it comes from elsewhere.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application, Converter, KindRouter, PageEvent, ReflectionKind, RendererEvent } from 'typedoc';
import workbench from './workbench.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const WORKBENCH = 'workbench/index.html';

/** The pages: first those that the README names at its end, in its order. */
function documents() {
  const [, readOn] = readFileSync(join(root, 'README.md'), 'utf8').split('## Read on');
  const links = readOn.matchAll(/\]\(([\w./-]+\.md)[)#]/g);
  const named = new Set(Array.from(links, ([, path]) => path));
  const inDocs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  const examples = readdirSync(join(root, 'docs', 'examples')).map((name) => `docs/examples/${name}/README.md`);
  const all = [...inDocs.map((name) => `docs/${name}`), ...examples, 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'];
  const inOrder = [...named].filter((path) => all.includes(path));
  return [...inOrder, ...all.filter((path) => !named.has(path))];
}

/** Where a page lies on the site, without its extension: `docs/guide.md` is `guide`, so that its title may change. */
function addressOf(document) {
  const path = relative(root, document.project.files.getReflectionPath(document)).split(sep).join('/');
  return path.replace(/^docs\//, '').replace(/(?:\/README)?\.md$/, '');
}

class SiteRouter extends KindRouter {
  getIdealBaseName(reflection) {
    return reflection.kind === ReflectionKind.Document ? addressOf(reflection) : super.getIdealBaseName(reflection);
  }
}

/** A page is called as its first heading says. */
function nameByHeading(document) {
  const [, heading] = /^# (.*)$/m.exec(document.content[0]?.text) ?? [];
  document.name = heading ?? document.name;
}

/** @param {Application} app */
export function load(app) {
  app.renderer.defineRouter('site', SiteRouter);
  app.on(Application.EVENT_BOOTSTRAP_END, () => {
    app.options.setValue('router', 'site');
    app.options.setValue(
      'projectDocuments',
      documents().map((path) => join(root, path)),
    );
    app.options.setValue('navigationLinks', { 'Filter workbench': WORKBENCH });
  });
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, document) => nameByHeading(document));
  app.renderer.on(PageEvent.END, (page) => {
    const fromHere = posix.relative(posix.dirname(page.url), WORKBENCH);
    page.contents = page.contents?.replaceAll(`href="${WORKBENCH}"`, `href="${fromHere}"`);
  });
  app.renderer.on(RendererEvent.END, ({ outputDirectory }) =>
    workbench.buildWorkbench(join(outputDirectory, dirname(WORKBENCH))),
  );
}
