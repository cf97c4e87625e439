import type { Page } from '@playwright/test';
import type { SandboxApi } from '../src/worker/protocol';
import { expect, test, watch } from './fixtures';
import { ready } from './page';
import { browserProcesses, kill, seededNumbers, someRun } from './processes';

declare const linnet: SandboxApi;

const STEPS = 50;
const LONG = process.env.LINNET_SOAK === '1';
const RELOADS = LONG ? STEPS - 1 : 10;
const KILLS = LONG ? STEPS - 1 : 5;
/** A run with everything that has a state of its own. */
const EXPERIMENT =
  '#v=1&samples=80&hidden=4tanh&dropout=0.2&batchNorm=1&optimizer=adamw&schedule=warmupCosine&scheduleSteps=40&clip=1&decay=0.0001&batch=16';

/** `count` different steps of the run, in the order of a seed. */
function instants(count: number, seed: number): number[] {
  const random = seededNumbers(seed);
  const all = Array.from({ length: STEPS - 1 }, (_, i) => i + 1);
  return Array.from({ length: count }, () => all.splice(Math.floor(random() * all.length), 1)[0]!);
}

/** A new run of the page's experiment, saved at step `k`, which then trains on: its id. */
const beginAt = (page: Page, k: number): Promise<string> =>
  page.evaluate(async (to) => {
    const { id } = await linnet.reset();
    await linnet.step(to);
    await linnet.save();
    if (to < 50) await linnet.play();
    return id;
  }, k);

/** How the run `id`, gone on with from step `k`, differs from `straight` at its end; nothing when it does not. */
const differences = (page: Page, straight: string, id: string, k: number): Promise<string[]> =>
  page.evaluate(
    async ([run, other, step]) => {
      await linnet.restore(other, step);
      await linnet.step(50 - step);
      await linnet.save();
      const { differences: leaves, sameLeaves } = await linnet.compare({ run, step: 50 }, { run: other, step: 50 });
      const [first, second] = [await linnet.metricsOf(run), await linnet.metricsOf(other)];
      const history = (['steps', 'trainLoss', 'testLoss', 'testAccuracy'] as const).filter(
        (name) => JSON.stringify([...first[name]]) !== JSON.stringify([...second[name]]),
      );
      if (sameLeaves < 20) return [`only ${sameLeaves} leaves were compared`];
      return [...leaves.map((leaf) => JSON.stringify(leaf)), ...history];
    },
    [straight, id, k] as const,
  );

test(`a run whose tab is reloaded in mid-training, at ${RELOADS} steps, goes on bit for bit`, async ({ site, linnet: page }) => {
  test.setTimeout(LONG ? 3_600_000 : 240_000);
  await page.goto(site.url + EXPERIMENT);
  await page.reload();
  await ready(page);
  const straight = await beginAt(page, STEPS);
  for (const k of instants(RELOADS, 13)) {
    const id = await beginAt(page, k);
    await page.reload();
    await ready(page);
    expect(await differences(page, straight, id, k), `from step ${k}`).toEqual([]);
  }
});

test(`a run whose browser is killed in mid-training, at ${KILLS} steps, goes on bit for bit`, async ({ site, browserOnDisk, problems }) => {
  test.setTimeout(LONG ? 3_600_000 : 240_000);
  const open = async (): Promise<Page> => {
    const context = await browserOnDisk.open();
    const page = context.pages()[0] ?? (await context.newPage());
    watch(page, problems.list);
    await page.goto(site.url + EXPERIMENT);
    await ready(page);
    return page;
  };
  let page = await open();
  const straight = await beginAt(page, STEPS);
  for (const k of instants(KILLS, 14)) {
    const id = await beginAt(page, k);
    const closed = new Promise((resolve) => page.context().once('close', resolve));
    const { main, all } = browserProcesses(browserOnDisk.profile);
    kill(main);
    await closed;
    await expect.poll(() => someRun(all), { timeout: 20_000 }).toBe(false);
    page = await open();
    expect(await differences(page, straight, id, k), `from step ${k}`).toEqual([]);
  }
});
