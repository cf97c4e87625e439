import { formatShape, LinnetError, sizeOf } from '#linnet/core';
import type { NDArray } from '../array';
import { formatAval, makeAval } from '../aval';
import { checkDType, withBatchAxis } from './elementwise';
import * as lax from './lax';
import { definePrimitive } from './primitive';

/** Geometry of a convolution; lists have one entry per spatial axis. */
export interface ConvParams {
  readonly strides: readonly number[];
  /** Zeros before and after; negative crops. */
  readonly padding: readonly (readonly [number, number])[];
  /** Spacing of input elements (transposed convolutions); 1 is none. */
  readonly lhsDilation: readonly number[];
  /** Spacing of kernel elements (atrous convolutions); 1 is none. */
  readonly rhsDilation: readonly number[];
  /** Groups of channels that do not see each other. */
  readonly groups: number;
  readonly [key: string]: unknown;
}

/** Input [batch, ...spatial, channels], kernel [...window, channels / groups, features]; result [batch, ...spatial, features]. */
export const conv = (lhs: NDArray, rhs: NDArray, params: ConvParams): NDArray => lax.apply('conv', [lhs, rhs], params);

/** Length of `n` elements with `dilation - 1` gaps between. */
const dilated = (n: number, dilation: number): number => (n === 0 ? 0 : (n - 1) * dilation + 1);

/** Lengths of the result's spatial axes. */
function convSpatial(lhs: readonly number[], rhs: readonly number[], { strides, padding, lhsDilation, rhsDilation }: ConvParams): number[] {
  return strides.map((stride, i) => {
    const [low, high] = padding[i]!;
    const room = dilated(lhs[i + 1]!, lhsDilation[i]!) + low + high - dilated(rhs[i]!, rhsDilation[i]!);
    return room < 0 ? 0 : Math.floor(room / stride) + 1;
  });
}

definePrimitive<ConvParams>({
  name: 'conv',
  abstract: ([lhs, rhs], params) => {
    const rank = params.strides.length;
    const { groups } = params;
    const [channels, perGroup, features] = [lhs!.shape[rank + 1], rhs!.shape[rank], rhs!.shape[rank + 1]];
    const fits =
      lhs!.shape.length === rank + 2 && rhs!.shape.length === rank + 2 && channels === perGroup! * groups && features! % groups === 0;
    if (!fits || lhs!.dtype !== rhs!.dtype) {
      throw new LinnetError(
        'ShapeError',
        `Cannot convolve ${formatAval(lhs!)} with ${formatAval(rhs!)} in ${groups} group(s) over ${rank} spatial axes: input [batch, ...spatial, channels] and kernel [...window, channels / groups, features] of one dtype are needed.`,
      );
    }
    checkDType('conv', lhs!, 'number');
    return [makeAval([lhs!.shape[0]!, ...convSpatial(lhs!.shape, rhs!.shape, params), features!], lhs!.dtype)];
  },
  jvp: ([lhs, rhs], [t, u], params) => {
    const left = t && conv(t, rhs!, params);
    const right = u && conv(lhs!, u, params);
    return [left && right ? lax.add(left, right) : (left ?? right)];
  },
  transpose: ([ct], [lhs, rhs], params, [lhsAval, rhsAval]) => [
    lhs === undefined ? inputGradient(ct!, rhs!, lhsAval!.shape, params) : null,
    rhs === undefined ? kernelGradient(ct!, lhs!, rhsAval!.shape, params) : null,
  ],
  batch: ([lhs, rhs], [lhsAxis, rhsAxis], params, size) => {
    if (rhsAxis === null) return batchInput(lax.moveAxis(lhs!, lhsAxis!, 0), rhs!, params);
    return batchBoth(withBatchAxis(lhs!, lhsAxis!, size), lax.moveAxis(rhs!, rhsAxis!, 0), params);
  },
  gpu: { kind: 'kernel', kernel: 'conv' },
});

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Cotangent of the input: the cotangent, spread by the strides, convolved with the mirrored kernel. */
function inputGradient(ct: NDArray, rhs: NDArray, lhsShape: readonly number[], params: ConvParams): NDArray {
  const { strides, padding, lhsDilation, rhsDilation, groups } = params;
  const rank = strides.length;
  const window = rhs.shape.slice(0, rank);
  const [perGroup, features] = rhs.shape.slice(rank) as [number, number];
  const mirrored = lax.reverse(rhs, range(rank));
  const split = lax.reshape(mirrored, [...window, perGroup, groups, features / groups]);
  const swapped = lax.transpose(split, [...range(rank), rank + 2, rank + 1, rank]);
  const kernel = lax.reshape(swapped, [...window, features / groups, groups * perGroup]);
  const paddingBack = strides.map((stride, i): [number, number] => {
    const low = dilated(window[i]!, rhsDilation[i]!) - 1 - padding[i]![0];
    const [whole, spreadCt] = [dilated(lhsShape[i + 1]!, lhsDilation[i]!), dilated(ct.shape[i + 1]!, stride)];
    return [low, whole - spreadCt + padding[i]![0]];
  });
  return conv(ct, kernel, { strides: lhsDilation, padding: paddingBack, lhsDilation: strides, rhsDilation, groups });
}

/** Cotangent of the kernel: the input convolved with the cotangent, batch and channels changing roles. */
function kernelGradient(ct: NDArray, lhs: NDArray, rhsShape: readonly number[], params: ConvParams): NDArray {
  const { strides, padding, lhsDilation, rhsDilation, groups } = params;
  const rank = strides.length;
  const [batch, channels] = [lhs.shape[0]!, lhs.shape[rank + 1]!];
  const spatial = lhs.shape.slice(1, rank + 1);
  const spatialAxes = spatial.map((_, i) => i + 1);
  const split = lax.reshape(lhs, [batch, ...spatial, groups, channels / groups]);
  const turned = lax.transpose(split, [rank + 2, ...spatialAxes, rank + 1, 0]);
  const input = lax.reshape(turned, [channels / groups, ...spatial, groups * batch]);
  const kernel = lax.transpose(ct, [...spatialAxes, 0, rank + 1]);
  const paddingBack = strides.map((stride, i): [number, number] => {
    const [low] = padding[i]!;
    const needed = dilated(rhsShape[i]!, rhsDilation[i]!) - 1 + dilated(ct.shape[i + 1]!, stride);
    return [low, needed - dilated(lhs.shape[i + 1]!, lhsDilation[i]!) - low];
  });
  const product = conv(input, kernel, { strides: rhsDilation, padding: paddingBack, lhsDilation, rhsDilation: strides, groups });
  return lax.transpose(product, [...spatialAxes, 0, rank + 1]);
}

/** Batches of inputs with one kernel: more examples. */
function batchInput(lhs: NDArray, rhs: NDArray, params: ConvParams) {
  const [size, examples, ...rest] = lhs.shape as [number, number, ...number[]];
  const output = conv(lax.reshape(lhs, [size * examples, ...rest]), rhs, params);
  return { outputs: [lax.reshape(output, [size, examples, ...output.shape.slice(1)])], axes: [0] };
}

/** A kernel for each example of the batch: more groups. */
function batchBoth(lhs: NDArray, rhs: NDArray, params: ConvParams) {
  const rank = params.strides.length;
  const size = lhs.shape[0]!;
  const channelsLast = lax.moveAxis(lhs, 0, rank + 1);
  const input = lax.reshape(channelsLast, [...channelsLast.shape.slice(0, rank + 1), size * channelsLast.shape[rank + 2]!]);
  const featuresLast = lax.moveAxis(rhs, 0, rank + 1);
  const features = featuresLast.shape[rank + 2]!;
  const kernel = lax.reshape(featuresLast, [...featuresLast.shape.slice(0, rank + 1), size * features]);
  const output = conv(input, kernel, { ...params, groups: params.groups * size });
  return { outputs: [lax.reshape(output, [...output.shape.slice(0, rank + 1), size, features])], axes: [rank + 1] };
}

/** Padding by name: 'SAME' keeps ceil(n / stride), 'VALID' adds nothing. */
export function resolvePadding(
  padding: 'SAME' | 'VALID' | readonly (readonly [number, number])[],
  spatial: readonly number[],
  window: readonly number[],
  strides: readonly number[],
  rhsDilation: readonly number[],
): (readonly [number, number])[] {
  if (Array.isArray(padding)) return [...padding];
  if (padding === 'VALID') return spatial.map(() => [0, 0] as const);
  if (padding === 'SAME') {
    return spatial.map((n, i) => {
      const total = Math.max(0, (Math.ceil(n / strides[i]!) - 1) * strides[i]! + dilated(window[i]!, rhsDilation[i]!) - n);
      return [Math.floor(total / 2), Math.ceil(total / 2)] as const;
    });
  }
  throw new LinnetError(
    'InvalidArgumentError',
    `Padding "${String(padding)}" is not known; use 'SAME', 'VALID' or pairs for spatial axes ${formatShape(spatial)} (${sizeOf(spatial)} elements).`,
  );
}
