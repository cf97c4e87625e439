import type { HostArray } from '#linnet/core';
import { allocate, type Elements, elementsOf, toHostArray } from '../elements';
import type { CondParams } from '../primitives/cond';
import { cutScan, type ScanParams } from '../primitives/scan';
import { cutWhile, type WhileParams } from '../primitives/whileLoop';
import { interpret } from './interpret';
import { defineCpuRule } from './rules';

const isTrue = (scalar: HostArray): boolean => elementsOf(scalar)[0] !== 0;

defineCpuRule<CondParams>('cond', ([predicate, ...operands], { branches }) => interpret(branches[isTrue(predicate!) ? 1 : 0], operands));

defineCpuRule<WhileParams>('whileLoop', (inputs, params) => {
  const [condConsts, bodyConsts, initial] = cutWhile(inputs, params);
  let carry: HostArray[] = initial;
  while (isTrue(interpret(params.cond, [...condConsts, ...carry])[0]!)) carry = interpret(params.body, [...bodyConsts, ...carry]);
  return carry;
});

/** Row `i` of an array, sharing its memory. */
function rowAt({ dtype, shape, data }: HostArray, i: number): HostArray {
  const byteLength = data.byteLength / shape[0]!;
  return { dtype, shape: shape.slice(1), data: data.subarray(i * byteLength, (i + 1) * byteLength) };
}

defineCpuRule<ScanParams>('scan', (inputs, params, outputs) => {
  const [consts, initial, rows] = cutScan(inputs, params);
  let carry = initial;
  const stacked: Elements[] = outputs.slice(params.numCarry).map((output) => allocate(output.shape, output.dtype));
  for (let step = 0; step < params.length; step++) {
    const at = params.reverse ? params.length - 1 - step : step;
    const results = interpret(params.body, [...consts, ...carry, ...rows.map((row) => rowAt(row, at))]);
    carry = results.slice(0, params.numCarry);
    results.slice(params.numCarry).forEach((result, i) => {
      const row = elementsOf(result);
      stacked[i]!.set(row as Float32Array, at * row.length);
    });
  }
  return [
    ...carry,
    ...stacked.map((elements, i) => toHostArray(elements, outputs[params.numCarry + i]!.shape, outputs[params.numCarry + i]!.dtype)),
  ];
});
