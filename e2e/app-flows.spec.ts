import { expect, test } from './fixtures';
import { dock, goTo, ready, save, savedAt, stepOf, train, upload } from './page';

test('a link brings the experiment; a broken one is refused in words and the first one is shown', async ({ site, linnet: page }) => {
  await page.goto(`${site.url}#v=1&data=xor&hidden=3relu_5gelu&rate=0.03`);
  await page.reload();
  await ready(page);
  await expect(page.getByRole('button', { name: 'Xor' })).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByRole('combobox', { name: 'Activation of linear2' })).toHaveValue('gelu');
  await page.getByRole('button', { name: 'Moons' }).click();
  await expect(page).toHaveURL(/data=moons/);
  await page.goto(`${site.url}#v=1&nosie=0.5`);
  await page.reload();
  await ready(page);
  await expect(page.getByText('This link cannot be read').first()).toBeVisible();
  await expect(page.getByText('“nosie” is not a setting of this version.').first()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Spiral', exact: true })).toHaveAttribute('aria-pressed', 'true');
});

test('what is chosen while the page starts is what the first run is made of', async ({ site, linnet: page }) => {
  await page.goto(`${site.url}#v=1&data=xor`);
  await page.reload({ waitUntil: 'commit' });
  await page.locator('.first-presets button', { hasText: 'Dead ReLU' }).click();
  await ready(page);
  await expect(page.locator('.crumb')).toContainText('Circles, sgd 1.5');
  await expect(page).toHaveURL(/data=circles/);
  await expect(page.locator('.message')).toHaveCount(0);
});

test('train, save, look back, compare, download and branch without a pointer', async ({ linnet: page }) => {
  await ready(page);
  await page.keyboard.press('Space');
  await expect(async () => expect(await stepOf(page)).toBeGreaterThan(30)).toPass({ timeout: 60_000 });
  await page.keyboard.press('Space');
  await expect(dock(page).getByRole('button', { name: 'Play' })).toBeVisible();
  await page.keyboard.press('s');
  await expect(page.locator('.save-text')).toContainText('verified', { timeout: 30_000 });
  const saved = await stepOf(page);
  await page.keyboard.press('.');
  await expect(page.locator('.step-number')).toHaveText((saved + 1).toLocaleString('en'));
  await page.keyboard.press('n');
  await expect(page.getByRole('textbox', { name: 'Name' })).toBeFocused();
  await page.keyboard.type('one more');
  await page.keyboard.press('Enter');
  await expect(page.locator('.save-text')).toContainText(savedAt(saved + 1), { timeout: 30_000 });

  const slider = page.getByRole('slider', { name: 'Timeline of checkpoints' });
  await slider.focus();
  await page.keyboard.press('Home');
  await expect(page.locator('.save-text')).toContainText('Looking back at step 0');
  await page.keyboard.press('ArrowRight');
  await expect(page.locator('.save-text')).toContainText(`Looking back at step ${saved.toLocaleString('en')}`);
  await expect(slider).toHaveAttribute('aria-valuetext', new RegExp(`step ${saved.toLocaleString('en')}, test loss`));
  await page.keyboard.press('ArrowRight');
  await expect(slider).toHaveAttribute('aria-valuetext', /one more/);
  await page.keyboard.press('End');
  await expect(page.locator('.save-text')).not.toContainText('Looking back');

  await page.keyboard.press('x');
  const comparison = page.getByRole('region', { name: 'Differences' });
  await expect(comparison).toContainText('linear1');
  await expect(page.getByRole('combobox', { name: 'Compare with' })).toBeFocused();

  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox', { name: 'What to do' })).toBeFocused();
  await page.keyboard.type('download');
  const [file] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  expect(file.suggestedFilename()).toMatch(/\.zip$/);
  await expect(page.getByRole('combobox', { name: 'Compare with' })).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(comparison).toBeFocused();
  await page.keyboard.press('b');
  await expect(page.getByText(/starts at step/).first()).toBeVisible();
  await expect(page.locator('.run-row')).toHaveCount(2);
});

test('every control can be reached by Tab and shows its focus', async ({ linnet: page }) => {
  await ready(page);
  const wanted = await page.evaluate(
    () =>
      [...document.querySelectorAll<HTMLElement>('button, input, select, [tabindex="0"]')].filter(
        (e) => e.tabIndex >= 0 && e.checkVisibility() && !e.closest('[inert]'),
      ).length,
  );
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  const seen = new Set<string>();
  for (let i = 0; i < wanted + 20; i++) {
    await page.keyboard.press('Tab');
    const focus = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement;
      const all = [...document.querySelectorAll('*')];
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      return {
        id: String(all.indexOf(element)),
        ring: outlineStyle !== 'none' && outlineWidth !== '0px',
        name: element.outerHTML.slice(0, 90),
        body: element === document.body,
      };
    });
    if (focus.body) continue;
    expect(focus.ring, focus.name).toBe(true);
    seen.add(focus.id);
  }
  expect(seen.size).toBeGreaterThanOrEqual(wanted);
});

test('a rate far too high stops training, names the step, and the way back works', async ({ site, linnet: page }) => {
  await page.goto(`${site.url}#v=1&data=plane&hidden=8relu&optimizer=sgd&rate=0.01`);
  await page.reload();
  await ready(page);
  await train(page, 20);
  const saved = await save(page);
  const rate = page.getByRole('textbox', { name: 'Learning rate, value' });
  await rate.fill('100');
  await rate.press('Enter');
  await dock(page).getByRole('button', { name: 'Play' }).click();
  const problem = page.getByRole('alert', { name: 'Problem' });
  await expect(problem).toContainText('Training stopped itself at step', { timeout: 60_000 });
  for (const part of ['What happened', 'What is safe', 'What to do']) await expect(problem).toContainText(part);
  expect(await stepOf(page)).toBeLessThanOrEqual(saved + 50);
  await problem.getByRole('button', { name: `Go back to step ${saved.toLocaleString('en')}` }).click();
  await expect(page.locator('.step-number')).toHaveText(saved.toLocaleString('en'));
  await expect(problem).toHaveCount(0);
});

test('a table is pasted, a bad cell is named by line and column, and it trains', async ({ linnet: page }) => {
  await ready(page);
  await page.getByRole('button', { name: 'Paste CSV' }).click();
  const rows = Array.from({ length: 60 }, (_, i) => `${i % 7},${(i * 3) % 11},${i % 2 ? 'odd' : 'even'}`);
  const box = page.getByRole('textbox', { name: /Rows, parted by/ });
  await box.fill(['a,b,kind', ...rows.slice(0, 12), '1,n/a,odd', ...rows].join('\n'));
  await expect(page.getByText('Line 14, column 2 (b): “n/a” is not a number.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Train on it' })).toBeDisabled();
  await page.getByText('Leave out rows that cannot be read').click();
  await page.getByRole('button', { name: 'Train on it' }).click();
  await expect(page.locator('.data-panel')).toContainText('72 rows');
  await train(page, 5);
});

test('points are set by keyboard and trained on', async ({ linnet: page }) => {
  await ready(page);
  await page.locator('.own-data').getByRole('button', { name: 'Draw' }).click();
  const pad = page.getByRole('img', { name: /Plane with/ });
  for (const [name, key] of [
    ['class 0', 'ArrowLeft'],
    ['class 1', 'ArrowRight'],
  ] as const) {
    await page.getByRole('button', { name, exact: true }).click();
    await pad.focus();
    for (let i = 0; i < 6; i++) {
      await page.keyboard.press(key);
      await page.keyboard.press('Space');
    }
  }
  await page.getByRole('button', { name: 'Train on them' }).click();
  await expect(page.locator('.data-panel')).toContainText('12 rows');
  await train(page, 5);
});

test('what is no checkpoint is refused in words, and the page goes on', async ({ linnet: page }) => {
  await ready(page);
  await upload(page, { name: 'holiday.zip', mimeType: 'application/zip', buffer: Buffer.from('not a zip at all') });
  const card = page.locator('.message.broken');
  await expect(card).toBeVisible();
  await expect(card).not.toContainText(/undefined|TypeError|at .*\.js/);
  await page.keyboard.press('1');
  await train(page, 5);
});

test('a checkpoint goes out as a zip, is looked into, and is loaded again', async ({ linnet: page }, testInfo) => {
  await ready(page);
  await train(page, 20);
  const saved = await save(page);
  await goTo(page, 'Checkpoints');
  await page.getByRole('button', { name: 'Export' }).click();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: /Orbax zip/ }).click()]);
  const path = testInfo.outputPath('out.zip');
  await file.saveAs(path);
  await upload(page, path);
  const tree = page.getByRole('tree', { name: 'Contents of the checkpoint' });
  await expect(tree.getByRole('treeitem', { name: /kernel/ }).first()).toBeVisible();
  await tree
    .getByRole('treeitem', { name: /kernel/ })
    .first()
    .click();
  await expect(page.getByRole('region', { name: 'Selected leaf' })).toContainText('mean');
  await expect(page.locator('.match-rows [role=row]').first()).toBeVisible();
  await page.getByRole('button', { name: 'Load into the model' }).click();
  await expect(page.getByText(/is loaded/).first()).toBeVisible();
  await expect(page.locator('.step-number')).toHaveText(saved.toLocaleString('en'));
});

test('binning a checkpoint can be undone', async ({ linnet: page }) => {
  await ready(page);
  await train(page, 10);
  await save(page);
  await goTo(page, 'Checkpoints');
  await expect(page.locator('.steps tbody tr')).toHaveCount(2);
  await page.keyboard.press('x');
  const comparison = page.getByRole('region', { name: 'Differences' });
  await expect(comparison).toContainText('linear1');
  await page
    .getByRole('button', { name: /^Bin step/ })
    .last()
    .click();
  await expect(page.locator('.steps tbody tr')).toHaveCount(1);
  await expect(comparison).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(page.locator('.steps tbody tr')).toHaveCount(2);
});

test('after "works offline" the page opens with the server gone: it trains, saves, compares, exports and looks into files, and asks for nothing', async ({
  site,
  linnet: page,
}, testInfo) => {
  await expect(page.getByText('works offline')).toBeVisible({ timeout: 60_000 });
  await ready(page);
  const before = site.requests.length;
  await page.context().setOffline(true);
  await page.reload();
  await ready(page);
  await train(page, 5);
  await save(page);
  await train(page, (await stepOf(page)) + 5);
  const step = await save(page);
  await page.keyboard.press('x');
  await expect(page.getByRole('region', { name: 'Differences' })).toContainText('linear1');
  await page.getByRole('button', { name: 'Export' }).click();
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: /Orbax zip/ }).click()]);
  const path = testInfo.outputPath('offline.zip');
  await file.saveAs(path);
  await upload(page, path);
  await expect(page.locator('.inspect-head')).toContainText('written by Linnet');
  await page.getByRole('button', { name: 'Load into the model' }).click();
  await expect(page.getByText(/is loaded/).first()).toBeVisible();
  await expect(page.locator('.step-number')).toHaveText(step.toLocaleString('en'));
  await goTo(page, 'Guide');
  await page.getByRole('button', { name: 'Run: Save a checkpoint' }).click();
  await expect(page.locator('#guide-save .guide-run')).toContainText('ran in', { timeout: 30_000 });
  // A data set that was not asked for before comes from what is kept.
  await goTo(page, 'Train');
  await page.getByRole('button', { name: 'Digits', exact: true }).click();
  await expect(page.locator('.data-panel')).toContainText('1,797');
  // The browser itself looks for a newer service worker when a page opens; the page asks for nothing.
  expect(site.requests.slice(before).filter((path) => path !== '/sw.js')).toEqual([]);
  await expect(page.locator('.status')).toContainText('0 requests');
});

test('a reload goes on with the run that was open; another address gets another run', async ({ site, linnet: page }) => {
  await ready(page);
  await train(page, 20);
  const saved = await save(page);
  await page.reload();
  await ready(page);
  await expect(page.locator('.step-number')).toHaveText(saved.toLocaleString('en'));
  await goTo(page, 'Checkpoints');
  await expect(page.locator('.run-row')).toHaveCount(1);
  await page.goto(`${site.url}#v=1&data=xor`);
  await page.reload();
  await ready(page);
  await expect(page.getByRole('button', { name: 'Xor' })).toHaveAttribute('aria-pressed', 'true');
  await expect(page.locator('.step-number')).toHaveText('0');
});

test('two checkpoints are compared by keyboard: what differs is listed, what is the same is counted', async ({ linnet: page }) => {
  await ready(page);
  for (const step of [1, 2]) {
    await page.keyboard.press('.');
    await expect(page.locator('.step-number')).toHaveText(String(step));
    await page.keyboard.press('s');
    await expect(page.locator('.save-text')).toContainText(`at ${step}, verified`, { timeout: 30_000 });
  }
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox', { name: 'What to do' })).toBeFocused();
  await page.keyboard.type('compare');
  await page.keyboard.press('Enter');
  const pane = page.locator('.compare-pane');
  await expect(pane.getByRole('status')).toContainText(/leaves differ; loss/);
  await expect(pane.getByRole('combobox', { name: 'Compare with' })).toBeFocused();
  const row = pane.getByRole('row', { name: /^linear1\.kernel/ }).first();
  await expect(row).toContainText('16 of 16');
  await expect(pane).toContainText(/\d+\sleaves the same, bit for bit/);
  await pane.getByRole('button', { name: /^optimizer/ }).press('Enter');
  await expect(pane.getByRole('row', { name: /mu\.linear1/ })).toHaveCount(0);
  await pane.getByRole('button', { name: 'Close the comparison' }).press('Enter');
  await expect(pane).toHaveCount(0);
});

test('histograms of values and gradients are counted while training', async ({ linnet: page }) => {
  await ready(page);
  await page.keyboard.press('h');
  const section = page.getByRole('region', { name: 'Histograms' });
  const row = section.getByRole('row', { name: /linear1\.kernel/ });
  await expect(row.locator('svg.histogram')).toHaveCount(2);
  const before = await row.textContent();
  await train(page, 50);
  await expect(async () => expect(await row.textContent()).not.toBe(before)).toPass();
});
