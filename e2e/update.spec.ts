import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { createSiteServer, DIST, listen } from '../scripts/server.mjs';
import { expect, test, watch } from './fixtures';
import { dock, ready, stepOf } from './page';

/** Turns the build at `root` into the next one: another title, another list of files in the service worker. */
async function nextBuild(root: string): Promise<void> {
  const page = await readFile(join(root, 'index.html'), 'utf8');
  await writeFile(join(root, 'index.html'), page.replace('<title>Linnet</title>', '<title>Linnet, next</title>'));
  const worker = await readFile(join(root, 'sw.js'), 'utf8');
  const changed = worker.replace(
    /(url:\s*"index\.html",\s*revision:\s*)"[^"]*"|(revision:\s*)"[^"]*"(,\s*url:\s*"index\.html")/,
    '$1$2"next"$3',
  );
  expect(changed).not.toBe(worker);
  await writeFile(join(root, 'sw.js'), changed);
}

/** Whether the page is still the one that was marked: a reload would have lost the mark. */
const isMarked = (page: Page) => page.evaluate(() => 'mark' in window);

test('a new version waits: it never reloads a page that trains or has unsaved work, and comes in when told to, with the run', async ({
  browserOnDisk,
  problems,
}) => {
  const root = await mkdtemp(join(tmpdir(), 'linnet-site-'));
  await cp(DIST, root, { recursive: true });
  const server = createSiteServer(root);
  const url = `http://127.0.0.1:${await listen(server, 0)}/`;
  try {
    const context = await browserOnDisk.open();
    const page = context.pages()[0]!;
    watch(page, problems.list);
    await page.goto(url);
    await expect(page.getByText('works offline')).toBeVisible({ timeout: 60_000 });
    await ready(page);
    await page.evaluate(() => Object.assign(window, { mark: true }));
    await dock(page).getByRole('button', { name: 'Play' }).click();

    await nextBuild(root);
    await page.evaluate(async () => (await navigator.serviceWorker.getRegistration())!.update());
    await expect(page.getByText('A new version is ready').first()).toBeVisible({ timeout: 30_000 });
    const before = await stepOf(page);
    await expect.poll(() => stepOf(page), { timeout: 30_000 }).toBeGreaterThan(before);
    await dock(page).getByRole('button', { name: 'Pause' }).click();
    await page.keyboard.press('.');
    await page.waitForTimeout(1500);
    expect(await isMarked(page)).toBe(true);
    await expect(page).toHaveTitle('Linnet');

    // Not while another tab is open: it would lose the files of its version.
    const other = await context.newPage();
    await other.goto(url);
    await ready(other);
    const bringIn = async () => {
      await page.locator('.status').getByRole('button', { name: 'new version ready' }).click();
      await page.getByRole('button', { name: 'Save and update' }).click();
    };
    await page.bringToFront();
    await bringIn();
    await expect(page.getByText('Linnet is open in another tab').first()).toBeVisible();
    expect(await isMarked(page)).toBe(true);
    await other.close();
    await page.keyboard.press('Escape');

    const step = (await page.locator('.step-number').textContent())!;
    await bringIn();
    await expect(page).toHaveTitle('Linnet, next', { timeout: 60_000 });
    await expect(page.locator('.step-number')).toHaveText(step, { timeout: 60_000 });
    await expect(page.locator('.save-text')).toContainText('verified');
  } finally {
    server.closeAllConnections();
    server.close();
    await rm(root, { recursive: true, force: true });
  }
});

test('the page can be installed: its manifest names icons of the sizes it says, for a mask too', async ({ site, linnet: page }) => {
  await ready(page);
  const manifest = JSON.parse(await readFile(join(DIST, 'manifest.webmanifest'), 'utf8'));
  expect(manifest).toMatchObject({ name: 'Linnet', display: 'standalone', start_url: './' });
  const icons: { src: string; sizes: string; type: string; purpose?: string }[] = manifest.icons;
  expect(icons.filter(({ type }) => type === 'image/png').map(({ sizes }) => sizes)).toEqual(['192x192', '512x512', '512x512']);
  expect(icons.map(({ purpose }) => purpose)).toContain('maskable');
  for (const { src, sizes } of icons.filter(({ type }) => type === 'image/png')) {
    const bytes = await readFile(join(DIST, src));
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)].join('x'), src).toBe(sizes);
  }
  const session = await page.context().newCDPSession(page);
  await page.goto(site.url);
  await ready(page);
  // What remains is that a headless browser asks nobody.
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual([]);
});
