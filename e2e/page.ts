import type { Page } from '@playwright/test';
import { expect } from './fixtures';

/** The toolbar with Play, step, save. */
export const dock = (page: Page) => page.getByRole('toolbar', { name: 'Training' });

/** Waits until the page can train. */
export const ready = (page: Page) => expect(page.getByRole('button', { name: 'Play' }).first()).toBeEnabled({ timeout: 30_000 });

/** The step the dock shows. */
export const stepOf = async (page: Page): Promise<number> =>
  Number((await page.locator('.step-number').textContent())!.replaceAll(',', ''));

export const goTo = (page: Page, view: string) =>
  page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name: view }).click();

/** Trains at least `steps` steps, then pauses. */
export async function train(page: Page, steps: number): Promise<void> {
  await dock(page).getByRole('button', { name: 'Play' }).click();
  await expect(async () => expect(await stepOf(page)).toBeGreaterThan(steps)).toPass({ timeout: 60_000 });
  await dock(page).getByRole('button', { name: 'Pause' }).click();
  await expect(dock(page).getByRole('button', { name: 'Play' })).toBeVisible();
}

/** What the page says when a step is saved and was read back. */
export const savedAt = (step: number): RegExp => new RegExp(`Saved (in this browser )?at ${step.toLocaleString('en')}, verified`);

/** Saves by hand and waits until the page says that the commit is verified; the last steps before a pause are shown a moment after it. */
export async function save(page: Page): Promise<number> {
  await page.getByRole('button', { name: 'Save checkpoint' }).first().click();
  await expect(async () => {
    await expect(page.locator('.save-text')).toContainText(savedAt(await stepOf(page)), { timeout: 1000 });
  }).toPass({ timeout: 30_000 });
  return stepOf(page);
}

/** Hands a file to Inspect. */
export async function upload(page: Page, file: string | { name: string; mimeType: string; buffer: Buffer }): Promise<void> {
  await goTo(page, 'Inspect');
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Choose a file' }).click()]);
  await chooser.setFiles(file);
}
