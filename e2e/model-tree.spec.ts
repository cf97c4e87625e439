import AxeBuilder from '@axe-core/playwright';
import { expect, test } from './fixtures';

for (const theme of ['light', 'dark'] as const) {
  test(`the model unfolds to statistics and heat maps in the ${theme} theme`, async ({ linnet: page }) => {
    await page.evaluate((name) => localStorage.setItem('linnet-theme', name), theme);
    await page.reload();
    await expect(page.getByRole('button', { name: 'Play' }).first()).toBeEnabled({ timeout: 30_000 });
    await page.getByRole('button', { name: 'Tree', exact: true }).click();
    const tree = page.getByRole('list', { name: 'The model’s modules and arrays' });
    await expect(tree.getByRole('button', { name: /^model MLP Param: 114 \(456 B\)/ })).toHaveAttribute('aria-expanded', 'true');

    const kernel = tree.getByRole('button', { name: /^kernel Param float32\(2, 8\)/ });
    await kernel.click();
    const elements = tree.getByRole('region', { name: 'Elements' });
    const before = await elements.textContent();
    expect(before).toMatch(/^Array\(\[\[.*dtype=float32\)$/s);
    await expect(tree.getByText('std', { exact: true })).toBeVisible();
    const colors = await tree.locator('canvas').evaluate((canvas: HTMLCanvasElement) => {
      const { width, height } = canvas;
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, width, height);
      return [width, height, new Set(new Uint32Array(data.buffer)).size];
    });
    expect(colors.slice(0, 2)).toEqual([8, 2]);
    expect(colors[2]).toBeGreaterThan(8);

    await tree.getByRole('button', { name: 'Copy the path model.linear1.kernel' }).click();
    await expect(page.getByText('model.linear1.kernel', { exact: true })).toBeVisible();
    const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes[0]!.html])).toEqual([]);

    // What is shown follows training.
    await page.getByRole('button', { name: 'One step' }).click();
    await expect.poll(() => elements.textContent(), { timeout: 10_000 }).not.toBe(before);
    await kernel.click();
    await expect(elements).toHaveCount(0);
  });
}
