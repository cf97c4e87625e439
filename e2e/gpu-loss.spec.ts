import { expect, test } from './fixtures';
import { dock, ready, save, stepOf, train } from './page';
import { browserProcesses, kill } from './processes';

test('a killed GPU process is survived once; after a second kill the page says so, counts down and goes on on the CPU', async ({
  linnet: page,
  browserOnDisk,
  problems,
}) => {
  problems.allow(/GPU|WebGPU|device|context/i);
  const killGpu = (): void => browserProcesses(browserOnDisk.profile).ofType('gpu-process').forEach(kill);
  await ready(page);
  await expect(page.locator('.status')).toContainText('WebGPU');
  await train(page, 20);
  const saved = await save(page);
  await train(page, saved + 10);

  // A new device takes over while training goes on.
  const before = await stepOf(page);
  await dock(page).getByRole('button', { name: 'Play' }).click();
  await expect(async () => expect(await stepOf(page)).toBeGreaterThan(before)).toPass();
  killGpu();
  await expect(page.getByText('The GPU went away and came back').first()).toBeVisible({ timeout: 30_000 });
  const reached = await stepOf(page);
  await expect(async () => expect(await stepOf(page)).toBeGreaterThan(reached)).toPass({ timeout: 60_000 });
  await expect(page.getByRole('alert', { name: 'Problem' })).toHaveCount(0);

  // Lost again within two minutes: the browser gives no adapter for a while.
  killGpu();
  const problem = page.getByRole('alert', { name: 'Problem' });
  await expect(problem).toContainText('no other for now', { timeout: 30_000 });
  await expect(problem.getByRole('timer')).toHaveText(/^[12]:\d\d$/);
  const shown = await problem.getByRole('timer').textContent();
  await expect(problem.getByRole('timer')).not.toHaveText(shown!);
  const lostAt = await stepOf(page);
  await problem.getByRole('button', { name: 'Train on the CPU' }).click();
  await expect(page.locator('.status')).toContainText('CPU', { timeout: 60_000 });
  await expect(async () => expect(await stepOf(page)).toBeGreaterThan(lostAt)).toPass({ timeout: 60_000 });
  await dock(page).getByRole('button', { name: 'Pause' }).click();
  await expect(dock(page).getByRole('button', { name: 'Play' })).toBeVisible();
  await save(page);
});
