import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, test as base, chromium, type Page } from '@playwright/test';
import { CHROMIUM_ARGS, findChromium } from '../scripts/chromium.mjs';
import { createSiteServer, DIST, listen } from '../scripts/server.mjs';

export { expect } from '@playwright/test';

/** The built site on a port of its own, with a log of every request it got. */
export interface Site {
  readonly url: string;
  readonly requests: string[];
}

/** A Chromium on a profile on disk: the default context is off the record and behaves differently in storage. */
export interface Browser {
  /** A new context on the same profile, e.g. after `close()` or a kill. */
  open(options?: {
    args?: string[];
    webgpu?: boolean;
    viewport?: { width: number; height: number };
    colorScheme?: 'light' | 'dark';
  }): Promise<BrowserContext>;
  readonly profile: string;
}

interface Fixtures {
  bareSite: Site;
  site: Site;
  browserOnDisk: Browser;
  /** A page of the site in a fresh profile, already open. Console errors and policy violations fail the test unless `problems.allow` names them. */
  linnet: Page;
  problems: { list: string[]; allow(pattern: RegExp): void };
}

/** What to do when a page of an origin says that it works offline. */
const onReadyOffline = new Map<string, () => void>();

/** The browser itself looks for a newer service worker when a page opens; the page asks for nothing. */
const BROWSERS_OWN = '/sw.js';

/** Serves the site for one test. What is asked for after a page said that it works offline fails the test, whatever it is about. */
async function serveSite(bare: boolean, use: (site: Site) => Promise<void>): Promise<void> {
  const requests: string[] = [];
  let readyAt = Number.POSITIVE_INFINITY;
  const server = createSiteServer(DIST, { bare, onRequest: (path: string) => requests.push(path) });
  const url = `http://127.0.0.1:${await listen(server, 0)}/`;
  onReadyOffline.set(new URL(url).origin, () => {
    readyAt = Math.min(readyAt, requests.length);
  });
  await use({ url, requests });
  server.closeAllConnections();
  server.close();
  const late = requests.slice(readyAt).filter((path) => path !== BROWSERS_OWN);
  if (late.length > 0) throw new Error(`After the page said that it works offline the server was asked for:\n${late.join('\n')}`);
}

/** Hears of it when a page of `context` says that it works offline. */
async function watchReadyOffline(context: BrowserContext): Promise<void> {
  await context.exposeBinding('readyOffline', ({ page }) => onReadyOffline.get(new URL(page.url()).origin)?.());
  await context.addInitScript(() => {
    const observer = new MutationObserver(() => {
      if (document.querySelector('.status')?.textContent?.includes('works offline') !== true) return;
      observer.disconnect();
      (globalThis as unknown as { readyOffline(): void }).readyOffline();
    });
    observer.observe(document, { subtree: true, childList: true, characterData: true });
  });
}

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads fixture names from this pattern.
  site: async ({}, use) => serveSite(false, use),
  // biome-ignore lint/correctness/noEmptyPattern: as above.
  bareSite: async ({}, use) => serveSite(true, use),
  // biome-ignore lint/correctness/noEmptyPattern: as above.
  browserOnDisk: async ({}, use) => {
    const profile = await mkdtemp(join(tmpdir(), 'linnet-profile-'));
    const contexts: BrowserContext[] = [];
    const executablePath = findChromium();
    await use({
      profile,
      open: async ({ args = [], webgpu = true, viewport = { width: 1280, height: 800 }, colorScheme = 'light' } = {}) => {
        const context = await chromium.launchPersistentContext(profile, {
          ...(executablePath ? { executablePath } : {}),
          headless: true,
          args: [...CHROMIUM_ARGS.filter((flag) => webgpu || !flag.includes('webgpu')), ...args],
          viewport,
          colorScheme,
          acceptDownloads: true,
        });
        // What cannot be clicked within this time never can: the test should say so long before its own time is up.
        context.setDefaultTimeout(30_000);
        await watchReadyOffline(context);
        contexts.push(context);
        return context;
      },
    });
    for (const context of contexts) await context.close().catch(() => undefined);
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  },
  // biome-ignore lint/correctness/noEmptyPattern: as above.
  problems: async ({}, use) => {
    const list: string[] = [];
    const allowed: RegExp[] = [];
    await use({ list, allow: (pattern) => allowed.push(pattern) });
    const unexpected = list.filter((problem) => !allowed.some((pattern) => pattern.test(problem)));
    if (unexpected.length > 0) throw new Error(`The page reported problems:\n${unexpected.join('\n')}`);
  },
  linnet: async ({ site, browserOnDisk, problems }, use) => {
    const context = await browserOnDisk.open();
    const page = context.pages()[0] ?? (await context.newPage());
    watch(page, problems.list);
    await page.goto(site.url);
    await use(page);
  },
});

/** Collects console errors, uncaught exceptions and policy violations of `page` into `list`. */
export function watch(page: Page, list: string[]): void {
  page.on('console', (message) => {
    if (message.type() === 'error') list.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => list.push(`uncaught: ${error.message} ${process.env.STACKS ? error.stack : ''}`));
}
