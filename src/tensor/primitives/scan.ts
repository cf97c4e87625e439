import { LinnetError } from '#linnet/core';
import type { NDArray } from '../array';
import { type Aval, formatAval, makeAval } from '../aval';
import { traceClosed } from '../trace/builder';
import { evaluate } from '../trace/evaluate';
import type { Program } from '../trace/program';
import { splitSizes } from '../trees';
import { withBatchAxis } from './elementwise';
import * as lax from './lax';
import { definePrimitive, type Primitive } from './primitive';
import { batchProgram, fillTangents, floating, jvpProgram, pick, unpick, vjpProgram } from './subprograms';

/**
 * Inputs: constants, initial carry, then arrays whose leading axis of `length` is walked over. The body takes constants, carry and one
 * row of each, and returns the next carry and one row of each result; outputs are the last carry and the stacked results.
 */
export interface ScanParams {
  readonly body: Program;
  readonly length: number;
  readonly reverse: boolean;
  readonly numConsts: number;
  readonly numCarry: number;
  readonly [key: string]: unknown;
}

const scan = (inputs: readonly NDArray[], params: ScanParams): readonly NDArray[] => lax.applyAll('scan', inputs, params);

/** A list cut into constants, carry, and the rest. */
export function cutScan<T>(values: readonly T[], { numConsts, numCarry }: ScanParams): [consts: T[], carry: T[], rows: T[]] {
  return [values.slice(0, numConsts), values.slice(numConsts, numConsts + numCarry), values.slice(numConsts + numCarry)];
}

const rowOf = (aval: Aval): Aval => makeAval(aval.shape.slice(1), aval.dtype);

/** A program with its inputs and outputs in another order: `reorder` maps the new inputs to the old, `pickOutputs` the old outputs to the new. */
function rewire(
  program: Program,
  avals: readonly Aval[],
  reorder: (inputs: readonly NDArray[]) => readonly NDArray[],
  pickOutputs: (outputs: readonly NDArray[], inputs: readonly NDArray[]) => readonly NDArray[],
): Program {
  return traceClosed((inputs) => pickOutputs(evaluate(program, reorder(inputs)), inputs), avals, 'scan');
}

/** Forward mode: the carry walks with its tangent. */
const jvp: Primitive<ScanParams>['jvp'] = (primals, tangents, params, outputs) => {
  const { numCarry } = params;
  const [consts, carry, rows] = cutScan(primals, params);
  const [constTangents, carryTangents, rowTangents] = cutScan(tangents, params);
  const [dConsts, dCarry, dRows] = [
    fillTangents(consts, constTangents),
    fillTangents(carry, carryTangents),
    fillTangents(rows, rowTangents),
  ];
  const groups = [consts, dConsts, carry, dCarry];
  const avals = [...groups.flat().map((x) => x.aval), ...[...rows, ...dRows].map((x) => rowOf(x.aval))];
  const sizes = [...groups.map((group) => group.length), rows.length, dRows.length];
  const body = jvpProgram(params.body);
  const carryFloats = pick(
    params.body.outputs.slice(0, numCarry).map(() => true),
    floating(params.body.outputs.slice(0, numCarry)),
  ).length;
  const count = params.body.outputs.length;
  const paired = rewire(
    body,
    avals,
    (inputs) => {
      const [c, dc, s, ds, r, dr] = splitSizes(inputs, sizes);
      return [...c!, ...s!, ...r!, ...dc!, ...ds!, ...dr!];
    },
    (results) => [
      ...results.slice(0, numCarry),
      ...results.slice(count, count + carryFloats),
      ...results.slice(numCarry, count),
      ...results.slice(count + carryFloats),
    ],
  );
  const results = scan([...groups.flat(), ...rows, ...dRows], {
    ...params,
    body: paired,
    numConsts: consts.length + dConsts.length,
    numCarry: numCarry + dCarry.length,
  });
  const stacked = results.slice(numCarry + carryFloats);
  const directions = [...results.slice(numCarry, numCarry + carryFloats), ...stacked.slice(count - numCarry)];
  return unpick(directions, floating(outputs));
};

/** Reverse mode: the forward walk keeps every carry, the backward walk redoes one step at a time from it. */
const vjp: Primitive<ScanParams>['vjp'] = (inputs, params) => {
  const { numConsts, numCarry, body } = params;
  const [consts, , rows] = cutScan(inputs, params);
  const keeping = rewire(
    body,
    body.inputs.map((input) => input.aval),
    (values) => values,
    (outputs, values) => [...outputs, ...values.slice(numConsts, numConsts + numCarry)],
  );
  const results = scan(inputs, { ...params, body: keeping });
  const outputs = results.slice(0, body.outputs.length);
  const carries = results.slice(body.outputs.length);
  const [constFloats, carryFloats, rowFloats] = cutScan(floating(body.inputs), params);
  const outputFloats = floating(outputs);
  return {
    outputs,
    backward: (cotangents) => {
      const filled = outputs.map((output, i) => cotangents[i] ?? lax.zerosLike(output));
      const ctCarry = pick(filled.slice(0, numCarry), carryFloats);
      const ctRows = pick(filled.slice(numCarry), outputFloats.slice(numCarry));
      const sums = fillTangents(
        consts,
        consts.map(() => null),
      );
      const groups = [consts, sums, ctCarry, carries, rows, ctRows];
      const sizes = groups.map((group) => group.length);
      const avals = [
        ...groups
          .slice(0, 3)
          .flat()
          .map((x) => x.aval),
        ...groups
          .slice(3)
          .flat()
          .map((x) => rowOf(x.aval)),
      ];
      const step = rewire(
        vjpProgram(body),
        avals,
        (values) => {
          const [c, , ct, s, r, ctr] = splitSizes(values, sizes);
          return [...c!, ...s!, ...r!, ...ct!, ...ctr!];
        },
        (back, values) => {
          const [backConsts, backCarry, backRows] = splitSizes(back, [
            sums.length,
            ctCarry.length,
            back.length - sums.length - ctCarry.length,
          ]);
          const before = splitSizes(values, sizes)[1]!;
          return [...before.map((sum, i) => lax.add(sum, backConsts![i]!)), ...backCarry!, ...backRows!];
        },
      );
      const back = scan(groups.flat(), {
        body: step,
        length: params.length,
        reverse: !params.reverse,
        numConsts,
        numCarry: sums.length + ctCarry.length,
      });
      const [backConsts, backCarry, backRows] = splitSizes(back, [sums.length, ctCarry.length, back.length - sums.length - ctCarry.length]);
      return [...unpick(backConsts!, constFloats), ...unpick(backCarry!, carryFloats), ...unpick(backRows!, rowFloats)];
    },
  };
};

/** All carries are batched, constants and rows only if they were. */
const batch: Primitive<ScanParams>['batch'] = (inputs, axes, params, size) => {
  const [consts, carry, rows] = cutScan(inputs, params);
  const [constAxes, carryAxes, rowAxes] = cutScan(axes, params);
  const front = (x: NDArray, axis: number | null): NDArray => (axis === null ? x : lax.moveAxis(x, axis, 0));
  const second = (x: NDArray, axis: number | null): NDArray => (axis === null ? x : lax.moveAxis(x, axis, 1));
  const flags = [...constAxes.map((axis) => axis !== null), ...carry.map(() => true), ...rowAxes.map((axis) => axis !== null)];
  const outputs = scan(
    [
      ...consts.map((x, i) => front(x, constAxes[i]!)),
      ...carry.map((x, i) => withBatchAxis(x, carryAxes[i]!, size)),
      ...rows.map((x, i) => second(x, rowAxes[i]!)),
    ],
    { ...params, body: batchProgram(params.body, flags, size) },
  );
  return { outputs, axes: outputs.map((_, i) => (i < params.numCarry ? 0 : 1)) };
};

definePrimitive<ScanParams>({
  name: 'scan',
  abstract: (inputs, params) => {
    const [, , rows] = cutScan(inputs, params);
    const wrong = rows.find((row) => row.shape[0] !== params.length);
    if (wrong) throw new LinnetError('ShapeError', `scan walks over ${params.length} rows, but got ${formatAval(wrong)}.`);
    return params.body.outputs.map(({ aval }, i) => (i < params.numCarry ? aval : makeAval([params.length, ...aval.shape], aval.dtype)));
  },
  jvp,
  vjp,
  batch,
  gpu: { kind: 'control' },
});
