import { sizeOf } from '#linnet/core';
import type { CondParams } from '../primitives/cond';
import type { DotDimensions } from '../primitives/lax';
import type { Equation, Program } from '../trace/program';

/** Steps of work above which not doing a branch pays for keeping its kernels apart from others. */
const WORTH_GUARDING = 1e5;

/** Whether a branch has so much work in kernels of its own, or so little known an amount of it, that it should run only if it is taken. */
export const isWorthGuarding = (branch: Program): boolean => workOf(branch) > WORTH_GUARDING;

/** Multiplications or elements read in what cannot be fused into the choice between branches. */
const workOf = (program: Program): number => program.equations.reduce((sum, equation) => sum + workOfEquation(equation), 0);

function workOfEquation({ primitive, params, inputs, outputs }: Equation): number {
  const read = (): number => sizeOf(inputs[0]?.aval.shape ?? []);
  switch (primitive.gpu.kind) {
    case 'control':
      // A loop may never end when the other branch was meant.
      return primitive.name === 'cond' ? Math.max(...(params as unknown as CondParams).branches.map(workOf)) : Number.POSITIVE_INFINITY;
    case 'contraction': {
      const { contracting } = params as unknown as DotDimensions;
      const { shape } = inputs[0]!.aval;
      return contracting[0].reduce((product, axis) => product * shape[axis]!, sizeOf(outputs[0]!.aval.shape));
    }
    case 'kernel':
      if (primitive.name === 'conv') return sizeOf(outputs[0]!.aval.shape) * sizeOf(inputs[1]!.aval.shape.slice(0, -1));
      return read();
    case 'reduce':
      return read();
    default:
      return 0;
  }
}
