import { grad, jnp, type Array as NDArray, nn } from '#linnet/tensor';
import { readJsonFixture } from './fixtures';

const f = (values: number | number[]): NDArray => jnp.array(values as number[], 'float32');
const i = (values: number | number[]): NDArray => jnp.array(values as number[], 'int32');
const u = (values: number[]): NDArray => jnp.array(values, 'uint32');
const b = (values: boolean[]): NDArray => jnp.array(values, 'bool');
const [nan, inf] = [Number.NaN, Number.POSITIVE_INFINITY];
const odd = (): NDArray => f([3, nan, -inf, 0, inf, -0, nan, 1]);
const n7 = (): NDArray => i([7, -7, 7, -7, 0, 5, -5]);
const d7 = (): NDArray => i([3, 3, -3, -3, 3, 1, -1]);
const big = (): NDArray => f([-1e4, -200, -90, -20, -1, -0, 0, 1, 20, 90, 200, 1e4]);
const slope = (g: (x: NDArray) => NDArray): NDArray => slopeAt(g, big());
const slopeAt = (g: (x: NDArray) => NDArray, x: NDArray): NDArray => grad((y: NDArray) => g(y).sum())(x) as NDArray;

/** Calls where libraries tend to differ, by the names under which `numerics/edges.json` has what JAX gives. */
export const EDGE_CASES: Readonly<Record<string, () => NDArray>> = {
  sort: () => jnp.sort(odd()),
  argsort: () => jnp.argsort(odd()),
  argsortDesc: () => jnp.argsort(odd(), { descending: true }),
  sortDesc: () => jnp.sort(odd(), { descending: true }),
  argmax: () => jnp.argmax(odd()),
  argmin: () => jnp.argmin(odd()),
  max: () => jnp.max(odd()),
  min: () => jnp.min(odd()),
  argmaxTies: () => jnp.argmax(i([2, 5, 5, 1])),
  floorDivide: () => n7().floorDiv(d7()),
  mod: () => n7().mod(d7()),
  fmod: () => jnp.fmod(n7(), d7()),
  floorDivideF: () =>
    f([7, -7, 7, -7, 1, -1])
      .div(1)
      .floorDiv(f([2, 2, -2, -2, 0, 0])),
  modF: () => f([7, -7, 7, -7, 1, 5.5]).mod(f([2, 2, -2, -2, 0, inf])),
  takeFill: () => jnp.take(f([1, 2, 3]), i([0, -1, 3, -4, 2])),
  takeClip: () => jnp.take(f([1, 2, 3]), i([0, -1, 3, -4, 2]), { mode: 'clip' }),
  takeFillInt: () => jnp.take(i([1, 2, 3]), i([0, 3])),
  index: () => f([1, 2, 3]).get(i([0, -1, 3, -4])),
  atSet: () =>
    f([1, 2, 3])
      .at(i([0, -1, 3]))
      .set(9),
  atAdd: () =>
    f([1, 2, 3])
      .at(i([0, 0, -1, 5]))
      .add(1),
  atMax: () =>
    f([1, nan, 3])
      .at(i([0, 1, 2]))
      .max(f([nan, 5, 2])),
  sumEmpty: () => jnp.sum(f([])),
  prodEmpty: () => jnp.prod(f([])),
  meanEmpty: () => jnp.mean(f([])),
  anyEmpty: () => jnp.any(b([])),
  allEmpty: () => jnp.all(b([])),
  linspace: () => jnp.linspace(0, 1, 7),
  linspaceOne: () => jnp.linspace(3, 9, 1),
  arange: () => jnp.arange(0, 1, 0.3),
  wherePromote: () => jnp.where(b([true, false]), i([1, 2]), f([3, 4])),
  whereWeak: () => jnp.where(b([true, false]), i([1, 2]), 7),
  addBool: () => b([true, true]).add(b([true, false])),
  addBoolInt: () => b([true, false]).add(i([1, 2])),
  addIntUint: () => i([-1, 2]).add(u([1, 2])),
  sumBool: () => jnp.sum(b([true, true, false])),
  divInt: () => i([1, 2, 3]).div(i([2, 0, -3])),
  meanInt: () => jnp.mean(i([1, 2, 4])),
  varDdof: () => jnp.var(f([1, 2, 4, 8]), { ddof: 1 }),
  stdInt: () => jnp.std(i([1, 2, 4])),
  varOne: () => jnp.var(f([1]), { ddof: 1 }),
  cumsumBool: () => jnp.cumsum(b([true, true, false])),
  cumprodInt: () => jnp.cumprod(i([2, -3, 4])),
  cumsumNan: () => jnp.cumsum(odd()),
  cummaxNan: () => jnp.cummax(odd()),
  round: () => jnp.round(f([0.5, 1.5, 2.5, -0.5, -1.5, nan, inf])),
  sign: () => jnp.sign(f([-0, 0, nan, -inf, 3])),
  power: () => jnp.power(f([-2, -2, -8, 0, 0, 1, nan, -1]), f([3, 0.5, -1, 0, -1, nan, 0, inf])),
  powerInt: () => jnp.power(i([2, -3, 0, 5]), 3),
  clip: () => jnp.clip(odd(), -1, 2),
  maximum: () => jnp.maximum(odd(), f(1)),
  minimum: () => jnp.minimum(f(1), odd()),
  isclose: () => jnp.isclose(f([1, nan, inf, inf, 0]), f([1 + 1e-6, nan, inf, -inf, 1e-9])),
  isfinite: () => jnp.isfinite(odd()),
  softplus: () => nn.softplus(big()),
  logSigmoid: () => nn.logSigmoid(big()),
  sigmoid: () => nn.sigmoid(big()),
  gelu: () => nn.gelu(big()),
  geluExact: () => nn.gelu(big(), { approximate: false }),
  silu: () => nn.silu(big()),
  elu: () => nn.elu(big()),
  selu: () => nn.selu(big()),
  mish: () => nn.mish(big()),
  softmax: () => nn.softmax(big()),
  logSoftmax: () => nn.logSoftmax(big()),
  logsumexp: () => nn.logsumexp(big()),
  softmaxInf: () => nn.softmax(f([-inf, 0, 1])),
  logsumexpInf: () => nn.logsumexp(f([-inf, -inf])),
  gSoftplus: () => slope(nn.softplus),
  gLogSigmoid: () => slope(nn.logSigmoid),
  gSigmoid: () => slope(nn.sigmoid),
  gGelu: () => slope((x) => nn.gelu(x)),
  gGeluExact: () => slope((x) => nn.gelu(x, { approximate: false })),
  gSilu: () => slope(nn.silu),
  gElu: () => slope((x) => nn.elu(x)),
  gSelu: () => slope(nn.selu),
  gMish: () => slope(nn.mish),
  gRelu: () => slope(nn.relu),
  gRelu6: () => slope(nn.relu6),
  gAbs: () => slope(jnp.abs),
  gTanh: () => slope(jnp.tanh),
  gMaxTies: () => slopeAt((x) => x.max(), f([1, 3, 3, 2])),
  gMaximum: () => slopeAt((x) => jnp.maximum(x, f([1, 1, 1])), f([0, 1, 2])),
  gSort: () => slopeAt((x) => jnp.sort(x).mul(f([1, 2, 3])), f([3, 1, 2])),
  gProdZero: () => slopeAt((x) => jnp.prod(x), f([2, 0, 5])),
  gClip: () => slopeAt((x) => jnp.clip(x, 0, 1), f([-1, 0, 0.5, 1, 2])),
  gSqrt0: () => slopeAt(jnp.sqrt, f([0, 4])),
  gNorm0: () => slopeAt((x) => jnp.linalg.norm(x), f([0, 0])),
  gPow0: () => slopeAt((x) => x.pow(2), f([0, -3])),
  searchsorted: () => jnp.searchsorted(f([1, 2, 2, 3]), f([0, 2, 2.5, 9, nan])),
  searchsortedR: () => jnp.searchsorted(f([1, 2, 2, 3]), f([0, 2, 2.5, 9]), { side: 'right' }),
  oneHot: () => nn.oneHot(i([0, 2, -1, 5]), 3),
  castInt: () => f([1.9, -1.9, 0.5, -0]).astype('int32'),
  castSat: () => f([3e9, -3e9, nan, inf]).astype('int32'),
  castUint: () => f([3e9, 1.5, 0]).astype('uint32'),
  rightShift: () => jnp.rightShift(i([-8, 8]), 1),
  absMin: () => jnp.abs(i([-2147483648, -5])),
  intOverflow: () => i([2147483647]).add(1),
  expm1: () => jnp.expm1(f([1e-7, -1e-7, 100, -100])),
  log1p: () => jnp.log1p(f([-1, -2, 1e-7, inf])),
  nanToNum: () => jnp.nanToNum(odd()),
};

interface Golden {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: readonly (number | string)[];
}

const numberOf = (value: number | string): number => (typeof value === 'string' ? Number(value.replace('inf', 'Infinity')) : value);

/** The case `name` as Linnet and as JAX have it: dtype, shape, and the first element that differs by more than 4e-6 of itself, if any. */
export async function compareEdge(name: string): Promise<{ found: unknown; expected: unknown }> {
  const { cases } = await readJsonFixture<{ cases: Record<string, Golden> }>('numerics/edges.json');
  const golden = cases[name]!;
  const array = EDGE_CASES[name]!();
  const data = Array.from((await array.data()) as ArrayLike<number>, Number);
  const wanted = golden.values.map(numberOf);
  // What underflows on one side may be the smallest number on the other.
  const isSame = (x: number, y: number): boolean => x === y || Object.is(x, y) || Math.abs(x - y) <= 4e-6 * Math.abs(y) + 1e-37;
  const worst = wanted.findIndex((value, k) => !isSame(data[k]!, value));
  const head = [`${name}: ${array.dtype}[${array.shape}] of ${data.length}`, worst];
  return {
    found: [...head, worst < 0 ? 0 : data[worst]],
    expected: [`${name}: ${golden.dtype}[${golden.shape}] of ${wanted.length}`, -1, worst < 0 ? 0 : wanted[worst]],
  };
}
