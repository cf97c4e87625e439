import type { HostArray } from '#linnet/core';
import { type Aval, primitiveOps as lax, type NDArray, valueAndGrad } from '#linnet/tensor';
import { traceProgram } from '../tensor/trace/builder';
import type { Program } from '../tensor/trace/program';
import { f32, i32, numbers } from './kernelCheck';

/** The step of a net with biases, softmax cross-entropy and Adam, written with primitives only. */
export interface StepProgram {
  /** Inputs: parameters, first and second moments, step count, then x and labels. Outputs: the first four anew, and the loss. */
  readonly program: Program;
  readonly inputs: readonly HostArray[];
  /** How many of the inputs are state. */
  readonly stateCount: number;
}

export type Activation = 'relu' | 'tanh' | 'logistic';

const activate = (z: NDArray, activation: Activation): NDArray =>
  activation === 'relu' ? lax.max(z, lax.scalarLike(z, 0)) : lax.apply(activation, [z]);

/** Mean softmax cross-entropy of a net on rows `x` with integer labels `y`. */
export function netLoss(params: readonly NDArray[], x: NDArray, y: NDArray, activation: Activation): NDArray {
  let h = x;
  for (let i = 0; i < params.length; i += 2) {
    const product = lax.dotGeneral(h, params[i]!, { contracting: [[1], [0]], batch: [[], []] });
    const z = lax.add(product, lax.broadcastInDim(params[i + 1]!, product.shape, [1]));
    h = i + 2 < params.length ? activate(z, activation) : z;
  }
  const rows = (r: NDArray): NDArray => lax.broadcastInDim(r, h.shape, [0]);
  const shifted = lax.sub(h, rows(lax.stopGradient(lax.reduce('reduceMax', h, [1]))));
  const oneHot = lax.cast(lax.eq(rows(y), lax.iota(h.shape, 1, 'int32')), 'float32');
  const losses = lax.sub(lax.log(lax.reduceSum(lax.exp(shifted), [1])), lax.reduceSum(lax.mul(oneHot, shifted), [1]));
  return lax.div(lax.reduceSum(losses, [0]), lax.scalarLike(losses, losses.shape[0]!));
}

/** One step of Adam on `state` (parameters, moments, count), and the loss before it. */
export function adamStep(state: readonly NDArray[], x: NDArray, y: NDArray, activation: Activation): NDArray[] {
  const n = (state.length - 1) / 3;
  const [params, means, squares] = [state.slice(0, n), state.slice(n, 2 * n), state.slice(2 * n, 3 * n)];
  const [loss, grads] = valueAndGrad((p: NDArray[]) => netLoss(p, x, y, activation))(params) as [NDArray, NDArray[]];
  const count = lax.add(state.at(-1)!, lax.scalarLike(state.at(-1)!, 1));
  const t = lax.cast(count, 'float32');
  const correction = (decay: number): NDArray => lax.sub(lax.scalarLike(t, 1), lax.pow(lax.scalarLike(t, decay), t));
  const [c1, c2] = [correction(0.9), correction(0.999)];
  const moments = grads.map((g, i) => {
    const by = (value: number): NDArray => lax.scalarLike(g, value);
    const mean = lax.add(lax.mul(means[i]!, by(0.9)), lax.mul(g, by(0.1)));
    const square = lax.add(lax.mul(squares[i]!, by(0.999)), lax.mul(lax.mul(g, g), by(0.001)));
    const spread = (s: NDArray): NDArray => lax.broadcastInDim(s, g.shape, []);
    const direction = lax.div(lax.div(mean, spread(c1)), lax.add(lax.sqrt(lax.div(square, spread(c2))), by(1e-8)));
    return { param: lax.sub(params[i]!, lax.mul(direction, by(0.001))), mean, square };
  });
  return [...moments.map((m) => m.param), ...moments.map((m) => m.mean), ...moments.map((m) => m.square), count, loss];
}

/** The step of a net of layer sizes `dims` on a fixed batch, with starting values from a fixed generator. */
export function stepProgram(dims: readonly number[], batch: number, activation: Activation = 'relu'): StepProgram {
  const shapes = dims.slice(1).flatMap((n, i) => [[dims[i]!, n], [n]]);
  const weights = shapes.map((shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return shape.length === 1
      ? f32(shape, new Float32Array(size))
      : f32(
          shape,
          numbers(size, size).map((x) => x / (2 * Math.sqrt(shape[0]!))),
        );
  });
  const zeros = shapes.map((shape) => f32(shape, new Float32Array(shape.reduce((a, b) => a * b, 1))));
  const labels = Array.from({ length: batch }, (_, i) => (i * 7) % dims.at(-1)!);
  const inputs = [...weights, ...zeros, ...zeros, i32([], [0]), f32([batch, dims[0]!]), i32([batch], labels)];
  const avals = inputs.map((x): Aval => ({ shape: x.shape, dtype: x.dtype as Aval['dtype'], weakType: false }));
  const { program } = traceProgram((xs) => adamStep(xs.slice(0, -2), xs.at(-2)!, xs.at(-1)!, activation), avals);
  return { program, inputs, stateCount: inputs.length - 2 };
}

/** The same step, run `length` times by a scan: inputs x, labels, then the state; outputs the state and all losses. */
export function scanProgram(dims: readonly number[], batch: number, length: number): StepProgram {
  const { inputs, stateCount } = stepProgram(dims, batch);
  const ordered = [...inputs.slice(-2), ...inputs.slice(0, -2)];
  const avals = ordered.map((x): Aval => ({ shape: x.shape, dtype: x.dtype as Aval['dtype'], weakType: false }));
  const body = traceProgram((xs) => adamStep(xs.slice(2), xs[0]!, xs[1]!, 'relu'), avals).program;
  const params = { body, length, reverse: false, numConsts: 2, numCarry: stateCount };
  return { program: traceProgram((xs) => lax.applyAll('scan', xs, params), avals).program, inputs: ordered, stateCount };
}
