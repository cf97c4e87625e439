import { expect, test } from './fixtures';
import { goTo, ready } from './page';

test('the guide runs section by section, with values of one’s own, and its zip can be looked into', async ({ linnet: page }, testInfo) => {
  await ready(page);
  await goTo(page, 'Guide');
  const section = (title: string) => page.getByRole('region', { name: title, exact: true });
  const [save, restore, changed, along] = [
    section('Save a checkpoint'),
    section('Restore it into an abstract model'),
    section('Restore when the model has changed'),
    section('Take it to Python, on however many devices'),
  ];
  await expect(save.getByRole('region', { name: /^Code/ })).toContainText('checkpointer.save(ckptDir.join(name), state)');

  // One section runs what it stands on.
  await restore.getByRole('button', { name: /^Run:/ }).click();
  await expect(restore.locator('.guide-run')).toContainText(/ran in [\d.]+ ms/, { timeout: 30_000 });
  await expect(save.getByRole('list', { name: 'Files in ckptDir' })).toContainText('state/_METADATA');
  await expect(restore.getByRole('button', { name: /^kernel Param float32\(4, 4\)/ }).first()).toBeVisible();

  // Other values make what ran stale; running all shows what they do.
  await page.getByRole('spinbutton', { name: 'Dimension' }).fill('3');
  await page.getByRole('checkbox', { name: 'With biases' }).check();
  await page.getByRole('textbox', { name: 'Name' }).fill('three wide');
  await expect(save.locator('.guide-run')).toContainText('ran with other values');
  await page.getByRole('button', { name: 'Run all' }).click();
  await expect(along.locator('.guide-run')).toContainText(/ran in [\d.]+ ms/, { timeout: 30_000 });
  await expect(save.getByRole('button', { name: /^bias Param float32\(3,\)/ }).first()).toBeVisible();
  await expect(changed.locator('.guide-warning')).toContainText('UNSAFE');

  // What fails is said in words, and stays where it is.
  const [file] = await Promise.all([page.waitForEvent('download'), along.getByRole('button', { name: /^Download/ }).click()]);
  const path = testInfo.outputPath('three wide.zip');
  await file.saveAs(path);
  await page.getByRole('textbox', { name: 'Name' }).fill('../outside');
  await save.getByRole('button', { name: /^Run:/ }).click();
  await expect(save.getByRole('alert')).toContainText('Paths only go down');

  await goTo(page, 'Inspect');
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Choose a file' }).click()]);
  await chooser.setFiles(path);
  await expect(page.locator('.inspect-head')).toContainText('written by Linnet');
  await expect(page.getByRole('treeitem', { name: /kernel float32\[3, 3\]/ }).first()).toBeVisible();
});
