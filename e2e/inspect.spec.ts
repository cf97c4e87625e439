import { expect, test } from './fixtures';
import { safetensorsOf } from './hostileNames';
import { goTo, ready, upload } from './page';

const file = (name: string, names: readonly string[]) => ({ name, mimeType: 'application/octet-stream', buffer: safetensorsOf(names) });

/** A safetensors file with arrays of the given shapes. */
function shaped(arrays: Readonly<Record<string, readonly number[]>>): Buffer {
  let at = 0;
  const header = Object.entries(arrays).map(([name, shape]) => {
    const start = at;
    at += 4 * shape.reduce((a, b) => a * b, 1);
    return [name, { dtype: 'F32', shape, data_offsets: [start, at] }];
  });
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.byteLength));
  return Buffer.concat([length, json, Buffer.from(Float32Array.from({ length: at / 4 }, (_, i) => Math.sin(i)).buffer)]);
}

test('a tree of 10,000 leaves has at most 200 rows in the page, each of which knows its place', async ({ linnet: page }) => {
  await ready(page);
  await upload(
    page,
    file(
      'big.safetensors',
      Array.from({ length: 10_000 }, (_, i) => `layers.${String(i % 100).padStart(2, '0')}.w${i}`),
    ),
  );
  const tree = page.getByRole('tree');
  const rows = tree.getByRole('treeitem');
  await expect(rows.first()).toBeVisible();
  await expect(page.locator('.contents-pane .pane-head')).toContainText('10,000');
  await tree.focus();
  // `layers` is open; its first group is opened, too.
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  const places = async () =>
    rows.evaluateAll((list) =>
      list.map((row) => ['level', 'posinset', 'setsize', 'expanded'].map((name) => row.getAttribute(`aria-${name}`)).join(' ')),
    );
  expect((await places()).slice(0, 4)).toEqual(['1 1 1 true', '2 1 100 true', '3 1 100 ', '3 2 100 ']);
  for (const share of [0, 0.3, 0.6, 1]) {
    await tree.evaluate((element, at) => element.scrollTo(0, element.scrollHeight * at), share);
    await page.waitForTimeout(50);
    expect(await rows.count()).toBeLessThanOrEqual(200);
    expect(await rows.count()).toBeGreaterThan(3);
  }
  await page.keyboard.press('End');
  await expect.poll(async () => (await places()).at(-1)).toBe('2 100 100 false');
  // A search finds one of the ten thousand.
  await page.getByRole('searchbox', { name: 'Find a leaf' }).fill('w7742');
  await expect.poll(places).toEqual(['1 1 1 true', '2 1 1 true', '3 1 1 ']);
  await page.getByRole('treeitem', { name: /^w7742/ }).click();
  await expect(page.getByRole('region', { name: 'Selected leaf' })).toContainText('layers.42.w7742');
  // The match lists as many, and shows as few.
  expect(await page.locator('.match-rows [role=row]').count()).toBeLessThanOrEqual(200);
  await expect(page.getByRole('table', { name: 'Match with the model' })).toHaveAttribute('aria-rowcount', /^10\d{3}$/);
});

test('a foreign checkpoint is repaired: renamed by dragging and by key, cut, filled, undone, and loaded', async ({ linnet: page }) => {
  await page.setViewportSize({ width: 1440, height: 960 });
  await ready(page);
  const arrays = { 'linear1.kernel': [2, 8], 'linear2.kernel': [8, 12], 'head.kernel': [8, 2], 'head.bias': [2], 'ema.kernel': [2, 8] };
  await upload(page, { name: 'old.safetensors', mimeType: 'application/octet-stream', buffer: shaped(arrays) });
  await expect(page.locator('.inspect-head')).toContainText('nothing vouches for its bytes');
  const table = page.getByRole('table', { name: 'Match with the model' });
  const row = (text: string | RegExp) => table.getByRole('row').filter({ hasText: text });
  const code = page.getByRole('region', { name: 'Python that does the same' });
  await expect(row('linear2.kernel')).toContainText('float32[8, 12]');

  // Dragged onto the leaf of the model that it is; undone; then by key from a menu.
  await row('head.kernel').filter({ hasText: 'dropped' }).locator('[draggable=true]').dragTo(row('linear3.kernel').first());
  await expect(code).toContainText("p.setdefault('linear3', {})['kernel'] = p['head'].pop('kernel')");
  await page.getByRole('button', { name: 'Undo repair' }).click();
  await expect(code).toContainText("del p['head']['kernel']");
  await page.getByRole('button', { name: 'Rename head.kernel' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitem').first()).toContainText('linear3.kernel');
  await page.keyboard.press('Enter');
  await expect(code).toContainText("['kernel'] = p['head'].pop('kernel')");
  // What looks the same is offered; rows get what they are told.
  await page.getByRole('button', { name: 'Take head.bias for linear3.bias' }).click();
  await page.getByRole('button', { name: 'Cut for linear2.kernel' }).click();
  await expect(code).toContainText("p['linear2']['kernel'] = p['linear2']['kernel'][:8, :8]");
  await page.getByRole('button', { name: 'zeros', exact: true }).click();
  await page.getByRole('button', { name: 'Cut for linear2.kernel' }).click();
  await page.getByRole('button', { name: 'Fresh for linear1.bias' }).click();
  await expect(code).toContainText("['bias'] = jnp.zeros((8,))");
  await expect(code).toContainText("init['linear1']['bias']");
  const former = await page.locator('.crumb').textContent();
  await page.getByRole('button', { name: 'Load into the model' }).click();
  await expect(page.getByText('old.safetensors is loaded').first()).toBeVisible();
  await expect(page.getByText('4 arrays loaded, 1 filled with zeros, 1 as in a new model, 1 dropped.').first()).toBeVisible();
  const weight = await page.evaluate(async () => (await (globalThis as any).linnet.incomingWeights(2, 1))[3]);
  expect(weight).toBeCloseTo(Math.sin(16 + 96 + 3 * 2 + 1), 6);
  // The way back.
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(page.locator('.crumb')).toHaveText(former!, { timeout: 15_000 });
});

test('a checkpoint dropped on any view is looked into; another takes its place, and closing ends its worker', async ({ linnet: page }) => {
  await ready(page);
  const workers = page.workers().length;
  const drop = async (name: string) => {
    const bytes = [...safetensorsOf(['a', 'b'])];
    const transfer = await page.evaluateHandle(
      ([data, title]) => {
        const list = new DataTransfer();
        list.items.add(new File([Uint8Array.from(data)], title));
        return list;
      },
      [bytes, name] as const,
    );
    await page.dispatchEvent('body', 'dragenter', { dataTransfer: transfer });
    await expect(page.locator('.drop-zone')).toBeVisible();
    await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
    await expect(page.locator('.inspect-head')).toContainText(name);
  };
  for (const view of ['Checkpoints', 'Guide', 'Inspect']) {
    await goTo(page, view);
    await drop(`${view.toLowerCase()}.safetensors`);
  }
  expect(page.workers().length).toBe(workers + 1);
  await page.getByRole('button', { name: 'Close this checkpoint' }).click();
  await expect.poll(() => page.workers().length).toBe(workers);
});
