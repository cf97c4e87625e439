import { formatShape, LinnetError, sizeOf } from '#linnet/core';
import type { NDArray } from '../array';
import { formatAval, makeAval } from '../aval';
import * as lax from './lax';
import { definePrimitive } from './primitive';

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** What is put before, after and between the elements of each axis; negative crops. */
export interface PadParams {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly interior: readonly number[];
  readonly [key: string]: unknown;
}

definePrimitive<PadParams>({
  name: 'pad',
  abstract: ([x, value], { low, high, interior }) => {
    if (value!.shape.length > 0 || value!.dtype !== x!.dtype) {
      throw new LinnetError('DTypeError', `pad fills ${formatAval(x!)} with a scalar of its dtype, not with ${formatAval(value!)}.`);
    }
    const shape = x!.shape.map((dim, i) => low[i]! + high[i]! + dim + Math.max(0, dim - 1) * interior[i]!);
    if (shape.some((dim) => !(dim >= 0))) throw new LinnetError('ShapeError', `Cannot pad ${formatAval(x!)} to ${formatShape(shape)}.`);
    return [makeAval(shape, x!.dtype)];
  },
  jvp: ([x], [t, v], { low, high, interior }) => {
    if (!t && !v) return [null];
    const padding = low.map((l, i): [number, number, number] => [l, high[i]!, interior[i]!]);
    return [lax.pad(t ?? lax.zerosLike(x!), v ?? lax.scalarLike(x!, 0), padding)];
  },
  transpose: ([ct], [x, value], { low, high, interior }, [aval]) => {
    const unpadded = (): NDArray => {
      const cropped = lax.pad(
        ct!,
        lax.scalarLike(ct!, 0),
        low.map((l, i) => [-l, -high[i]!, 0]),
      );
      const strides = interior.map((n) => n + 1);
      return lax.slice(
        cropped,
        strides.map(() => 0),
        cropped.shape,
        strides,
      );
    };
    const back = x === undefined ? lax.reshape(unpadded(), aval!.shape) : null;
    if (value !== undefined) return [back, null];
    const all = range(ct!.ndim);
    return [back, lax.sub(lax.reduceSum(ct!, all), lax.reduceSum(back ?? unpadded(), all))];
  },
  batch: ([x, value], [axis, valueAxis], { low, high, interior }, size) => {
    const front = (p: readonly number[]): number[] => [0, ...p];
    if (valueAxis === null) {
      const padding = front(low).map((l, i): [number, number, number] => [l, front(high)[i]!, front(interior)[i]!]);
      return { outputs: [lax.pad(lax.moveAxis(x!, axis!, 0), value!, padding)], axes: [0] };
    }
    return padWithBatchedValue([x!, value!], axis!, { low, high, interior }, size);
  },
  gpu: {
    kind: 'indexed',
    value: (coordinates, read, { params, inputs }) => {
      const { low, interior } = params;
      const { shape } = inputs[0]!;
      if (sizeOf(shape) === 0) return read(1, []);
      const conditions: string[] = [];
      const positions = coordinates.map((c, i) => {
        const step = interior[i]! + 1;
        const shifted = low[i] === 0 ? `i32(${c})` : `(i32(${c}) - ${low[i]})`;
        conditions.push(
          `(${shifted} >= 0)`,
          step === 1 ? 'true' : `(${shifted} % ${step} == 0)`,
          `(${shifted} < ${(shape[i]! - 1) * step + 1})`,
        );
        return `u32(clamp(${shifted} / ${step}, 0, ${shape[i]! - 1}))`;
      });
      const inside = conditions.filter((condition) => condition !== 'true').join(' & ') || 'true';
      return `select(${read(1, [])}, ${read(0, positions)}, ${inside})`;
    },
  },
});

/** A fill value for each example: pads an index mask as well, and chooses by it. */
function padWithBatchedValue([x, value]: [NDArray, NDArray], axis: number | null, { low, high, interior }: PadParams, size: number) {
  const padding = low.map((l, i): [number, number, number] => [l, high[i]!, interior[i]!]);
  const inner = axis === null ? x.shape : x.shape.filter((_, i) => i !== axis);
  const mask = lax.pad(lax.full(inner, 1, 'int32'), lax.full([], 0, 'int32'), padding);
  const rows =
    axis === null
      ? lax.broadcastInDim(
          x,
          [size, ...inner],
          range(inner.length).map((i) => i + 1),
        )
      : lax.moveAxis(x, axis, 0);
  const padded = lax.pad(rows, lax.scalarLike(x, 0), [[0, 0, 0], ...padding]);
  const spread = lax.broadcastInDim(
    mask,
    padded.shape,
    range(inner.length).map((i) => i + 1),
  );
  const isInside = lax.eq(spread, lax.full([], 1, 'int32'));
  return { outputs: [lax.select(isInside, padded, lax.broadcastInDim(value, padded.shape, [0]))], axes: [0] };
}
