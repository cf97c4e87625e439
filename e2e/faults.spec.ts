import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { zipOf } from './archives';
import { expect, test, watch } from './fixtures';
import { dock, goTo, ready, save, stepOf, train, upload } from './page';

const FIXTURE = join(import.meta.dirname, '..', 'src', 'testing', 'fixtures', 'orbax', 'a_guide_state_new', 'ckpt');

/** Files of a real checkpoint, by their path. */
function checkpointFiles(): Map<string, Uint8Array> {
  const entries = readdirSync(FIXTURE, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [`guide/${relative(FIXTURE, path).split(sep).join('/')}`, new Uint8Array(readFileSync(path))];
    }),
  );
}

async function zipWith(change: (files: Map<string, Uint8Array>) => void): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  const files = checkpointFiles();
  change(files);
  return { name: 'guide.zip', mimeType: 'application/zip', buffer: Buffer.from(await zipOf(files)) };
}

/** Name of the data file that holds the merged tree. */
const dataFile = (files: Map<string, Uint8Array>): string => [...files.keys()].find((name) => name.startsWith('guide/d/'))!;

test.describe('uploads that are wrong are named, and the page goes on', () => {
  for (const [title, change, words] of [
    [
      'a zip that is no checkpoint',
      (files) => {
        files.clear();
        files.set('letter.txt', new TextEncoder().encode('Dear reader'));
      },
      /no checkpoint|not a checkpoint/i,
    ],
    [
      'a truncated data file',
      (files) => files.set(dataFile(files), files.get(dataFile(files))!.subarray(0, 100)),
      /guide.*d\/[0-9a-f]{32}|cut off|past the end|truncated/i,
    ],
    [
      'a flipped bit under a checksum',
      (files) => {
        files.get('guide/manifest.ocdbt')![40]! ^= 1;
      },
      /CRC|checksum/i,
    ],
  ] as [string, (files: Map<string, Uint8Array>) => void, RegExp][]) {
    test(title, async ({ linnet: page }) => {
      await ready(page);
      await train(page, 5);
      const saved = await save(page);
      await upload(page, await zipWith(change));
      const complaint = page.locator('.message.broken, .findings').filter({ hasText: words });
      await expect(complaint.first()).toBeVisible();
      await expect(complaint.first()).not.toContainText(/undefined|TypeError|at .*\.js/);
      await goTo(page, 'Checkpoints');
      await expect(page.locator('.steps tbody tr')).toHaveCount(2);
      await goTo(page, 'Train');
      await train(page, saved + 5);
    });
  }

  test('shapes that do not fit are listed leaf by leaf with their reasons', async ({ linnet: page }) => {
    await ready(page);
    await upload(page, await zipWith(() => {}));
    const rows = page.locator('.match-rows [role=row]');
    await expect(rows.filter({ hasText: 'linear1' }).filter({ hasText: /4, ?4/ }).first()).toBeVisible();
    await expect(rows.filter({ hasText: 'linear3' }).first()).toBeVisible();
    await goTo(page, 'Train');
    await train(page, 5);
  });
});

test('a worker that dies is replaced, and the run goes on from its last checkpoint', async ({ linnet: page, problems }) => {
  problems.allow(/worker/i);
  await ready(page);
  await train(page, 10);
  const saved = await save(page);
  await dock(page).getByRole('button', { name: 'Play' }).click();
  await page.workers()[0]!.evaluate(() => self.close());
  await expect(page.getByText(/^Back at step/).first()).toBeVisible({ timeout: 30_000 });
  expect(await stepOf(page)).toBeGreaterThanOrEqual(saved);
  await train(page, (await stepOf(page)) + 5);
});

test('memory that runs out in the worker takes the tab; the next visit goes on from the last checkpoint', async ({
  site,
  browserOnDisk,
}) => {
  const context = await browserOnDisk.open({ args: ['--js-flags=--max-old-space-size=192'] });
  const page = context.pages()[0]!;
  await page.goto(site.url);
  await ready(page);
  await train(page, 10);
  const saved = await save(page);
  const crashed = page.waitForEvent('crash', { timeout: 60_000 });
  page
    .workers()[0]!
    .evaluate(() => {
      const held: object[][] = [];
      for (;;) held.push(Array.from({ length: 10_000 }, (_, i) => ({ i })));
    })
    // The worker does not live to answer.
    .catch(() => {});
  await crashed;
  await context.close();
  const next = (await browserOnDisk.open()).pages()[0]!;
  await next.goto(site.url);
  await ready(next);
  await goTo(next, 'Checkpoints');
  await next
    .locator('.run-button')
    .filter({ hasText: /\d\scheckpoint/ })
    .first()
    .click();
  await next.getByRole('button', { name: 'Restore', exact: true }).click();
  await expect(next.getByText(/^Restored at step/).first()).toBeVisible();
  expect(await stepOf(next)).toBe(saved);
  await goTo(next, 'Train');
  await train(next, saved + 5);
});

test('without WebGPU the page says so and trains on the CPU', async ({ site, browserOnDisk, problems }) => {
  const context = await browserOnDisk.open({ args: ['--disable-features=WebGPU', '--disable-webgpu'], webgpu: false });
  const page = context.pages()[0]!;
  watch(page, problems.list);
  await page.goto(site.url);
  await ready(page);
  await expect(page.locator('.status')).toContainText('CPU');
  await page.locator('.status').getByRole('button', { name: /CPU/ }).click();
  await expect(page.locator('.popover')).toContainText('WebGPU');
  await page.keyboard.press('Escape');
  await train(page, 20);
  await save(page);
});
