import type { Page } from '@playwright/test';
import { expect, test } from './fixtures';
import { HOSTILE_NAMES, safetensorsOf } from './hostileNames';
import { goTo, ready, save, train, upload } from './page';

declare const linnet: any;

/** Notes in the page what a name that is more than a name would do. */
async function watchForHarm(page: Page): Promise<string[]> {
  const harm: string[] = [];
  page.on('dialog', (dialog) => {
    harm.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.evaluate(() => {
    const list: string[] = [];
    Object.assign(window, { harm: list });
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      list.push(`policy: ${violatedDirective} ${blockedURI}`),
    );
  });
  return harm;
}

/** What stands in the page now that no name may have put there, and what it has done. */
const harmIn = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const found = [...(window as unknown as { harm: string[] }).harm];
    if ('pwn' in window) found.push('window.pwn is set');
    const injected =
      'iframe, object, embed, base, marquee, math, form[action], a[href^="javascript:"], [onerror], [onload], [ontoggle], [onfocus]';
    for (const element of document.querySelectorAll(injected)) found.push(`injected: ${element.outerHTML.slice(0, 80)}`);
    for (const element of document.querySelectorAll('body script, body style, body link, body meta')) {
      if (element.getAttribute('src')?.includes('/assets/') !== true) found.push(`injected: ${element.outerHTML.slice(0, 80)}`);
    }
    const plain = Object.getOwnPropertyNames(Object.prototype).length;
    if (plain !== 12) found.push(`Object.prototype has ${plain} members`);
    const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement;
    if (scrollWidth > clientWidth || scrollHeight > clientHeight) found.push(`the page became ${scrollWidth} x ${scrollHeight}`);
    const dock = document.querySelector('.dock')?.getBoundingClientRect();
    if (dock === undefined || dock.bottom > innerHeight || dock.height > 160) found.push('the dock is out of place');
    return found;
  });

test('there are 200 hostile names, all different', () => {
  expect(new Set(HOSTILE_NAMES).size).toBe(200);
});

test('as leaves of a checkpoint, hostile names are names: in the tree, the match, the code and the search', async ({ linnet: page }) => {
  await ready(page);
  const harm = await watchForHarm(page);
  await upload(page, {
    name: `${HOSTILE_NAMES[1]}.safetensors`,
    mimeType: 'application/octet-stream',
    buffer: safetensorsOf(HOSTILE_NAMES),
  });
  const tree = page.getByRole('tree');
  await expect(tree).toBeVisible();
  await expect(page.locator('.contents-pane .pane-head')).toContainText('200');
  await tree.focus();
  // Every row comes into sight, is opened or selected, and its numbers are read.
  await page.keyboard.press('Home');
  let before = '';
  for (let i = 0; i < 400; i++) {
    await page.keyboard.press('Enter');
    if (i % 25 === 0) expect(await harmIn(page), `row ${i}`).toEqual([]);
    await page.keyboard.press('ArrowDown');
    const here = (await tree.getAttribute('aria-activedescendant')) ?? '';
    if (here === before) break;
    before = here;
  }
  await expect(page.locator('.match-rows [role=row]').first()).toBeVisible();
  await expect(page.getByRole('region', { name: 'Python that does the same' })).toContainText('del p');
  for (const at of [0.25, 0.5, 0.75, 1]) {
    await page.locator('.match-scroll').evaluate((element, share) => element.scrollTo(0, element.scrollHeight * share), at);
    await page.waitForTimeout(60);
    expect(await harmIn(page)).toEqual([]);
  }
  await page.getByRole('searchbox', { name: 'Find a leaf' }).fill(HOSTILE_NAMES[0]!);
  await expect(tree.getByRole('treeitem').first()).toBeVisible();
  expect([...(await harmIn(page)), ...harm]).toEqual([]);
});

test('as names of runs, checkpoints and notes, columns and classes, files and settings, they are names too', async ({
  site,
  linnet: page,
}) => {
  test.setTimeout(180_000);
  await ready(page);
  const harm = await watchForHarm(page);
  await train(page, 5);
  const step = await save(page);
  await goTo(page, 'Checkpoints');
  for (let first = 0; first < HOSTILE_NAMES.length; first += 20) {
    await page.evaluate(
      async ([names, at]) => {
        const [{ run }] = await linnet.listRuns();
        for (const name of names) {
          // Names that no store takes are refused; all others are shown.
          const refusal = (error: { kind: string }) => {
            if (error.kind !== 'InvalidArgumentError') throw error;
          };
          const short = name.slice(0, 200);
          await linnet.renameRun(run.id, short).catch(refusal);
          await linnet.annotate(run.id, at, { name: short, note: name }).catch(refusal);
          await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        }
      },
      [HOSTILE_NAMES.slice(first, first + 20), step] as const,
    );
    expect(await harmIn(page), `names from ${first}`).toEqual([]);
  }
  await goTo(page, 'Train');
  expect(await harmIn(page)).toEqual([]);

  // A table whose columns and classes are called so.
  await page.getByRole('button', { name: 'Paste CSV' }).click();
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const classes = HOSTILE_NAMES.slice(0, 40);
  const columns = HOSTILE_NAMES.slice(40, 60);
  const rows = classes.flatMap((name, i) =>
    [0, 1].map((j) => [...columns.map((_, k) => String((i * 7 + j + k) % 11)), cell(name)].join(',')),
  );
  await page.getByRole('textbox', { name: /Rows, parted by/ }).fill([[...columns.map(cell), 'label'].join(','), ...rows].join('\n'));
  await page.getByRole('button', { name: 'Train on it' }).click();
  await expect(page.locator('.data-panel')).toContainText('80 rows');
  await train(page, 3);
  expect(await harmIn(page)).toEqual([]);

  // Files that are refused, and links that are: their names stand in the messages.
  for (const name of HOSTILE_NAMES.slice(0, 12)) {
    await upload(page, { name: `${name.replaceAll('/', '|')}.zip`, mimeType: 'application/zip', buffer: Buffer.from('no zip') });
    await expect(page.locator('.message.broken').last()).toBeVisible();
    expect(await harmIn(page)).toEqual([]);
    await page
      .getByRole('button', { name: /^Close:/ })
      .first()
      .click();
  }
  for (const name of HOSTILE_NAMES.slice(20, 28)) {
    await page.goto(`${site.url}#v=1&${encodeURIComponent(name)}=${encodeURIComponent(HOSTILE_NAMES[0]!)}`);
    await expect(page.locator('.message.caution').last()).toBeVisible();
    expect(await harmIn(page)).toEqual([]);
  }
  expect(harm).toEqual([]);
});
