import type { HostArray } from '#linnet/core';
import {
  type Atom,
  type Aval,
  decodeElements,
  HostConstant,
  type Array as NDArray,
  type Program,
  toHostArray,
  traceProgram,
  type Var,
} from '#linnet/tensor';
import { interpret } from '../tensor/cpu';

/** `program` with float64 in place of float32 everywhere: the CPU reference runs it exactly enough for finite differences. */
export function inFloat64(program: Program): Program {
  const vars = new Map<Var, Var>();
  const aval = (of: Aval): Aval => (of.dtype === 'float32' ? { ...of, dtype: 'float64' as never } : of);
  const atom = (of: Atom): any => {
    if (of.type === 'literal') return { ...of, aval: aval(of.aval) };
    if (!vars.has(of)) vars.set(of, { ...of, aval: aval(of.aval) });
    return vars.get(of);
  };
  const param = (value: unknown): unknown => {
    if (value === 'float32') return 'float64';
    if (Array.isArray(value)) return value.map(param);
    return typeof value === 'object' && value !== null && 'equations' in value ? inFloat64(value as Program) : value;
  };
  return {
    inputs: program.inputs.map(atom),
    equations: program.equations.map(({ primitive, params, inputs, outputs }) => ({
      primitive,
      params: Object.fromEntries(Object.entries(params).map(([key, value]) => [key, param(value)])),
      inputs: inputs.map(atom),
      outputs: outputs.map(atom),
    })),
    outputs: program.outputs.map(atom),
  };
}

/** float64 numbers as a HostArray. */
export const float64Array = (shape: readonly number[], values: ArrayLike<number>): HostArray =>
  toHostArray(Float64Array.from(values), shape, 'float64');

/** The elements of a HostArray as JS numbers. */
export const numbersOf = (array: HostArray): number[] => Array.from(decodeElements(array));

/** `f`, written for float32 arrays of `shapes`, as a function of float64 host arrays. */
export function float64Function(
  f: (...xs: NDArray[]) => NDArray | readonly NDArray[],
  shapes: readonly (readonly number[])[],
): { run: (...xs: HostArray[]) => HostArray[]; program: Program } {
  const { program, constants } = traceProgram(
    (inputs) => [f(...inputs)].flat() as NDArray[],
    shapes.map((shape) => ({ shape, dtype: 'float32', weakType: false }) as const),
  );
  const wide = inFloat64(program);
  const written = constants.map((constant) => {
    if (!(constant instanceof HostConstant)) throw new Error('float64Function takes no arrays from outside.');
    return constant.dtype === 'float32' ? float64Array(constant.shape, decodeElements(constant.host)) : constant.host;
  });
  return { run: (...xs) => interpret(wide, [...written, ...xs]), program };
}
