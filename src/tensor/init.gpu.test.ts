import { afterEach, expect, test } from 'vitest';
import { requestDevice } from '#linnet/gpu';
import { defaultBackend, devices, dispose, init, jit, jnp, type Array as NDArray, nn, valueAndGrad } from './index';

afterEach(dispose);

test('init asks the platform for a device, and everything runs on it', async () => {
  await init();
  expect(defaultBackend()).toBe('webgpu');
  expect(devices()[0]!.description).not.toBe('');
  const loss = (w: NDArray, x: NDArray) => nn.relu(x.matmul(w)).sum();
  const [value, gradient] = jit(valueAndGrad(loss))(
    jnp.eye(2),
    jnp.array([
      [1, -2],
      [3, 4],
    ]),
  );
  expect(await value.item()).toBe(8);
  expect(await gradient.toArray()).toEqual([
    [4, 3],
    [2, 4],
  ]);
});

test('the same device given twice stays in use; another backend takes over from it', async () => {
  const device = await requestDevice(navigator.gpu);
  await init({ device });
  const x = jnp.array([1, 2]);
  await init({ device });
  expect(await x.add(1).toArray()).toEqual([2, 3]);
  await init({ backend: 'cpu' });
  expect(() => x.add(1)).toThrow();
  expect(await jnp.array([1]).add(1).toArray()).toEqual([2]);
});
