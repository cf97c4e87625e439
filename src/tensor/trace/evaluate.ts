import { LiteralArray, type NDArray } from '../array';
import { bind } from './bind';
import type { Atom, Program, Var } from './program';

/** Applies the equations of `program` to `inputs` one by one, under whatever transformations are going on. */
export function evaluate(program: Program, inputs: readonly NDArray[]): NDArray[] {
  const values = new Map<Var, NDArray>();
  program.inputs.forEach((variable, i) => {
    values.set(variable, inputs[i]!);
  });
  const read = (atom: Atom): NDArray =>
    atom.type === 'literal' ? new LiteralArray(atom.value, atom.aval.dtype, atom.aval.weakType) : values.get(atom)!;
  for (const { primitive, params, inputs: operands, outputs } of program.equations) {
    const results = bind(primitive, operands.map(read), params);
    outputs.forEach((variable, i) => {
      values.set(variable, results[i]!);
    });
  }
  return program.outputs.map(read);
}
