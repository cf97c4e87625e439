import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWebGpu, type WatchedBackend } from '../../testing/device';
import { checkAgainstReference, f32 } from '../../testing/kernelCheck';
import { grad, jnp, lax, type Array as NDArray } from '../index';
import { createWebGpuBackend } from './webgpuBackend';

let gpu: WatchedBackend;
beforeAll(async () => {
  gpu = await openWebGpu(createWebGpuBackend);
});
afterAll(() => {
  expect(gpu.complaints).toEqual([]);
  gpu.backend.dispose();
});

const clip = (x: NDArray, bound = 16): NDArray => jnp.clip(x, -bound, bound);
const total = (x: NDArray): NDArray => clip(jnp.where(jnp.abs(clip(x, 3)).lt(100), clip(x, 3), 1).sum(), 50).astype('int32');

/** Clamps of clamps, in branches and a loop. */
function clamped(x: NDArray): NDArray[] {
  const same = (v: NDArray): NDArray => v;
  const among = (v: NDArray): NDArray => lax.cond(total(x).gt(2), (w: NDArray) => clip(w.add(1), 8), same, v);
  const chosen = clip(lax.cond(total(x).gt(0), among, (v: NDArray) => v.neg(), x));
  const looped = clip(lax.foriLoop(0, 6, (i: NDArray, v: NDArray) => clip(v.add(i.astype('float32')).sub(x), 8), x));
  return [clip(x.mod(x)), looped, clip(x.sub(chosen)), clip(clip(chosen))];
}

test('slopes of clamps of clamps are compiled in no time, and right', async () => {
  const loss = (x: NDArray): NDArray => clamped(x).reduce((sum, y) => sum.add(y.mul(0.5).add(y.mul(y).mul(0.125)).sum()), jnp.zeros([]));
  await checkAgainstReference(gpu.backend, grad(loss) as (x: NDArray) => NDArray, [f32([3], [2, -3, 5])]);
});
