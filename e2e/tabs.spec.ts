import type { Page } from '@playwright/test';
import { expect, test } from './fixtures';
import { dock, goTo, ready, save, stepOf, train } from './page';

const banner = (page: Page) => page.getByRole('status', { name: 'Read-only' });
const play = (page: Page) => dock(page).getByRole('button', { name: 'Play' });

/** Opens the first page's run in another tab, from its checkpoints. */
async function openRunOf(page: Page, url: string): Promise<Page> {
  const other = await page.context().newPage();
  await other.goto(url);
  await ready(other);
  await goTo(other, 'Checkpoints');
  await other
    .locator('.run-button')
    .filter({ hasText: /\d\scheckpoint/ })
    .first()
    .click();
  await other.getByRole('button', { name: 'Restore' }).click();
  await expect(other.getByText(/^Restored at step/).first()).toBeVisible();
  return other;
}

test('a second tab opens a run that trains read-only, trains a branch of it, and takes it over', async ({ site, linnet: first }) => {
  await ready(first);
  await train(first, 10);
  await save(first);
  await play(first).click();
  await expect(dock(first).getByRole('button', { name: 'Pause' })).toBeVisible();

  // Read-only: it says so, and nothing trains or saves the run from here.
  const second = await openRunOf(first, site.url);
  await expect(banner(second)).toContainText('Another tab trains this run');
  await expect(play(second)).toBeDisabled();
  await expect(second.getByRole('button', { name: 'Save checkpoint' }).first()).toBeDisabled();
  await expect(banner(first)).toHaveCount(0);

  // Any other run trains here freely: a branch of it does.
  await banner(second).getByRole('button', { name: 'Branch it' }).click();
  await expect(banner(second)).toHaveCount(0);
  await train(second, (await stepOf(second)) + 5);
  await expect(dock(first).getByRole('button', { name: 'Pause' })).toBeVisible();
  await second.close();

  // Taking over: the first tab saves and stops, the second goes on from exactly there.
  const third = await openRunOf(first, site.url);
  await expect(banner(third)).toContainText('Another tab trains this run');
  await banner(third).getByRole('button', { name: 'Take over' }).click();
  // The first tab saves before it lets go.
  await expect(third.getByText('This tab has the run now').first()).toBeVisible({ timeout: 60_000 });
  await expect(banner(first)).toContainText('This run went on in another tab');
  await expect(play(first)).toBeDisabled();
  await expect(banner(third)).toHaveCount(0);
  expect(await stepOf(third)).toBe(await stepOf(first));
  await train(third, (await stepOf(third)) + 5);

  // And back.
  await banner(first).getByRole('button', { name: 'Take over' }).click();
  await expect(banner(first)).toHaveCount(0, { timeout: 60_000 });
  expect(await stepOf(first)).toBe(await stepOf(third));
  await train(first, (await stepOf(first)) + 5);
});

test('a run whose tab is closed or killed in mid-training is free for the next tab', async ({ site, linnet: first }) => {
  await ready(first);
  await train(first, 10);
  await save(first);
  await play(first).click();
  const second = await openRunOf(first, site.url);
  await expect(banner(second)).toContainText('Another tab trains this run');
  await first.close();
  await expect(banner(second).filter({ hasText: 'Another tab trains this run' })).toHaveCount(0);
  if (await banner(second).isVisible()) await banner(second).getByRole('button', { name: 'Take over' }).click();
  await expect(banner(second)).toHaveCount(0);
  await train(second, (await stepOf(second)) + 5);
});
