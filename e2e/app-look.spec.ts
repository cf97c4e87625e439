import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures';
import { safetensorsOf } from './hostileNames';
import { dock, save, train, upload } from './page';

const THEMES = ['light', 'dark', 'contrast'] as const;
const VIEWS = ['Train', 'Checkpoints', 'Inspect', 'Guide'] as const;

/** Text on what it stands on: at least 4.5. */
const TEXT: readonly (readonly [string, string])[] = [
  ...['surface', 'field', 'inset', 'raise', 'flax-soft'].flatMap(
    (ground) =>
      [
        ['ink', ground],
        ['ink-2', ground],
      ] as const,
  ),
  ...['surface', 'field', 'inset', 'raise'].map((ground) => ['ink-3', ground] as const),
  ['flax', 'surface'],
  ['flax', 'raise'],
  ['flax', 'flax-soft'],
  ['on-flax', 'flax'],
  ['on-flax', 'flax-strong'],
  ['seed', 'surface'],
  ['seed', 'seed-soft'],
  ['rose', 'surface'],
  ['rose', 'rose-soft'],
  ['stem', 'surface'],
  ['stem', 'stem-soft'],
  ['test', 'surface'],
  ['code-keyword', 'surface'],
  ['surface', 'ink'],
];

/** Marks and edges that carry meaning: at least 3. */
const MARKS: readonly (readonly [string, string])[] = [
  ['edge', 'surface'],
  ['edge', 'inset'],
  ['seed-mark', 'surface'],
  ['seed-mark', 'inset'],
  ['train', 'surface'],
];

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

/** Waits until a run stands, so that every panel has its content. */
const ready = (page: Page) => expect(page.getByRole('button', { name: 'Play' }).first()).toBeEnabled({ timeout: 30_000 });

const goTo = (page: Page, view: string) => page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name: view }).click();

async function chooseTheme(page: Page, theme: (typeof THEMES)[number]): Promise<void> {
  await page.evaluate((name) => localStorage.setItem('linnet-theme', name), theme);
  await page.reload();
  await ready(page);
}

/** Serious problems of the page, or of a part of it. */
const seriousProblems = async (page: Page, part = 'html'): Promise<string[]> => {
  const axe = new AxeBuilder({ page }).include(part).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']);
  const { violations } = await axe.analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary?.slice(0, 200)}`));
};

/** Views as they are when something is in them: a checkpoint that does not quite fit, and the guide after it ran. */
async function fillViews(page: Page): Promise<void> {
  const names = ['linear1.kernel', 'head.bias', 'ema.kernel'];
  await upload(page, { name: 'old.safetensors', mimeType: 'application/octet-stream', buffer: safetensorsOf(names) });
  await page
    .getByRole('treeitem', { name: /kernel/ })
    .first()
    .click();
  await expect(page.getByRole('region', { name: 'Selected leaf' })).toContainText('mean');
  await expect(page.locator('.match-rows [role=row]').first()).toBeVisible();
  await goTo(page, 'Guide');
  await page.getByRole('button', { name: 'Run all' }).click();
  await expect(page.locator('#guide-take-along .guide-run')).toContainText('ran in', { timeout: 60_000 });
}

for (const theme of THEMES) {
  test(`the ${theme} theme has no serious accessibility problem in any view, and its colours read`, async ({ linnet: page }) => {
    await chooseTheme(page, theme);
    for (const view of VIEWS) {
      await goTo(page, view);
      await page.waitForTimeout(600);
      expect(await seriousProblems(page), view).toEqual([]);
    }
    await fillViews(page);
    for (const view of ['Guide', 'Inspect']) {
      await goTo(page, view);
      expect(await seriousProblems(page), `${view}, filled`).toEqual([]);
    }
    const names = [...new Set([...TEXT, ...MARKS].flat())];
    const colors = await page.evaluate((tokens) => {
      const style = getComputedStyle(document.documentElement);
      return Object.fromEntries(tokens.map((token) => [token, style.getPropertyValue(`--${token}`).trim()]));
    }, names);
    const full = (value: string) => (value.length === 4 ? `#${[...value.slice(1)].map((digit) => digit + digit).join('')}` : value);
    const weak = (pairs: typeof TEXT, least: number) =>
      pairs.filter(([a, b]) => contrast(full(colors[a]!), full(colors[b]!)) < least).map(([a, b]) => `--${a} on --${b}`);
    expect(TEXT.length + MARKS.length).toBe(33);
    expect([...weak(TEXT, 4.5), ...weak(MARKS, 3)]).toEqual([]);
  });
}

/** What stands over or beside a view for a while, and how it is opened. */
const OPENED: readonly (readonly [string, (page: Page) => Promise<unknown>])[] = [
  ['.palette', (page) => page.keyboard.press('Control+k')],
  ['.dialog', (page) => page.keyboard.press('?')],
  ['.dialog.wide', (page) => page.keyboard.press('j')],
  ['.menu', (page) => page.getByRole('button', { name: 'Theme' }).click()],
  ['.compare-pane', (page) => page.keyboard.press('x')],
];

test('what opens over a view has no serious accessibility problem in any theme', async ({ linnet: page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await ready(page);
  const everyTheme = async (part: string) => {
    await expect(page.locator(part)).toBeVisible();
    expect(await seriousProblems(page), `page with ${part}`).toEqual([]);
    for (const theme of THEMES) {
      await page.evaluate((name) => {
        document.documentElement.dataset.theme = name;
      }, theme);
      expect(await seriousProblems(page, part), `${part}, ${theme}`).toEqual([]);
    }
  };
  await train(page, 5);
  await save(page);
  for (const [part, open] of OPENED) {
    await open(page);
    await everyTheme(part);
    await page.keyboard.press('Escape');
  }
  await goTo(page, 'Train');
  await page.getByRole('button', { name: /^Diverging/ }).click();
  await expect(page.locator('.crumb')).toContainText('Hills');
  await dock(page).getByRole('button', { name: 'Play' }).click();
  await everyTheme('.problem-middle');
});

for (const [width, height] of [
  [360, 640],
  [900, 700],
  [1280, 800],
  [1920, 1080],
] as const) {
  test(`nothing scrolls sideways and targets are large enough at ${width} x ${height}`, async ({ linnet: page }) => {
    await page.setViewportSize({ width, height });
    await ready(page);
    const tabs = width < 900 ? ['Data', 'Model', 'Result', 'Runs'] : ['Train', 'Checkpoints', 'Inspect', 'Guide'];
    for (const tab of tabs) {
      await page.getByRole('navigation').getByRole('button', { name: tab, exact: true }).click();
      await page.waitForTimeout(400);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), tab).toBeLessThanOrEqual(width);
      const small = await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>('button, select, input')]
          .filter((element) => element.checkVisibility({ opacityProperty: true }) && element.closest('label, .network') === null)
          .map((element) => ({ name: element.getAttribute('aria-label') ?? element.textContent, box: element.getBoundingClientRect() }))
          .filter(({ box }) => box.width > 1 && (box.width < 23.9 || box.height < 23.9))
          .map(({ name, box }) => `${name}: ${box.width.toFixed(0)} x ${box.height.toFixed(0)}`),
      );
      expect(small, tab).toEqual([]);
    }
  });
}

test('the views that are filled fit 360 x 640 and the double zoom, with targets large enough for a finger', async ({ linnet: page }) => {
  await ready(page);
  await fillViews(page);
  for (const [width, height] of [
    [360, 640],
    [640, 400],
  ] as const) {
    await page.setViewportSize({ width, height });
    for (const view of ['Guide', 'Inspect']) {
      await page.getByRole('button', { name: 'More' }).click();
      await page.getByRole('menuitem', { name: view, exact: true }).click();
      await page.waitForTimeout(300);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), view).toBeLessThanOrEqual(width);
      const small = await page.locator('main').evaluate((main) =>
        [...main.querySelectorAll<HTMLElement>('button, input, select')]
          .filter((element) => element.checkVisibility() && element.closest('label') === null)
          .map((element) => ({ name: element.getAttribute('aria-label') ?? element.textContent, box: element.getBoundingClientRect() }))
          .filter(({ box }) => box.width > 1 && (box.width < 23.9 || box.height < 23.9))
          .map(({ name, box }) => `${name}: ${box.width.toFixed(0)} x ${box.height.toFixed(0)}`),
      );
      expect(small, view).toEqual([]);
    }
  }
});

test('with reduced motion nothing is animated, and 200 % zoom keeps every action', async ({ linnet: page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.setViewportSize({ width: 640, height: 400 });
  await ready(page);
  const moving = await page.evaluate(() => document.getAnimations().length);
  expect(moving).toBe(0);
  for (const tab of ['Data', 'Model', 'Result', 'Runs']) {
    await page.getByRole('navigation').getByRole('button', { name: tab, exact: true }).click();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(640);
  }
  await expect(page.getByRole('button', { name: 'Play' }).first()).toBeVisible();
});
