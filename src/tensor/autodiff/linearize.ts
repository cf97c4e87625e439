import { isFloatArray, type NDArray } from '../array';
import * as lax from '../primitives/lax';
import { withTrace } from '../trace/tracer';
import { JvpTrace } from './jvpTrace';
import { LinearizeTrace, Tape } from './tape';

type Fun = (inputs: readonly NDArray[]) => readonly NDArray[];

/** Outputs of `f` and their derivatives along `tangents` (null = zero), on flat lists of arrays. */
export function jvpFlat(
  f: Fun,
  primals: readonly NDArray[],
  tangents: readonly (NDArray | null)[],
): { outputs: NDArray[]; tangents: (NDArray | null)[] } {
  const trace = new JvpTrace();
  return withTrace(trace, false, () => {
    const results = f(primals.map((primal, i) => trace.join(primal, tangents[i] ?? null))).map((result) => trace.split(result));
    return { outputs: results.map(([primal]) => primal), tangents: results.map(([, tangent]) => tangent) };
  });
}

/** Outputs of `f`, and the function from their cotangents to those of the inputs (null = zero; also for inputs that are not floating). */
export function vjpFlat(
  f: Fun,
  primals: readonly NDArray[],
): { outputs: NDArray[]; backward: (cts: readonly (NDArray | null)[]) => (NDArray | null)[] } {
  const tape = new Tape();
  const { inputs, results } = withTrace(tape, false, () => {
    const trace = new LinearizeTrace(tape);
    const tangents = primals.map((primal) => (isFloatArray(primal) ? tape.input(primal) : null));
    const outputs = withTrace(trace, false, () =>
      f(primals.map((primal, i) => trace.join(primal, tangents[i]!))).map((result) => trace.split(result)),
    );
    return { inputs: tangents, results: outputs };
  });
  const floating = inputs.filter((input) => input !== null);
  return {
    outputs: results.map(([primal]) => primal),
    backward: (cotangents) => {
      const spread = cotangents.map((ct, i) => ct ?? lax.zerosLike(results[i]![0]));
      const found = tape.backward(
        floating,
        results.map(([, tangent]) => tangent),
        spread,
      );
      let next = 0;
      return inputs.map((input) => (input === null ? null : found[next++]!));
    },
  };
}
