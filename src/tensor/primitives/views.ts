import { checkShape, formatShape, LinnetError, type Shape, sizeOf, stridesOf } from '#linnet/core';
import type { NDArray } from '../array';
import { formatAval, makeAval } from '../aval';
import { allocate, elementsOf, toHostArray } from '../elements';
import * as lax from './lax';
import { definePrimitive } from './primitive';
import { copyStrided } from './strided';

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const shapeError = (message: string): LinnetError => new LinnetError('ShapeError', message);

definePrimitive<{ shape: Shape; axes: readonly number[] }>({
  name: 'broadcastInDim',
  abstract: ([x], { shape, axes }) => {
    checkShape(shape);
    const fits = axes.length === x!.shape.length && axes.every((axis, i) => x!.shape[i] === shape[axis] || x!.shape[i] === 1);
    if (!fits) throw shapeError(`${formatAval(x!)} cannot be spread to ${formatShape(shape)} along axes ${formatShape(axes)}.`);
    return [makeAval(shape, x!.dtype, x!.weakType)];
  },
  jvp: (_primals, [t], { shape, axes }) => [t && lax.broadcastInDim(t, shape, axes)],
  transpose: ([ct], _inputs, { shape, axes }, [x]) => {
    const summed = range(shape.length).filter((axis) => {
      const from = axes.indexOf(axis);
      return from < 0 || (x!.shape[from] === 1 && shape[axis] !== 1);
    });
    return [lax.reshape(lax.reduceSum(ct!, summed), x!.shape)];
  },
  batch: ([x], [axis], { shape, axes }, size) => ({
    outputs: [lax.broadcastInDim(lax.moveAxis(x!, axis!, 0), [size, ...shape], [0, ...axes.map((a) => a + 1)])],
    axes: [0],
  }),
  cpu: ([x], { shape, axes }) => {
    const source = elementsOf(x!);
    const out = allocate(shape, x!.dtype);
    if (source.length === 1) out.fill(source[0]!);
    else {
      const from = stridesOf(x!.shape);
      const strides = range(shape.length).map((axis) => {
        const i = axes.indexOf(axis);
        return i < 0 || x!.shape[i] === 1 ? 0 : from[i]!;
      });
      copyStrided(source, out, shape, strides, 0);
    }
    return [toHostArray(out, shape, x!.dtype)];
  },
  gpu: {
    kind: 'indexed',
    isView: true,
    value: (coordinates, read, { params, inputs }) =>
      read(
        0,
        (params.axes as number[]).map((axis, i) => (inputs[0]!.shape[i] === 1 ? '0u' : coordinates[axis]!)),
      ),
  },
});

definePrimitive<{ shape: Shape }>({
  name: 'reshape',
  abstract: ([x], { shape }) => {
    checkShape(shape);
    if (sizeOf(shape) !== sizeOf(x!.shape)) {
      throw shapeError(
        `Cannot reshape ${formatAval(x!)} with ${sizeOf(x!.shape)} elements to ${formatShape(shape)} with ${sizeOf(shape)} elements.`,
      );
    }
    return [makeAval(shape, x!.dtype, x!.weakType)];
  },
  jvp: (_primals, [t], { shape }) => [t && lax.reshape(t, shape)],
  transpose: ([ct], _inputs, _params, [x]) => [lax.reshape(ct!, x!.shape)],
  batch: ([x], [axis], { shape }, size) => ({ outputs: [lax.reshape(lax.moveAxis(x!, axis!, 0), [size, ...shape])], axes: [0] }),
  cpu: ([x], { shape }) => [{ ...x!, shape }],
  gpu: { kind: 'indexed', isView: true, isReshape: true, value: (coordinates, read) => read(0, coordinates) },
});

definePrimitive<{ permutation: readonly number[] }>({
  name: 'transpose',
  abstract: ([x], { permutation }) => {
    const sorted = [...permutation].sort((a, b) => a - b);
    if (sorted.length !== x!.shape.length || sorted.some((axis, i) => axis !== i)) {
      throw shapeError(`${formatShape(permutation)} is not an order of the ${x!.shape.length} axes of ${formatAval(x!)}.`);
    }
    return [
      makeAval(
        permutation.map((axis) => x!.shape[axis]!),
        x!.dtype,
        x!.weakType,
      ),
    ];
  },
  jvp: (_primals, [t], { permutation }) => [t && lax.transpose(t, permutation)],
  transpose: ([ct], _inputs, { permutation }) => [lax.transpose(ct!, inverse(permutation))],
  batch: ([x], [axis], { permutation }) => ({
    outputs: [lax.transpose(lax.moveAxis(x!, axis!, 0), [0, ...permutation.map((a) => a + 1)])],
    axes: [0],
  }),
  cpu: ([x], { permutation }, [output]) => {
    const strides = stridesOf(x!.shape);
    const out = allocate(output!.shape, x!.dtype);
    copyStrided(
      elementsOf(x!),
      out,
      output!.shape,
      permutation.map((axis) => strides[axis]!),
      0,
    );
    return [toHostArray(out, output!.shape, x!.dtype)];
  },
  gpu: {
    kind: 'indexed',
    isView: true,
    value: (coordinates, read, { params }) =>
      read(
        0,
        inverse(params.permutation as number[]).map((axis) => coordinates[axis]!),
      ),
  },
});

const inverse = (permutation: readonly number[]): number[] => {
  const result = new Array<number>(permutation.length);
  permutation.forEach((axis, i) => {
    result[axis] = i;
  });
  return result;
};

interface SliceParams {
  readonly starts: readonly number[];
  readonly limits: readonly number[];
  readonly strides: readonly number[];
  readonly [key: string]: unknown;
}

definePrimitive<SliceParams>({
  name: 'slice',
  abstract: ([x], { starts, limits, strides }) => {
    const { shape } = x!;
    const fits = shape.every(
      (dim, i) => starts[i]! >= 0 && starts[i]! <= limits[i]! && limits[i]! <= dim && strides[i]! >= 1 && starts.length === shape.length,
    );
    if (!fits)
      throw shapeError(`Cannot slice ${formatAval(x!)} from ${formatShape(starts)} to ${formatShape(limits)} by ${formatShape(strides)}.`);
    return [
      makeAval(
        shape.map((_, i) => Math.ceil((limits[i]! - starts[i]!) / strides[i]!)),
        x!.dtype,
        x!.weakType,
      ),
    ];
  },
  jvp: (_primals, [t], { starts, limits, strides }) => [t && lax.slice(t, starts, limits, strides)],
  transpose: ([ct], _inputs, { starts, strides }, [x]) => {
    const padding = x!.shape.map((dim, i): [number, number, number] => {
      const length = ct!.shape[i]!;
      const covered = length === 0 ? 0 : (length - 1) * strides[i]! + 1;
      return [starts[i]!, dim - starts[i]! - covered, strides[i]! - 1];
    });
    return [lax.pad(ct!, lax.scalarLike(ct!, 0), padding)];
  },
  batch: ([x], [axis], { starts, limits, strides }, size) => ({
    outputs: [lax.slice(lax.moveAxis(x!, axis!, 0), [0, ...starts], [size, ...limits], [1, ...strides])],
    axes: [0],
  }),
  cpu: ([x], { starts, strides }, [output]) => {
    const from = stridesOf(x!.shape);
    const out = allocate(output!.shape, x!.dtype);
    const offset = starts.reduce((sum, start, i) => sum + start * from[i]!, 0);
    copyStrided(
      elementsOf(x!),
      out,
      output!.shape,
      from.map((stride, i) => stride * strides[i]!),
      offset,
    );
    return [toHostArray(out, output!.shape, x!.dtype)];
  },
  gpu: {
    kind: 'indexed',
    isView: true,
    value: (coordinates, read, { params }) =>
      read(
        0,
        coordinates.map((c, i) => affine(c, params.strides[i]!, params.starts[i]!)),
      ),
  },
});

/** `c * stride + start` as WGSL, without the parts that do nothing. */
const affine = (c: string, stride: number, start: number): string => {
  const scaled = stride === 1 ? c : `${c} * ${stride}u`;
  return start === 0 ? scaled : `(${scaled} + ${start}u)`;
};

interface PadParams {
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
    if (shape.some((dim) => !(dim >= 0))) throw shapeError(`Cannot pad ${formatAval(x!)} to ${formatShape(shape)}.`);
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
  cpu: ([x, value], { low, interior }, [output]) => {
    const source = elementsOf(x!);
    const out = allocate(output!.shape, x!.dtype);
    out.fill(elementsOf(value!)[0]!);
    const index = new Array<number>(x!.shape.length).fill(0);
    const strides = stridesOf(output!.shape);
    for (let i = 0; i < source.length; i++) {
      let at = 0;
      let inside = true;
      for (let axis = 0; axis < index.length; axis++) {
        const position = low[axis]! + index[axis]! * (interior[axis]! + 1);
        if (position < 0 || position >= output!.shape[axis]!) inside = false;
        at += position * strides[axis]!;
      }
      if (inside) out[at] = source[i]!;
      for (let axis = index.length - 1; axis >= 0 && ++index[axis]! === x!.shape[axis]!; axis--) index[axis] = 0;
    }
    return [toHostArray(out, output!.shape, x!.dtype)];
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
        conditions.push(`${shifted} >= 0`, step === 1 ? 'true' : `${shifted} % ${step} == 0`, `${shifted} < ${(shape[i]! - 1) * step + 1}`);
        return `u32(clamp(${shifted} / ${step}, 0, ${shape[i]! - 1}))`;
      });
      const inside = conditions.filter((condition) => condition !== 'true').join(' && ') || 'true';
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

definePrimitive<{ axes: readonly number[] }>({
  name: 'reverse',
  abstract: ([x]) => [makeAval(x!.shape, x!.dtype, x!.weakType)],
  jvp: (_primals, [t], { axes }) => [t && lax.reverse(t, axes)],
  transpose: ([ct], _inputs, { axes }) => [lax.reverse(ct!, axes)],
  batch: ([x], [axis], { axes }) => ({
    outputs: [
      lax.reverse(
        lax.moveAxis(x!, axis!, 0),
        axes.map((a) => a + 1),
      ),
    ],
    axes: [0],
  }),
  cpu: ([x], { axes }) => {
    const from = stridesOf(x!.shape);
    const out = allocate(x!.shape, x!.dtype);
    const offset = axes.reduce((sum, axis) => sum + Math.max(0, x!.shape[axis]! - 1) * from[axis]!, 0);
    copyStrided(
      elementsOf(x!),
      out,
      x!.shape,
      from.map((stride, axis) => (axes.includes(axis) ? -stride : stride)),
      offset,
    );
    return [toHostArray(out, x!.shape, x!.dtype)];
  },
  gpu: {
    kind: 'indexed',
    isView: true,
    value: (coordinates, read, { params, inputs }) =>
      read(
        0,
        coordinates.map((c, axis) => ((params.axes as number[]).includes(axis) ? `(${inputs[0]!.shape[axis]! - 1}u - ${c})` : c)),
      ),
  },
});
