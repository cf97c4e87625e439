import type { Atom, Equation, Program, Var } from '../trace/program';
import type { Graph } from './graph';

/** Appends the equations of `program` on `inputs` under new names; returns its outputs. */
export function inline(program: Program, inputs: readonly Atom[], graph: Graph, equations: Equation[]): Atom[] {
  const values = new Map<Var, Atom>(program.inputs.map((input, i) => [input, inputs[i]!]));
  const read = (atom: Atom): Atom => (atom.type === 'literal' ? atom : values.get(atom)!);
  for (const { primitive, params, inputs: operands, outputs } of program.equations) {
    const renamed = outputs.map((output) => {
      const own = graph.newVar(output.aval);
      values.set(output, own);
      return own;
    });
    equations.push({ primitive, params, inputs: operands.map(read), outputs: renamed });
  }
  return program.outputs.map(read);
}
