import { beforeAll, expect, test } from 'vitest';
import { init, jit, type NDArray } from '#linnet/tensor';
import { worstUnits } from '../testing/closeness';
import { random, withLayout } from './index';

beforeAll(() => init());

/** Samples drawn by the device, in a compiled function, and by the host, which rounds once from double. */
async function both(draw: (key: NDArray) => NDArray, seed: number): Promise<[number[], number[]]> {
  const key = random.key(seed);
  const [device, host] = [jit(draw)(key), draw(key)];
  return [Array.from(await device.data()), Array.from(await host.data())];
}

for (const layout of ['partitionable', 'original'] as const) {
  test(`${layout}: many samples at once are as near to the host's as a few`, async () => {
    for (const [minval, maxval] of [
      [-3, 7],
      [0.1, 5],
      [-1e-3, 1],
      [-0.37, 0.41],
      [100, 101],
    ] as const) {
      const [device, host] = await withLayout(layout, () => both((key) => random.uniform(key, [50_000], { minval, maxval }), 11));
      expect(worstUnits(device, host, 0), `[${minval}, ${maxval})`).toBeLessThanOrEqual(1);
    }
    const [device, host] = await withLayout(layout, () => both((key) => random.normal(key, [50_000]), 12));
    expect(worstUnits(device, host, 0)).toBeLessThanOrEqual(4);
    const [unit, hostUnit] = await withLayout(layout, () => both((key) => random.uniform(key, [50_000]), 13));
    expect(unit).toEqual(hostUnit);
    const [die, hostDie] = await withLayout(layout, () => both((key) => random.randint(key, [50_000], -5, 1_000_003), 14));
    expect(die).toEqual(hostDie);
  }, 60_000);
}

test('more words than one dimension of workgroups holds are exact to the last', async () => {
  const size = 65_535 * 64 + 77;
  const key = random.key(3);
  const words = jit((k: NDArray) => random.bits(k, [size]))(key);
  const found = (await words.data()) as Uint32Array;
  const host = (await random.bits(key, [size]).data()) as Uint32Array;
  expect(found.length).toBe(size);
  expect(found.findIndex((word, i) => word !== host[i])).toBe(-1);
}, 60_000);
