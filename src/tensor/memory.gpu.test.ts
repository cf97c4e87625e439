import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requestDevice } from '#linnet/gpu';
import { heapBytes } from '../testing/heap';
import {
  type BackendStats,
  blockUntilReady,
  currentBackend,
  dispose,
  init,
  type Jitted,
  jit,
  jnp,
  lax,
  type Array as NDArray,
  nn,
  valueAndGrad,
} from './index';

/** How many times as many steps LINNET_SOAK=1 runs. */
const LONGER = (import.meta as { readonly env?: Record<string, string> }).env?.LINNET_SOAK === '1' ? 20 : 1;
const STEPS = 10_000 * LONGER;
/** Bytes that the heap may differ by after a collection, whatever was run: it is never quite empty. */
const HEAP_NOISE = 2_000_000;

const DIMS = [2, 8, 8, 2];
const [RATE, DECAY] = [1e-3, 0.9];

interface State {
  readonly params: NDArray[];
  readonly means: NDArray[];
}

const start = (): State => {
  const shapes = DIMS.slice(1).flatMap((n, i) => [[DIMS[i]!, n], [n]]);
  return { params: shapes.map((shape) => jnp.full(shape, 0.1)), means: shapes.map((shape) => jnp.zeros(shape)) };
};

/** One step with momentum; the loss after the state. */
function step({ params, means }: State, x: NDArray, y: NDArray): [State, NDArray] {
  const loss = (ps: NDArray[]): NDArray => {
    let h = x;
    for (let i = 0; i < ps.length; i += 2) {
      h = jnp.matmul(h, ps[i]!).add(ps[i + 1]!);
      if (i + 2 < ps.length) h = nn.relu(h);
    }
    return jnp.square(h.sub(y)).mean();
  };
  const [value, grads] = valueAndGrad(loss)(params) as [NDArray, NDArray[]];
  const moved = means.map((m, i) => m.mul(DECAY).add(grads[i]!));
  return [{ params: params.map((p, i) => p.sub(moved[i]!.mul(RATE))), means: moved }, value];
}

const ledger = ({ liveBytes, liveBuffers, buffersCreated }: BackendStats) => ({ liveBytes, liveBuffers, buffersCreated });

/** Runs `round` once to warm up, then `times` more, and expects device memory to be as it was, to the byte, and the heap as good as. */
async function expectFlat(times: number, round: () => void | Promise<void>): Promise<void> {
  await round();
  await round();
  await currentBackend().synchronize();
  const heap = await heapBytes();
  const before = ledger(currentBackend().stats());
  for (let i = 0; i < times; i++) await round();
  await currentBackend().synchronize();
  expect(ledger(currentBackend().stats())).toEqual(before);
  expect(heap).toBeDefined();
  expect((await heapBytes())! - heap!).toBeLessThan(HEAP_NOISE);
}

describe('10,000 steps leave the ledger and the heap flat', { timeout: 120_000 * LONGER }, () => {
  beforeAll(() => init());
  afterAll(dispose);

  const rows = (): [NDArray, NDArray] => [jnp.full([32, 2], 0.5), jnp.full([32, 2], 0.25)];

  test('as calls of a jitted step', async () => {
    const [x, y] = rows();
    const run: Jitted<typeof step> = jit(step, { donateArgnums: [0] });
    let state = start();
    const PER_ROUND = 100;
    await expectFlat(STEPS / PER_ROUND, async () => {
      for (let i = 0; i < PER_ROUND; i++) {
        const [next, loss] = run(state, x, y);
        state = next;
        loss.dispose();
      }
      await blockUntilReady(state);
    });
    expect(Number.isFinite(await state.params[0]!.sum().item())).toBe(true);
    for (const array of [x, y, ...state.params, ...state.means]) array.dispose();
  });

  test('in one workgroup', async () => {
    const [x, y] = rows();
    const PER_CALL = 500;
    const run = jit((state: State) => lax.scan((s: State) => step(s, x, y), state, null, { length: PER_CALL }) as [State, NDArray], {
      donateArgnums: [0],
    });
    let state = start();
    expect(run.explain(state).schedule).toBe('single');
    await expectFlat(STEPS / PER_CALL, async () => {
      const [next, losses] = run(state);
      state = next;
      expect((await losses.data()).length).toBe(PER_CALL);
      losses.dispose();
    });
    for (const array of [x, y, ...state.params, ...state.means]) array.dispose();
  });

  test('of eager arrays that are disposed, by name or by `using`', async () => {
    const PER_ROUND = 100;
    let x = jnp.ones([64]);
    await expectFlat(STEPS / PER_ROUND, async () => {
      for (let i = 0; i < PER_ROUND; i++) {
        using doubled = x.mul(2);
        using less = doubled.sub(x);
        using scaled = less.mul(0.999);
        const next = scaled.add(0.001);
        x.dispose();
        x = next;
      }
      await blockUntilReady(x);
    });
    x.dispose();
  });

  test('of eager arrays that nobody disposes: the finalizer is the last net', async () => {
    using x = jnp.ones([64]);
    using y = x.mul(2);
    await blockUntilReady(y);
    const { liveBuffers } = currentBackend().stats();
    for (let i = 0; i < 1000; i++) x.mul(2).add(y);
    await currentBackend().synchronize();
    await expect
      .poll(async () => {
        await heapBytes();
        return currentBackend().stats().liveBuffers;
      })
      .toBeLessThanOrEqual(liveBuffers + 2);
  });
});

describe('memory that is not there', () => {
  test('is refused by the budget with what was wanted, and the arrays that were given up are back', async () => {
    await init({ byteBudget: 4 * 2 ** 20 });
    const grow = jit((x: NDArray) => jnp.tile(x.reshape(1, -1), [8, 1]), { donateArgnums: [0] });
    const x = jnp.arange(250_000, { dtype: 'float32' });
    const { liveBytes } = currentBackend().stats();
    expect(() => grow(x)).toThrow(
      /MiB of GPU memory were wanted for an array float32\[8,250000\], but .* of the budget of 4\.0 MiB are in use/,
    );
    expect(currentBackend().stats().liveBytes).toBe(liveBytes);
    expect(await x.get(7).item()).toBe(7);
    x.dispose();
    expect(await jnp.ones([10]).sum().item()).toBe(10);
    dispose();
  });

  test('is told by whatever would have been in it, when the device itself has none', async () => {
    const device = await requestDevice(navigator.gpu);
    const complaints: string[] = [];
    device.addEventListener('uncapturederror', (event) => complaints.push((event as GPUUncapturedErrorEvent).error.message));
    await init({ device });
    const kept = jnp.arange(5, { dtype: 'float32' });
    const popErrorScope = device.popErrorScope.bind(device);
    const createBuffer = device.createBuffer.bind(device);
    let asked = 0;
    device.createBuffer = (descriptor) => {
      asked = descriptor.size;
      return createBuffer(descriptor);
    };
    device.popErrorScope = async () => {
      const isLarge = asked > 2 ** 20;
      const error = await popErrorScope();
      return isLarge ? ({ message: 'allocation failed' } as GPUError) : error;
    };
    const huge = jnp.zeros([8 * 2 ** 20]);
    device.popErrorScope = popErrorScope;
    const after = huge.add(1);
    for (const array of [huge, after]) {
      await expect(array.data()).rejects.toMatchObject({
        kind: 'OutOfMemoryError',
        message: expect.stringMatching(/32 MiB .*float32\[8388608\]/),
      });
    }
    expect(await kept.add(1).toArray()).toEqual([1, 2, 3, 4, 5]);
    huge.dispose();
    after.dispose();
    expect(
      await jnp
        .zeros([8 * 2 ** 20])
        .sum()
        .item(),
    ).toBe(0);
    expect(complaints).toEqual([]);
    dispose();
  });
});
