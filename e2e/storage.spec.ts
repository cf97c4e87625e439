import type { SandboxApi } from '../src/worker/protocol';
import { expect, test } from './fixtures';
import { dock, goTo, ready, save, stepOf, train } from './page';

declare const linnet: SandboxApi;

const DAY_MS = 24 * 60 * 60 * 1000;

test('the browser is asked to keep the data at the first save, once, and the page says where things are saved', async ({
  linnet: page,
}) => {
  await page.addInitScript(() => {
    const asked = { times: 0 };
    Object.assign(globalThis, { asked });
    navigator.storage.persist = async () => {
      asked.times++;
      return false;
    };
  });
  await page.reload();
  await ready(page);
  const asked = () => page.evaluate(() => (globalThis as unknown as { asked: { times: number } }).asked.times);
  expect(await asked()).toBe(0);
  await train(page, 5);
  await save(page);
  await expect(page.locator('.save-text')).toContainText('Saved in this browser at');
  await expect.poll(asked).toBe(1);
  await page.reload();
  await ready(page);
  await train(page, 5);
  await save(page);
  expect(await asked()).toBe(0);
});

test('checkpoints that were never taken out of the browser for a week are brought to mind', async ({ linnet: page }) => {
  await ready(page);
  await train(page, 5);
  await save(page);
  await page.evaluate((at) => localStorage.setItem('linnet-first-save', String(at)), Date.now() - 8 * DAY_MS);
  await page.reload();
  await ready(page);
  await expect(page.getByText('Your checkpoints are in this browser only').first()).toBeVisible();
});

test('site data cleared under a running page is survived: the page says that it is gone, and the run is saved anew', async ({
  site,
  linnet: page,
  problems,
}) => {
  problems.allow(/./);
  await ready(page);
  const session = await page.context().newCDPSession(page);
  for (let time = 1; time <= 3; time++) {
    await train(page, (await stepOf(page)) + 5);
    await save(page);
    await session.send('Storage.clearDataForOrigin', { origin: new URL(site.url).origin, storageTypes: 'indexeddb,file_systems' });
    await train(page, (await stepOf(page)) + 5);
    const step = await save(page);
    const alert = page.getByRole('alert', { name: 'Problem' });
    await expect(alert).toContainText('What was saved here is gone');
    await alert.getByRole('button', { name: 'Close' }).click();
    // It was called saved: so it is there.
    await goTo(page, 'Checkpoints');
    await expect(page.getByText(new RegExp(`\\b${step.toLocaleString('en')}\\b`)).first()).toBeVisible();
    await goTo(page, 'Train');
    await page.reload();
    await ready(page);
    const saved = await page.evaluate(async () => {
      const [newest] = await linnet.listRuns();
      return newest?.latestStep;
    });
    expect(saved, `time ${time}`).toBe(step);
  }
});

test('a picked folder takes checkpoints, is kept for the next visit, and gives them back', async ({ linnet: page }) => {
  // The chooser cannot be driven; what it gives is a folder handle like those of the origin private file system.
  await page.addInitScript(() => {
    Object.assign(globalThis, {
      showDirectoryPicker: async () => (await navigator.storage.getDirectory()).getDirectoryHandle('My models', { create: true }),
    });
  });
  await page.reload();
  await ready(page);
  await train(page, 10);
  const step = await save(page);
  await goTo(page, 'Checkpoints');
  const folders = page.getByRole('region', { name: 'Folders' });
  await folders.getByRole('button', { name: 'Choose a folder' }).click();
  await folders.getByRole('button', { name: `Write step ${step.toLocaleString('en')}` }).click();
  const list = folders.getByRole('list', { name: 'Checkpoints in My models' });
  await expect(list.getByRole('listitem')).toHaveText([new RegExp(`/${step}`)]);

  // Another visit: the folder is there, and a run in it is opened and goes on.
  await page.reload();
  await ready(page);
  await goTo(page, 'Checkpoints');
  await list.getByRole('button', { name: /^Open / }).click();
  await expect(page.getByRole('tree', { name: 'Contents of the checkpoint' })).toBeVisible();
  await goTo(page, 'Checkpoints');

  // What is saved by hand is written there too, when that is wanted.
  await folders.getByText('write what I save by hand here too').click();
  await goTo(page, 'Train');
  await train(page, 20);
  const next = await save(page);
  await goTo(page, 'Checkpoints');
  await expect(list.getByRole('listitem').filter({ hasText: `/${next}` })).toBeVisible();
  await folders.getByRole('button', { name: 'Forget' }).click();
  await expect(list).toHaveCount(0);
});

test('a worker that hangs or throws is survived', async ({ linnet: page, problems }) => {
  problems.allow(/worker|on purpose/i);
  const worker = () => page.workers().find((candidate) => candidate.url().includes('/main-'))!;
  await ready(page);
  await train(page, 10);
  const saved = await save(page);
  // An error outside of any call ends nothing.
  await worker().evaluate(() =>
    setTimeout(() => {
      throw new Error('on purpose');
    }),
  );
  await train(page, saved + 5);
  await dock(page).getByRole('button', { name: 'Play' }).click();
  await worker().evaluate(() =>
    setTimeout(() => {
      for (;;);
    }),
  );
  await expect(page.getByText(/^Back at step/).first()).toBeVisible({ timeout: 30_000 });
  expect(await stepOf(page)).toBeGreaterThanOrEqual(saved);
  await train(page, (await stepOf(page)) + 5);
});

test('a hidden page trains on, and hiding it saves', async ({ linnet: page }) => {
  await ready(page);
  const steps = () =>
    page.evaluate(async () => (await linnet.listCheckpoints((await linnet.listRuns())[0]?.run.id ?? '')).map(({ step }) => step));
  await dock(page).getByRole('button', { name: 'Play' }).click();
  await expect.poll(steps).toEqual([0]);
  await expect.poll(() => stepOf(page)).toBeGreaterThan(20);
  // A headless browser hides no page: this is what one that is hidden gets to know, and to do without.
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' });
    globalThis.requestAnimationFrame = () => 0;
  });
  // More often than the clock, by which a save is due every 15 s, could do it; and each time it has trained further.
  for (let times = 1; times <= 4; times++) {
    const before = await steps();
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await expect.poll(async () => (await steps()).length, { timeout: 10_000 }).toBeGreaterThan(before.length);
    expect((await steps()).at(-1)).toBeGreaterThan(before.at(-1)!);
  }
  await page.evaluate(() => {
    Reflect.deleteProperty(document, 'visibilityState');
    document.dispatchEvent(new Event('visibilitychange'));
  });
});
