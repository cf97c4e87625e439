import { checkShape, formatShape, LinnetError, type Shape, sizeOf } from '#linnet/core';
import { formatAval, makeAval } from '../aval';
import * as lax from './lax';
import { definePrimitive } from './primitive';

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

/** Where a slice starts, where it ends, and its steps, for each axis. */
export interface SliceParams {
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
