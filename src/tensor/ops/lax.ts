import type { NDArray } from '../array';
import { type ConvParams, conv as convPrimitive, resolvePadding } from '../primitives/conv';
import { type DotDimensions, dotGeneral as dotPrimitive } from '../primitives/lax';
import { type ArrayLike, promoteDTypes } from './convert';

export { stopGradient } from '../primitives/lax';
export { cond, foriLoop, scan, switchBranch as switch, whileLoop } from './control';
/** `jax.lax`: control flow, and the general forms behind `jnp`. */
export { bitcast as bitcastConvertType, erf, erfc, erfInv, rsqrt } from './laxElementwise';
export { topK } from './sorting';

/** Product over the contracting axes; batch axes go together and come first. Like `jax.lax.dot_general`. */
export function dotGeneral(lhs: ArrayLike, rhs: ArrayLike, dimensions: DotDimensions): NDArray {
  const [a, b] = promoteDTypes([lhs, rhs], 'lax.dotGeneral') as [NDArray, NDArray];
  return dotPrimitive(a, b, dimensions);
}

export interface ConvOptions {
  readonly strides?: number | readonly number[];
  readonly padding?: 'SAME' | 'VALID' | readonly (readonly [number, number])[];
  readonly lhsDilation?: number | readonly number[];
  readonly rhsDilation?: number | readonly number[];
  readonly groups?: number;
}

/** Convolution of input [batch, ...spatial, channels] with a kernel [...window, channels / groups, features]; 'SAME' by default. Any number of spatial axes. */
export function conv(lhs: ArrayLike, rhs: ArrayLike, options: ConvOptions = {}): NDArray {
  const [a, b] = promoteDTypes([lhs, rhs], 'lax.conv') as [NDArray, NDArray];
  const rank = a.ndim - 2;
  const each = (value: number | readonly number[] = 1): readonly number[] =>
    typeof value === 'number' ? new Array<number>(rank).fill(value) : value;
  const strides = each(options.strides);
  const rhsDilation = each(options.rhsDilation);
  const padding = resolvePadding(options.padding ?? 'SAME', a.shape.slice(1, rank + 1), b.shape.slice(0, rank), strides, rhsDilation);
  const params: ConvParams = { strides, padding, lhsDilation: each(options.lhsDilation), rhsDilation, groups: options.groups ?? 1 };
  return convPrimitive(a, b, params);
}
