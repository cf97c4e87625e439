import { LinnetError, normalizeAxes, type Shape, sizeOf } from '#linnet/core';
import { jnp, type NDArray } from '#linnet/tensor';
import { normal as drawNormal, truncatedNormal as drawTruncated, uniform as drawUniform, type FloatDType } from './floats';
import { orthogonal as drawOrthogonal } from './orthogonal';

/** Makes the first values of a parameter from a key (Flax's Initializer). */
export type Initializer = (key: NDArray, shape: Shape, dtype?: FloatDType) => NDArray;

const { fround } = Math;
/** Standard deviation of a standard normal truncated to (-2, 2). */
const TRUNCATED_DEVIATION = fround(0.87962566103423978);

/** All zeros. The key is not used. */
export const zeros: Initializer = (_, shape, dtype = 'float32') => jnp.zeros([...shape], dtype);
/** All ones. The key is not used. */
export const ones: Initializer = (_, shape, dtype = 'float32') => jnp.ones([...shape], dtype);
export const zerosInit = (): Initializer => zeros;
export const onesInit = (): Initializer => ones;

/** Every element `value`. */
export const constant =
  (value: number): Initializer =>
  (_, shape, dtype = 'float32') =>
    jnp.full([...shape], value, dtype);

/** Uniform in [0, scale). */
export const uniform =
  (scale = 0.01): Initializer =>
  (key, shape, dtype = 'float32') =>
    drawUniform(key, shape, dtype).mul(scale);

/** Normal with deviation `stddev`. */
export const normal =
  (stddev = 0.01): Initializer =>
  (key, shape, dtype = 'float32') =>
    drawNormal(key, shape, dtype).mul(stddev);

/** Normal truncated to (lower, upper) deviations, times `stddev`; the deviation lost by cutting is not made up for. */
export const truncatedNormal =
  (stddev = 0.01, { lower = -2, upper = 2 }: { readonly lower?: number; readonly upper?: number } = {}): Initializer =>
  (key, shape, dtype = 'float32') =>
    drawTruncated(key, lower, upper, shape, dtype).mul(stddev);

export interface FanOptions {
  /** Axes that count as inputs, -2. */
  readonly inAxis?: number | readonly number[];
  /** Axes that count as outputs, -1. */
  readonly outAxis?: number | readonly number[];
  /** Axes that are neither. */
  readonly batchAxis?: number | readonly number[];
}

export type FanMode = 'fan_in' | 'fan_out' | 'fan_avg' | 'fan_geo_avg';
export type FanDistribution = 'truncated_normal' | 'normal' | 'uniform';

/** Inputs and outputs of one unit; axes that are neither make the receptive field and count for both. */
function fans(shape: Shape, { inAxis = -2, outAxis = -1, batchAxis = [] }: FanOptions): { fanIn: number; fanOut: number } {
  if (shape.length < 2) {
    throw new LinnetError(
      'ShapeError',
      `Variance scaling needs inputs and outputs: a shape of two axes or more; [${shape.join(', ')}] was given.`,
    );
  }
  const count = (axes: number | readonly number[]) => normalizeAxes(axes, shape.length).reduce((size, axis) => size * shape[axis]!, 1);
  const [inputs, outputs] = [count(inAxis), count(outAxis)];
  const field = sizeOf(shape) / inputs / outputs / count(batchAxis);
  return { fanIn: inputs * field, fanOut: outputs * field };
}

function fanOf(mode: FanMode, fanIn: number, fanOut: number): number {
  if (mode === 'fan_in') return fanIn;
  if (mode === 'fan_out') return fanOut;
  return mode === 'fan_avg' ? (fanIn + fanOut) / 2 : Math.sqrt(fanIn * fanOut);
}

/** Samples whose variance is `scale` over the fan, so that signals keep their size through layers. */
export function varianceScaling(scale: number, mode: FanMode, distribution: FanDistribution, options: FanOptions = {}): Initializer {
  return (key, shape, dtype = 'float32') => {
    const { fanIn, fanOut } = fans(shape, options);
    const variance = fround(scale / Math.max(1, fanOf(mode, fanIn, fanOut)));
    const deviation = fround(Math.sqrt(variance));
    if (distribution === 'normal') return drawNormal(key, shape, dtype).mul(deviation);
    if (distribution === 'truncated_normal') return drawTruncated(key, -2, 2, shape, dtype).mul(fround(deviation / TRUNCATED_DEVIATION));
    return drawUniform(key, shape, { dtype, minval: -1, maxval: 1 }).mul(fround(Math.sqrt(fround(3 * variance))));
  };
}

/** LeCun: variance 1 / fan_in. The default of Linear and Conv is `lecunNormal`. */
export const lecunNormal = (options?: FanOptions): Initializer => varianceScaling(1, 'fan_in', 'truncated_normal', options);
export const lecunUniform = (options?: FanOptions): Initializer => varianceScaling(1, 'fan_in', 'uniform', options);
/** He: variance 2 / fan_in, for rectifiers. */
export const heNormal = (options?: FanOptions): Initializer => varianceScaling(2, 'fan_in', 'truncated_normal', options);
export const heUniform = (options?: FanOptions): Initializer => varianceScaling(2, 'fan_in', 'uniform', options);
/** Glorot: variance 1 / mean of fan_in and fan_out. */
export const glorotNormal = (options?: FanOptions): Initializer => varianceScaling(1, 'fan_avg', 'truncated_normal', options);
export const glorotUniform = (options?: FanOptions): Initializer => varianceScaling(1, 'fan_avg', 'uniform', options);
/** JAX's other names for the same. */
export const kaimingNormal = (options?: FanOptions): Initializer => heNormal(options);
export const kaimingUniform = (options?: FanOptions): Initializer => heUniform(options);
export const xavierNormal = (options?: FanOptions): Initializer => glorotNormal(options);
export const xavierUniform = (options?: FanOptions): Initializer => glorotUniform(options);

/** Orthonormal rows or columns (whichever are fewer) along `columnAxis`, times `scale`. */
export function orthogonal(scale = 1, { columnAxis = -1 }: { readonly columnAxis?: number } = {}): Initializer {
  return (key, shape, dtype = 'float32') => {
    if (shape.length < 2) {
      throw new LinnetError('ShapeError', `An orthogonal matrix needs two axes or more; [${shape.join(', ')}] was given.`);
    }
    const columns = shape.at(columnAxis)!;
    const rows = sizeOf(shape) / columns;
    const others = shape.filter((_, axis) => axis !== normalizeAxes(columnAxis, shape.length)[0]);
    const matrix = drawOrthogonal(key, rows, { m: columns }).reshape([...others, columns]);
    return jnp.moveaxis(matrix, -1, columnAxis).mul(scale).astype(dtype);
  };
}

/** An orthogonal matrix in the middle of a convolution kernel, zeros elsewhere. */
export function deltaOrthogonal(scale = 1, options: { readonly columnAxis?: number } = {}): Initializer {
  return (key, shape, dtype = 'float32') => {
    const [inputs, outputs] = shape.slice(-2) as [number, number];
    if (shape.length < 3 || shape.length > 5 || outputs < inputs) {
      throw new LinnetError(
        'ShapeError',
        `deltaOrthogonal needs a kernel of 3 to 5 axes with at least as many outputs as inputs; [${shape.join(', ')}] was given.`,
      );
    }
    const middle = shape.slice(0, -2).map((size) => Math.floor((size - 1) / 2));
    const matrix = orthogonal(scale, options)(key, [inputs, outputs], dtype);
    const padding = [...middle.map((at, axis) => [at, shape[axis]! - 1 - at] as const), [0, 0] as const, [0, 0] as const];
    return jnp.pad(matrix.reshape([...middle.map(() => 1), inputs, outputs]), padding);
  };
}
