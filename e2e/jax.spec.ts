import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pythonOf } from '../interop/python.mjs';
import { expect, test } from './fixtures';
import { ready, save } from './page';

const run = promisify(execFile);

declare const linnet: {
  step(count: number): Promise<void>;
  listRuns(): Promise<{ run: { id: string } }[]>;
  metricsOf(run: string): Promise<{ steps: Float64Array; trainLoss: Float64Array }>;
};

test('what "Continue in JAX" downloads goes on in Python on eight devices with the losses that the tab goes on with', async ({
  linnet: page,
}, testInfo) => {
  test.setTimeout(300_000);
  const python = await pythonOf('new');
  test.skip(python === undefined && process.env.CI !== 'true', 'There is no Python 3.11 or newer to continue in.');
  const folder = testInfo.outputPath('files');
  await mkdir(folder, { recursive: true });
  await ready(page);
  await page.evaluate(() => linnet.step(40));
  expect(await save(page)).toBe(40);

  await page.getByRole('button', { name: 'Continue in JAX' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByLabel('Python')).toContainText('jax.distributed.initialize');
  const [file] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'Download everything' }).click()]);
  const zip = join(folder, file.suggestedFilename());
  await file.saveAs(zip);
  await run(python!, ['-m', 'zipfile', '-e', zip, folder]);
  const script = join(folder, file.suggestedFilename().replace(/-40-jax\.zip$/, ''), 'continue_in_jax.py');
  const { stdout } = await run(python!, [script, '--steps', '20'], {
    env: { ...process.env, JAX_PLATFORMS: 'cpu', XLA_FLAGS: '--xla_force_host_platform_device_count=8' },
  });
  expect(stdout).toContain(' on 8 devices');

  // Of the first hundred steps the history has every loss.
  const { steps, trainLoss } = await page.evaluate(async () => {
    await linnet.step(20);
    const [{ run: info }] = (await linnet.listRuns()) as [{ run: { id: string } }];
    const history = await linnet.metricsOf(info.id);
    return { steps: Array.from(history.steps), trainLoss: Array.from(history.trainLoss) };
  });
  const losses = [...stdout.matchAll(/^step (\d+) loss (\S+)$/gm)].map(([, step, loss]) => [Number(step), Number(loss)] as const);
  expect(losses.map(([step]) => step)).toEqual(Array.from({ length: 20 }, (_, i) => 41 + i));
  for (const [step, loss] of losses) {
    const own = trainLoss[steps.indexOf(step)]!;
    expect(Math.abs(loss - own), `step ${step}: ${loss} in Python, ${own} in the tab`).toBeLessThanOrEqual(1e-4 * own + 1e-5);
  }
});
