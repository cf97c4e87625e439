import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DType, encodeSmallFloat, type HostArray, hostArray } from '#linnet/core';
import { memoryStore } from '#linnet/store';
import { fixtureStore } from '../../testing/checkpointLeaves';
import { float32 } from '../../testing/smallTrees';
import { collectLeaves } from '../leaves';
import { CheckpointPath } from '../paths/checkpointPath';
import { saveCheckpoint } from '../saveOrbax';
import { diffCheckpoints, type LeafDifference } from './diffCheckpoints';
import { valueDifference } from './valueDifference';

const doubles = (...values: number[]): HostArray => hostArray('float64', [values.length], new Uint8Array(Float64Array.from(values).buffer));
const halves = (dtype: DType, ...values: number[]): HostArray =>
  hostArray(dtype, [values.length], new Uint8Array(Uint16Array.from(values, (value) => encodeSmallFloat(dtype, value)!).buffer));

async function saved(tree: object): Promise<CheckpointPath> {
  const store = memoryStore('saved');
  await saveCheckpoint(store, collectLeaves(tree, { copy: false }), { handler: 'standard' });
  return new CheckpointPath(store);
}

describe('how values differ', () => {
  test('largest, relative, where, and how many', () => {
    const found = valueDifference(float32([4], 1, 2, -4, 8), float32([4], 1, 2.5, -5, 8));
    expect(found).toMatchObject({ elements: 4, changed: 2, notFinite: 0, largest: 1, relative: 0.2, at: 2 });
    expect(valueDifference(float32([2], 1, 2), float32([2], 1, 2))).toBeUndefined();
    expect(valueDifference(float32([0]), float32([0]))).toBeUndefined();
  });

  test('neighbours are one step apart in every float type, also across zero', () => {
    const next = new Float32Array(Uint32Array.of(0x3f800001).buffer)[0]!;
    expect(valueDifference(float32([1], 1), float32([1], next))?.ulps).toBe(1);
    expect(valueDifference(float32([1], 2 ** -149), float32([1], -(2 ** -149)))?.ulps).toBe(2);
    expect(valueDifference(float32([1], 0), float32([1], -0))).toMatchObject({ changed: 1, largest: 0, ulps: 0, relative: 0 });
    expect(valueDifference(doubles(1), doubles(1 + Number.EPSILON))?.ulps).toBe(1);
    expect(valueDifference(doubles(1), doubles(1 - Number.EPSILON / 2))?.ulps).toBe(1);
    expect(valueDifference(doubles(2 ** -1074), doubles(-(2 ** -1074)))?.ulps).toBe(2);
    expect(valueDifference(halves('bfloat16', 1), halves('bfloat16', 1 + 2 ** -7))?.ulps).toBe(1);
    expect(valueDifference(halves('float16', 1), halves('float16', 1 + 2 ** -9))?.ulps).toBe(2);
    const exponents = ['float8_e8m0fnu', [1], Uint8Array.of(127)] as const;
    expect(valueDifference(hostArray(...exponents), hostArray('float8_e8m0fnu', [1], Uint8Array.of(130)))).toMatchObject({
      largest: 7,
      ulps: 3,
    });
  });

  test('steps in float64 are counted as BigInts count them', () => {
    const place = (value: number): bigint => {
      const bits = new BigUint64Array(Float64Array.of(value).buffer)[0]!;
      return bits >= 2n ** 63n ? 2n ** 63n - bits : bits;
    };
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.double({ noNaN: true, noDefaultInfinity: true }), (a, b) => {
        const wanted = place(a) - place(b);
        const found = valueDifference(doubles(a), doubles(b))?.ulps ?? 0;
        expect(found).toBe(Math.abs(Number(wanted)));
      }),
      { seed: 1 },
    );
  });

  test('what is not finite is counted apart', () => {
    const found = valueDifference(float32([3], Number.NaN, 1, Number.POSITIVE_INFINITY), float32([3], 0, 3, 1));
    expect(found).toMatchObject({ changed: 3, notFinite: 2, largest: 2, at: 1 });
    expect(valueDifference(float32([1], Number.NaN), float32([1], 0))).toEqual({ elements: 1, changed: 1, notFinite: 1 });
  });

  test('integers beyond 2^53, complex numbers, keys, halves of a byte', () => {
    const big = (value: bigint) => hostArray('int64', [1], new Uint8Array(BigInt64Array.of(value).buffer));
    const found = valueDifference(big(2n ** 60n), big(2n ** 60n + 1n))!;
    expect(found).toMatchObject({ changed: 1, largest: 1 });
    expect(found).not.toHaveProperty('ulps');
    const complex = (...parts: number[]) => hostArray('complex64', [1], new Uint8Array(Float32Array.from(parts).buffer));
    expect(valueDifference(complex(3, 4), complex(0, 0))).toMatchObject({ changed: 1, largest: 5, relative: 1 });
    const key = (word: number) => hostArray('key<fry>', [], new Uint8Array(Uint32Array.of(0, word).buffer));
    expect(valueDifference(key(1), key(2))).toEqual({ elements: 1, changed: 1, notFinite: 0 });
    const small = (code: number) => hostArray('int4', [1], Uint8Array.of(code));
    expect(valueDifference(small(0xc), small(3))).toMatchObject({ largest: 7 });
  });
});

describe('how checkpoints differ', () => {
  test('the same tree in two layouts has no difference', async () => {
    const [a, b] = await Promise.all(['d_zarr2_ocdbt_new', 'd_zarr3_files_new'].map((name) => fixtureStore(`orbax/${name}/ckpt`)));
    expect(await diffCheckpoints(a!, b!)).toEqual({ differences: [], sameLeaves: 6 });
  });

  test('two steps are compared item by item; progress and differences are told as they come', async () => {
    const manager = new CheckpointPath(await fixtureStore('orbax/f_manager_old/ckpt'));
    const told: LeafDifference[] = [];
    let last = 0;
    const { differences, sameLeaves } = await diffCheckpoints(manager.join('5'), manager.join('20'), {
      onDifference: (found) => told.push(found),
      onProgress: ({ leavesDone, leavesTotal }) => {
        last = leavesDone / leavesTotal;
      },
    });
    expect(last).toBe(1);
    expect(told).toEqual(differences);
    expect(differences.length + sameLeaves).toBeGreaterThan(4);
    expect(differences.map(({ leaf }) => leaf)).toContain('params/w');
  });

  test('leaves that only one has are named, and nothing of them is read', async () => {
    const [a, b] = [await saved({ same: 1, gone: float32([2], 1, 2) }), await saved({ same: 1, added: 'text' })];
    expect(await diffCheckpoints(a, b)).toEqual({
      differences: [
        { leaf: 'gone', kind: 'only in first', first: 'float32[2]' },
        { leaf: 'added', kind: 'only in second', second: 'text' },
      ],
      sameLeaves: 1,
    });
  });
});
