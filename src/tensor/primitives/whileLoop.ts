import type { NDArray } from '../array';
import { traceClosed } from '../trace/builder';
import { evaluate } from '../trace/evaluate';
import type { Program } from '../trace/program';
import { withBatchAxis } from './elementwise';
import * as lax from './lax';
import { definePrimitive } from './primitive';
import { batchProgram, fillTangents, floating, jvpProgram, unpick } from './subprograms';

/** Inputs: constants of the condition, constants of the body, carry. `cond` gives a bool scalar, `body` the next carry. */
export interface WhileParams {
  readonly cond: Program;
  readonly body: Program;
  readonly numCondConsts: number;
  readonly numBodyConsts: number;
  readonly [key: string]: unknown;
}

/** A list cut into constants of the condition, constants of the body, and carry. */
export function cutWhile<T>(
  values: readonly T[],
  { numCondConsts, numBodyConsts }: WhileParams,
): [condConsts: T[], bodyConsts: T[], carry: T[]] {
  const start = numCondConsts + numBodyConsts;
  return [values.slice(0, numCondConsts), values.slice(numCondConsts, start), values.slice(start)];
}

definePrimitive<WhileParams>({
  name: 'whileLoop',
  abstract: (_inputs, { body }) => body.outputs.map((output) => output.aval),
  // Forward mode only: how many carries a reverse pass would have to keep is not known before the loop ends.
  jvp: (primals, tangents, params, outputs) => {
    const [condConsts, bodyConsts, carry] = cutWhile(primals, params);
    const [, constTangents, carryTangents] = cutWhile(tangents, params);
    const [dConsts, dCarry] = [fillTangents(bodyConsts, constTangents), fillTangents(carry, carryTangents)];
    const body = traceClosed(
      (inputs) => {
        const nc = bodyConsts.length;
        const nd = nc + dConsts.length;
        const ns = nd + carry.length;
        const [c, dc, s, ds] = [inputs.slice(0, nc), inputs.slice(nc, nd), inputs.slice(nd, ns), inputs.slice(ns)];
        return evaluate(jvpProgram(params.body), [...c, ...s, ...dc, ...ds]);
      },
      [...bodyConsts, ...dConsts, ...carry, ...dCarry].map((x) => x.aval),
      'jvp',
    );
    const cond = traceClosed(
      (inputs) => evaluate(params.cond, inputs.slice(0, condConsts.length + carry.length)),
      [...condConsts, ...carry, ...dCarry].map((x) => x.aval),
      'jvp',
    );
    const results = lax.applyAll('whileLoop', [...condConsts, ...bodyConsts, ...dConsts, ...carry, ...dCarry], {
      cond,
      body,
      numCondConsts: condConsts.length,
      numBodyConsts: bodyConsts.length + dConsts.length,
    });
    return unpick(results.slice(carry.length), floating(outputs));
  },
  /** Examples that are done keep their carry while the others go on. */
  batch: (inputs, axes, params, size) => {
    const [condConsts, bodyConsts, carry] = cutWhile(inputs, params);
    const [condAxes, bodyAxes, carryAxes] = cutWhile(axes, params);
    const all = (list: readonly NDArray[], at: readonly (number | null)[]): NDArray[] => list.map((x, i) => withBatchAxis(x, at[i]!, size));
    const [c, b, s] = [all(condConsts, condAxes), all(bodyConsts, bodyAxes), all(carry, carryAxes)];
    const cond = batchProgram(
      params.cond,
      params.cond.inputs.map(() => true),
      size,
    );
    const body = batchProgram(
      params.body,
      params.body.inputs.map(() => true),
      size,
    );
    const anyGoesOn = traceClosed(
      (values) => [lax.reduce('reduceOr', evaluate(cond, values)[0]!, [0])],
      cond.inputs.map((v) => v.aval),
      'vmap',
    );
    const guarded = traceClosed(
      (values) => {
        const condValues = values.slice(0, c.length);
        const [bodyValues, state] = [values.slice(c.length, c.length + b.length), values.slice(c.length + b.length)];
        const [goesOn] = evaluate(cond, [...condValues, ...state]) as [NDArray];
        const next = evaluate(body, [...bodyValues, ...state]);
        return next.map((x, i) => lax.select(lax.broadcastInDim(goesOn, x.shape, [0]), x, state[i]!));
      },
      [...c, ...b, ...s].map((x) => x.aval),
      'vmap',
    );
    const outputs = lax.applyAll('whileLoop', [...c, ...c, ...b, ...s], {
      cond: anyGoesOn,
      body: guarded,
      numCondConsts: c.length,
      numBodyConsts: c.length + b.length,
    });
    return { outputs, axes: outputs.map(() => 0) };
  },
  gpu: { kind: 'control' },
});
