import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HostArray, hostArraysEqual } from '#linnet/core';
import { openWebGpu, type WatchedBackend } from '../../testing/device';
import { avalOf, checkAgainstReference, f32 } from '../../testing/kernelCheck';
import type { NDArray } from '../array';
import { grad } from '../autodiff/grad';
import type { Backend, CompileOptions } from '../backend';
import { cond, scan, whileLoop } from '../ops/control';
import '../primitives';
import * as lax from '../primitives/lax';
import { traceProgram } from '../trace/builder';
import { vmap } from '../vmap/vmap';
import { createWebGpuBackend } from './webgpuBackend';

let gpu: WatchedBackend;
let gpuLike: Backend;
beforeAll(async () => {
  gpu = await openWebGpu(createWebGpuBackend);
  gpuLike = createWebGpuBackend(gpu.device, { facts: { software: false } });
});
afterAll(() => {
  expect(gpu.complaints).toEqual([]);
  gpu.backend.dispose();
});

const dot = (x: NDArray, y: NDArray): NDArray => lax.dotGeneral(x, y, { contracting: [[1], [0]], batch: [[], []] });
const isPositive = (x: NDArray): NDArray => lax.lt(lax.scalarLike(x, 0), x);
const sides = [f32([], [-1]), f32([], [1])];
const explain = (f: (...xs: NDArray[]) => NDArray | readonly NDArray[], inputs: readonly HostArray[], options: CompileOptions = {}) =>
  gpu.backend.compile(traceProgram((xs) => [f(...xs)].flat() as NDArray[], inputs.map(avalOf)).program, options).explain();

describe('branches with much work', () => {
  const sorted = (x: NDArray): NDArray => lax.apply('sort', [x], { axis: 1, descending: false, stable: true });
  const heavy = (p: NDArray, x: NDArray): NDArray =>
    cond(
      isPositive(p),
      (a: NDArray) => lax.neg(dot(a, lax.exp(a))),
      (a: NDArray) => sorted(dot(a, a)),
      x,
    );
  const wide = f32([65, 65]);

  it('run only where they are taken', async () => {
    for (const side of sides)
      for (const backend of [gpu.backend, gpuLike]) {
        await checkAgainstReference(backend, heavy, [side, wide], 2e-5);
        await checkAgainstReference(backend, (p, x) => lax.mul(heavy(p, x), heavy(lax.neg(p), x)), [side, wide], 1e-4);
      }
    const names = explain(heavy, [sides[0]!, wide]).kernels.map(({ name }) => name);
    expect(names.filter((name) => name.split('if true').length === 2).length).toBeGreaterThan(0);
    expect(names.filter((name) => name.includes('if false')).length).toBeGreaterThan(0);
  });

  it('give the bits that they give alone', async () => {
    const input = gpu.backend.fromHost(wide);
    for (const [i, side] of sides.entries()) {
      const alone = i === 1 ? (x: NDArray) => lax.neg(dot(x, lax.exp(x))) : (x: NDArray) => sorted(dot(x, x));
      const bits = [heavy, (_p: NDArray, x: NDArray) => alone(x)].map((f) => {
        const { program } = traceProgram(([p, x]) => [f(p!, x!)], [avalOf(side), avalOf(wide)]);
        const [output] = gpu.backend.compile(program).run([gpu.backend.fromHost(side), input]);
        return gpu.backend.toHost(output!);
      });
      const [chosen, direct] = await Promise.all(bits);
      expect(hostArraysEqual(chosen!, direct!)).toBe(true);
    }
  });

  it('know their predicate where they store bools beside it', async () => {
    const rows = (x: NDArray): NDArray => lax.reduce('reduceAnd', lax.lt(x, lax.scalarLike(x, 1.9)), [1]);
    const f = (p: NDArray, x: NDArray): NDArray =>
      lax.apply('not', [cond(isPositive(p), rows, (a: NDArray) => lax.apply('not', [rows(a)]), x)]);
    for (const side of sides)
      for (const backend of [gpu.backend, gpuLike]) await checkAgainstReference(backend, f, [side, f32([3, 60_001])], 0);
  });

  it('have gradients of the branch that is taken', async () => {
    const loss = (p: NDArray, x: NDArray): NDArray =>
      lax.reduceSum(
        cond(
          isPositive(p),
          (a: NDArray) => dot(a, a),
          (a: NDArray) => dot(lax.apply('tanh', [a]), a),
          x,
        ),
        [0, 1],
      );
    for (const side of sides) await checkAgainstReference(gpu.backend, grad(loss, { argnums: 1 }) as typeof loss, [side, wide], 2e-5);
  });

  it('lie in one another, and in loops', async () => {
    const nested = (p: NDArray, q: NDArray, x: NDArray): NDArray =>
      cond(
        isPositive(p),
        (a: NDArray, b: NDArray) =>
          cond(
            isPositive(b),
            (c: NDArray) => dot(c, c),
            (c: NDArray) => dot(c, lax.neg(c)),
            a,
          ),
        (a: NDArray) => lax.sub(a, lax.scalarLike(a, 3)),
        x,
        q,
      );
    const looped = (p: NDArray, q: NDArray, x: NDArray): NDArray =>
      scan(
        (carry: NDArray, row: NDArray) => [lax.apply('tanh', [nested(row, q, carry)]), null],
        x,
        lax.broadcastInDim(lax.mul(p, q), [3], []),
      )[0];
    for (const p of sides)
      for (const q of sides) {
        await checkAgainstReference(gpu.backend, nested, [p, q, wide], 2e-5);
        for (const schedule of ['replay', 'single'] as const)
          await checkAgainstReference(gpu.backend, looped, [p, q, wide], 2e-4, { schedule });
      }
  });

  it('choose between loops, in both schedules, and never start one that would not end', async () => {
    const steps = (a: NDArray): NDArray =>
      scan((c: NDArray, row: NDArray) => [lax.add(c, row), null], lax.exp(a), lax.broadcastInDim(a, [4, 70], [1]))[0];
    const endless = (a: NDArray): NDArray =>
      whileLoop(
        (c: NDArray) => lax.lt(lax.scalarLike(c, -1), lax.reduceSum(lax.mul(c, c), [0])),
        (c: NDArray) => lax.neg(c),
        a,
      );
    const choose = (p: NDArray, x: NDArray): NDArray => lax.neg(cond(isPositive(p), endless, steps, x));
    for (const schedule of ['replay', 'single'] as const) {
      await checkAgainstReference(gpu.backend, choose, [sides[0]!, f32([70])], 2e-5, { schedule });
      const walk = (p: NDArray, x: NDArray): NDArray => lax.neg(cond(isPositive(p), steps, (a: NDArray) => lax.neg(steps(a)), x));
      for (const side of sides) await checkAgainstReference(gpu.backend, walk, [side, f32([70])], 2e-5, { schedule });
    }
  });

  it('are both computed and chosen from where examples differ', async () => {
    const each = (p: NDArray, x: NDArray): NDArray => vmap(heavy, { inAxes: [0, null] })(p, x) as NDArray;
    await checkAgainstReference(gpu.backend, each, [f32([3], [1, -1, 1]), wide], 2e-5);
  });

  it('of less work are computed together with what follows', () => {
    const light = (p: NDArray, x: NDArray): NDArray => cond(isPositive(p), lax.neg, lax.exp, x);
    expect(explain(light, [sides[0]!, wide]).dispatches).toBe(1);
  });
});
