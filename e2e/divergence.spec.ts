import type { SandboxApi } from '../src/worker/protocol';
import { expect, test } from './fixtures';
import { dock, ready, stepOf } from './page';

declare const linnet: SandboxApi;

/** Far too high a rate for a sum of squares: the loss is infinite within a few steps. */
const EXPERIMENT = '#v=1&data=regress-gauss&hidden=8linear&optimizer=sgd&rate=100';

test('a run that diverges stops, names tensor and step, and goes back to its last good checkpoint by one click', async ({
  site,
  linnet: page,
}) => {
  await page.goto(site.url + EXPERIMENT);
  await page.reload();
  await ready(page);
  const first = await page.evaluate(() => linnet.incomingWeights(0, 0));
  await dock(page).getByRole('button', { name: 'Play' }).click();
  const problem = page.getByRole('alert', { name: 'Problem' });
  await expect(problem).toContainText(/The loss of step \d+ is not a finite number/, { timeout: 30_000 });
  await expect(problem).toContainText(/The first tensor that is not finite is/);
  expect(await stepOf(page)).toBeLessThan(50);
  await problem.getByRole('button', { name: /Go back/ }).click();
  await expect(page.locator('.step-number')).toHaveText('0');
  await expect(problem).toHaveCount(0);
  expect(await page.evaluate(() => linnet.incomingWeights(0, 0))).toEqual(first);
});
