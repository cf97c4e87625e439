import { LinnetError } from '#linnet/core';
import type { NDArray } from '../array';
import { formatAval } from '../aval';
import { evaluate } from '../trace/evaluate';
import type { Program } from '../trace/program';
import { withBatchAxis } from './elementwise';
import * as lax from './lax';
import { definePrimitive, type Primitive } from './primitive';
import { batchProgram, fillTangents, floating, jvpProgram, pick, unpick, vjpProgram } from './subprograms';

/** Inputs: a bool scalar, then the operands of both branches. `branches[0]` runs when it is false, `branches[1]` when it is true. */
export interface CondParams {
  readonly branches: readonly [Program, Program];
  readonly [key: string]: unknown;
}

type Both = readonly [Program, Program];
const both = ({ branches }: CondParams, f: (program: Program) => Program): Both => [f(branches[0]), f(branches[1])];
const choose = (inputs: readonly NDArray[], branches: Both): readonly NDArray[] => lax.applyAll('cond', inputs, { branches });

const batch: Primitive<CondParams>['batch'] = (inputs, axes, params, size) => {
  const [predicate, ...operands] = inputs as [NDArray, ...NDArray[]];
  const batched = axes.slice(1).map((axis) => axis !== null);
  const moved = operands.map((operand, i) => (batched[i] ? lax.moveAxis(operand, axes[i + 1]!, 0) : operand));
  const branches = both(params, (program) => batchProgram(program, batched, size));
  if (axes[0] === null) {
    const outputs = choose([predicate, ...moved], branches);
    return { outputs, axes: outputs.map(() => 0) };
  }
  // Examples differ in which branch they take: both run, and each example keeps its own.
  const [onFalse, onTrue] = [evaluate(branches[0], moved), evaluate(branches[1], moved)];
  const which = withBatchAxis(predicate, axes[0]!, size);
  const outputs = onTrue.map((output, i) => lax.select(lax.broadcastInDim(which, output.shape, [0]), output, onFalse[i]!));
  return { outputs, axes: outputs.map(() => 0) };
};

definePrimitive<CondParams>({
  name: 'cond',
  abstract: ([predicate], { branches }) => {
    if (predicate!.dtype !== 'bool' || predicate!.shape.length > 0) {
      throw new LinnetError('DTypeError', `cond chooses by a bool scalar, not by ${formatAval(predicate!)}.`);
    }
    return branches[1].outputs.map((output) => output.aval);
  },
  jvp: (primals, tangents, params, outputs) => {
    const [predicate, ...operands] = primals as [NDArray, ...NDArray[]];
    const directions = fillTangents(operands, tangents.slice(1));
    const results = choose([predicate, ...operands, ...directions], both(params, jvpProgram));
    return unpick(results.slice(outputs.length), floating(outputs));
  },
  vjp: (inputs, params) => {
    const [predicate, ...operands] = inputs as [NDArray, ...NDArray[]];
    const outputs = choose(inputs, params.branches);
    return {
      outputs,
      backward: (cotangents) => {
        const filled = pick(
          outputs.map((output, i) => cotangents[i] ?? lax.zerosLike(output)),
          floating(outputs),
        );
        const back = choose([predicate, ...operands, ...filled], both(params, vjpProgram));
        return [null, ...unpick(back, floating(operands))];
      },
    };
  },
  batch,
  gpu: { kind: 'control' },
});
