import type { HostArray } from '#linnet/core';
import { allocate, type Elements, elementsOf, toHostArray } from '../elements';
import type { Params } from '../primitives/primitive';
import { defineCpuRule } from './rules';

/** Fills `out`; of several operands, one of a single element goes with every element of `out`. */
type Loop<P> = (operands: readonly Elements[], out: Elements, params: P, inputs: readonly HostArray[]) => void;

/** Adds the CPU reference of an elementwise row. */
export function defineLoop<P extends Params>(name: string, loop: Loop<P>): void {
  defineCpuRule<P>(name, (inputs, params, [output]) => {
    const operands = inputs.map(elementsOf);
    const out = allocate(output!.shape, output!.dtype);
    const isUniform = out.length > 1 && operands.every((operand) => operand.length === 1);
    const filled = isUniform ? allocate([], output!.dtype) : out;
    loop(operands, filled, params, inputs);
    if (isUniform) out.fill(filled[0]!);
    return [toHostArray(out, output!.shape, output!.dtype)];
  });
}

/** Whether sums and products are those of floats; integers wrap. */
export const isFloats = (elements: Elements): boolean => elements instanceof Float32Array || elements instanceof Float64Array;
