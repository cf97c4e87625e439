import type { NDArray } from '../array';
import { jvpFlat, vjpFlat } from '../autodiff/linearize';
import { type Aval, isFloatAval } from '../aval';
import { traceClosed } from '../trace/builder';
import { evaluate } from '../trace/evaluate';
import type { Program } from '../trace/program';
import { withTrace } from '../trace/tracer';
import { BatchTrace } from '../vmap/batchTrace';
import { withBatchAxis } from './elementwise';
import * as lax from './lax';

/** Which of `avals` have tangents. */
export const floating = (avals: readonly { readonly aval: Aval }[]): boolean[] => avals.map(({ aval }) => isFloatAval(aval));

/** Only those values whose flag is set. */
export const pick = <T>(values: readonly T[], flags: readonly boolean[]): T[] => values.filter((_, i) => flags[i]);

/** One value for each flag that is set, null for the others. */
export function unpick<T>(values: readonly T[], flags: readonly boolean[]): (T | null)[] {
  let next = 0;
  return flags.map((flag) => (flag ? values[next++]! : null));
}

/** Tangents with zeros written out, for the floating ones among `primals`. */
export const fillTangents = (primals: readonly NDArray[], tangents: readonly (NDArray | null)[]): NDArray[] =>
  pick(
    primals.map((primal, i) => tangents[i] ?? lax.zerosLike(primal)),
    floating(primals),
  );

/** From primals, then tangents of the floating ones, to outputs, then tangents of the floating outputs. */
export function jvpProgram(program: Program): Program {
  const flags = floating(program.inputs);
  const avals = program.inputs.map((input) => input.aval);
  const outputFlags = floating(program.outputs);
  return traceClosed(
    (inputs) => {
      const primals = inputs.slice(0, avals.length);
      const tangents = unpick(inputs.slice(avals.length), flags);
      const result = jvpFlat((values) => evaluate(program, values), primals, tangents);
      const filled = result.tangents.map((tangent, i) => tangent ?? lax.zerosLike(result.outputs[i]!));
      return [...result.outputs, ...pick(filled, outputFlags)];
    },
    [...avals, ...pick(avals, flags)],
    'jvp',
  );
}

/** From inputs, then cotangents of the floating outputs, to cotangents of the floating inputs. */
export function vjpProgram(program: Program): Program {
  const avals = program.inputs.map((input) => input.aval);
  const outputFlags = floating(program.outputs);
  const cotangentAvals = pick(
    program.outputs.map((output) => output.aval),
    outputFlags,
  );
  return traceClosed(
    (inputs) => {
      const primals = inputs.slice(0, avals.length);
      const { backward } = vjpFlat((values) => evaluate(program, values), primals);
      const cotangents = backward(unpick(inputs.slice(avals.length), outputFlags));
      return fillTangents(primals, cotangents);
    },
    [...avals, ...cotangentAvals],
    'grad',
  );
}

/** The program on batches: inputs with a flag have the batch in front, as have all outputs. */
export function batchProgram(program: Program, batched: readonly boolean[], size: number): Program {
  const avals = program.inputs.map(({ aval }, i) => (batched[i] ? { ...aval, shape: [size, ...aval.shape] } : aval));
  return traceClosed(
    (inputs) => {
      const trace = new BatchTrace(size);
      return withTrace(trace, false, () =>
        evaluate(
          program,
          inputs.map((input, i) => trace.join(input, batched[i] ? 0 : null)),
        ).map((output) => withBatchAxis(...trace.split(output), size)),
      );
    },
    avals,
    'vmap',
  );
}
