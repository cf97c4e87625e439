/** `jnp`: NumPy's functions on arrays of the device, as JAX names them. */
export * from './creation';
export * from './einsum';
export {
  abs,
  abs as absolute,
  add,
  arccos,
  arccosh,
  arcsin,
  arcsinh,
  arctan,
  arctan2,
  arctanh,
  astype,
  bitwiseAnd,
  bitwiseNot,
  bitwiseOr,
  bitwiseXor,
  cbrt,
  ceil,
  clip,
  cos,
  cosh,
  degrees,
  divide,
  equal,
  exp,
  exp2,
  expm1,
  floor,
  floorDivide,
  fmod,
  greater,
  greaterEqual,
  hypot,
  isfinite,
  isinf,
  isnan,
  leftShift,
  less,
  lessEqual,
  log,
  log1p,
  log2,
  log10,
  logaddexp,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  maximum,
  minimum,
  mod,
  multiply,
  nanToNum,
  negative,
  notEqual,
  positive,
  pow,
  power,
  radians,
  reciprocal,
  remainder,
  rightShift,
  round,
  select,
  sign,
  sin,
  sinh,
  sqrt,
  square,
  subtract,
  tan,
  tanh,
  trueDivide,
  trunc,
  where,
} from './elementwise';
export { choose, get, take, takeAlongAxis } from './indexing';
export * as linalg from './linalg';
export * from './linearAlgebra';
export {
  all,
  allclose,
  any,
  argmax,
  argmin,
  arrayEqual,
  average,
  countNonzero,
  isclose,
  max,
  mean,
  min,
  nanmax,
  nanmean,
  nanmin,
  nansum,
  prod,
  ptp,
  std,
  sum,
  variance as var,
} from './reductions';
export * from './shapes';
export { argsort, cummax, cummin, cumprod, cumsum, diff, searchsorted, sort } from './sorting';
export const { E: e, PI: pi } = Math;
export const inf: number = Number.POSITIVE_INFINITY;
export const nan: number = Number.NaN;
export const newaxis: null = null;

/** dtypes, as in `jnp.zeros([2], jnp.int32)`. */
export const float32 = 'float32';
export const float16 = 'float16';
export const int32 = 'int32';
export const uint32 = 'uint32';
export const bool = 'bool';
