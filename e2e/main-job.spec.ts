import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Page } from '@playwright/test';
import { readZip, zipDirectory } from './archives';
import { expect, test } from './fixtures';
import { dock, goTo, ready, save, stepOf } from './page';
import { availableStacks, type Leaves, tabCheckpoint } from './python';

declare const linnet: { logits(rows: Float32Array): Promise<Float32Array> };

const number = (text: string | null): number => Number((text ?? '').replace(/[^\d.]/g, ''));

/** Trains until the test accuracy shown is at least `percent`, then pauses. */
async function trainTo(page: Page, percent: number): Promise<void> {
  await dock(page).getByRole('button', { name: 'Play' }).click();
  await expect(async () => {
    expect(number(await page.locator('dl.numbers').getByText('%').textContent())).toBeGreaterThanOrEqual(percent);
  }).toPass({ timeout: 90_000 });
  await dock(page).getByRole('button', { name: 'Pause' }).click();
  await expect(dock(page).getByRole('button', { name: 'Play' })).toBeVisible();
}

/** Downloads the chosen checkpoint in a format; the path on disk. */
async function download(page: Page, format: RegExp, folder: string): Promise<string> {
  await page.getByRole('button', { name: 'Export' }).click();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: format }).click()]);
  const path = join(folder, file.suggestedFilename());
  await file.saveAs(path);
  return path;
}

/** Thirty-two rows for the model to answer, the same on both sides. */
const rows = Array.from({ length: 32 }, (_, row) =>
  Array.from({ length: 64 }, (_, column) => Math.fround(((row * 64 + column) * 37) % 101) / 101),
);

/** The tab's logits for `rows`, asked of the page's own console handle. */
const tabLogits = (page: Page): Promise<number[][]> =>
  page.evaluate(async (inputs) => {
    const flat = await linnet.logits(Float32Array.from(inputs.flat()));
    const width = flat.length / inputs.length;
    return inputs.map((_, row) => Array.from(flat.subarray(row * width, (row + 1) * width)));
  }, rows);

function largestDifference(a: number[][], b: number[][]): number {
  return Math.max(...a.flatMap((line, row) => line.map((value, column) => Math.abs(value - b[row]![column]!))));
}

test('digits are trained, saved, found again after a reload, restored, downloaded, continued in Python and uploaded again', async ({
  linnet: page,
}, testInfo) => {
  test.setTimeout(600_000);
  const folder = testInfo.outputPath('files');
  await mkdir(folder, { recursive: true });
  await ready(page);

  // Train on the digits to 95 % and save.
  await page.getByRole('button', { name: 'Digits', exact: true }).click();
  await trainTo(page, 95);
  const step = await save(page);
  const logits = await tabLogits(page);
  const lossShown = async () => page.locator('.detail-pane dl.numbers').textContent();
  await goTo(page, 'Checkpoints');
  const savedNumbers = await lossShown();
  const savedWeights = await download(page, /npz/, folder);

  // Reload the tab: the checkpoint is listed; restore it: step, loss and weights are the saved ones.
  await page.reload();
  await goTo(page, 'Checkpoints');
  await page
    .locator('.run-button', { hasText: 'Digits' })
    .filter({ hasText: /\d\scheckpoint/ })
    .click();
  await page.getByRole('button', { name: step.toLocaleString('en'), exact: true }).click();
  expect(await lossShown()).toBe(savedNumbers);
  await page.getByRole('button', { name: 'Restore', exact: true }).click();
  await expect(page.locator('.step-number')).toHaveText(step.toLocaleString('en'));
  expect(largestDifference(await tabLogits(page), logits)).toBe(0);
  await mkdir(join(folder, 'again'), { recursive: true });
  const restoredWeights = await download(page, /npz/, join(folder, 'again'));
  expect(execFileSync('cmp', [savedWeights, restoredWeights]).toString()).toBe('');

  // Download: real Orbax restores every leaf bit for bit and the Flax model gives the same logits.
  const zip = await download(page, /Orbax zip/, folder);
  const { stepDirectory, leaves } = await readZip(zip, join(folder, 'unpacked'));
  const inputs = join(folder, 'inputs.json');
  await writeFile(inputs, JSON.stringify(rows));
  const stacks = await availableStacks();
  test.skip(stacks.length === 0 && process.env.CI !== 'true', 'There is no Python 3.11 or newer to continue in.');
  expect(stacks).toContain('new');
  for (const stack of stacks) {
    const seen = await tabCheckpoint<{ items: Record<string, Leaves>; logits: number[][] }>(stack, 'inspect', stepDirectory, inputs);
    expect(Object.keys(seen.items.model!).length).toBeGreaterThan(3);
    for (const [item, expected] of Object.entries(leaves)) {
      for (const [path, leaf] of Object.entries(expected))
        expect(seen.items[item]?.[path]?.data, `${stack}: ${item}/${path}`).toBe(leaf.data);
      expect(Object.keys(seen.items[item]!)).toHaveLength(Object.keys(expected).length);
    }
    expect(largestDifference(seen.logits, logits), `logits in Flax, ${stack} stack`).toBeLessThanOrEqual(1e-5);
  }

  // Python trains on and saves; the tab takes the upload and continues.
  const trained = join(folder, 'trained');
  const digits = join(import.meta.dirname, '..', 'src', 'sandbox', 'data', 'tables', 'digits.csv');
  const python = await tabCheckpoint<{ step: number; items: { model: Leaves } }>('new', 'train', stepDirectory, trained, '20', digits);
  expect(python.step).toBe(step + 20);
  const upload = await zipDirectory(trained, join(folder, 'trained.zip'));
  await goTo(page, 'Inspect');
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: /file/i }).first().click()]);
  await chooser.setFiles(upload);
  await expect(page.getByText(basename(upload)).first()).toBeVisible();
  await page.getByRole('button', { name: 'Load into the model' }).click();
  await expect(page.locator('.step-number')).toHaveText((step + 20).toLocaleString('en'));
  const weight = await page.evaluate(async () => (await (linnet as any).incomingWeights(0, 3))[20]);
  const bytes = Buffer.from(python.items.model['linear1/kernel']!.data, 'base64');
  const [, width] = python.items.model['linear1/kernel']!.shape;
  expect(weight).toBe(bytes.readFloatLE(4 * (20 * width! + 3)));
  await goTo(page, 'Train');
  await dock(page).getByRole('button', { name: 'Play' }).click();
  await expect(async () => expect(await stepOf(page)).toBeGreaterThan(step + 40)).toPass();
});
