import { appendFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import type { SandboxApi } from '../src/worker/protocol';
import { expect, test, watch } from './fixtures';
import { goTo, ready, save, train } from './page';

declare const linnet: SandboxApi;

/** LevelDB's log is a sequence of such blocks; a record begins with its CRC, its length and its kind. */
const BLOCK_BYTES = 32_768;
const HEAD_BYTES = 7;
const FIRST_OF_SEVERAL = 2;

/**
 * Leaves the browser's database as a kill in the middle of a write does: with a record at its end that has not all its bytes. The next
 * browser reads past it and writes on behind it, and the one after that takes the log for damaged and deletes the database.
 */
function tearDatabase(profile: string, origin: URL): void {
  const folder = join(profile, 'Default', 'IndexedDB', `http_${origin.hostname}_${origin.port}.indexeddb.leveldb`);
  const log = join(folder, readdirSync(folder).find((name) => name.endsWith('.log'))!);
  const size = statSync(log).size;
  const room = BLOCK_BYTES - (size % BLOCK_BYTES) - HEAD_BYTES;
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt16LE(room, 4);
  head.writeUInt8(FIRST_OF_SEVERAL, 6);
  appendFileSync(log, Buffer.concat([head, Buffer.alloc(Math.floor(room / 2), 7)]));
}

const savedSteps = (page: Page): Promise<number[]> =>
  page.evaluate(async () => {
    const runs = await linnet.listRuns();
    const lists = await Promise.all(runs.map(({ run }) => linnet.listCheckpoints(run.id)));
    return lists.flat().map(({ step }) => step);
  });

test('a database that the browser deletes, after a kill in mid-write damaged it, comes back whole, and the page says so', async ({
  site,
  browserOnDisk,
  problems,
}) => {
  const visit = async <T>(work: (page: Page) => Promise<T>): Promise<T> => {
    const context = await browserOnDisk.open();
    const page = context.pages()[0] ?? (await context.newPage());
    watch(page, problems.list);
    await page.goto(site.url);
    await ready(page);
    const result = await work(page);
    await context.close();
    return result;
  };
  const saveMore = async (page: Page): Promise<number[]> => {
    await train(page, 10);
    await save(page);
    return savedSteps(page);
  };

  const first = await visit(saveMore);
  tearDatabase(browserOnDisk.profile, new URL(site.url));
  const second = await visit(async (page) => {
    expect(await savedSteps(page)).toEqual(first);
    return saveMore(page);
  });
  expect(second.length).toBeGreaterThan(first.length);
  await visit(async (page) => {
    const alert = page.getByRole('alert', { name: 'Problem' }).first();
    await expect(alert).toContainText('The browser lost its database');
    await expect(alert).toContainText(`${second.length} checkpoints of 2 runs came back from the second copy: all there were.`);
    expect((await savedSteps(page)).sort()).toEqual(second.sort());
    expect((await page.evaluate(() => linnet.checkLibrary())).findings).toEqual([]);
    await alert.getByRole('button', { name: 'Close' }).click();
    await train(page, 10);
    await expect(page.getByRole('alert', { name: 'Problem' })).toHaveCount(0);
  });
  // That was all: nothing is said again.
  await visit(async (page) => {
    await goTo(page, 'Checkpoints');
    await expect(page.getByRole('alert', { name: 'Problem' })).toHaveCount(0);
    expect(await savedSteps(page)).toEqual(expect.arrayContaining(second));
  });
});
