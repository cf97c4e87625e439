import type { CondParams } from '../primitives/cond';
import { primitiveNamed } from '../primitives/primitive';
import type { Atom, Equation, Program, Var } from '../trace/program';
import type { Graph } from './graph';
import { orientContractions } from './orientContractions';

/** `cond` as both branches and a choice between their results: on a GPU the predicate is not known when work is recorded. */
export function inlineConditional(equation: Equation, graph: Graph): Equation[] {
  const { branches } = equation.params as unknown as CondParams;
  const [predicate, ...operands] = equation.inputs;
  const equations: Equation[] = [];
  const [onFalse, onTrue] = branches.map((branch) => inline(orientContractions(branch), operands, graph, equations)) as [Atom[], Atom[]];
  const select = primitiveNamed('select');
  equation.outputs.forEach((output, i) => {
    equations.push({ primitive: select, params: {}, inputs: [predicate!, onTrue[i]!, onFalse[i]!], outputs: [output] });
  });
  return equations;
}

/** Appends the equations of `program` on `inputs` under new names; returns its outputs. */
function inline(program: Program, inputs: readonly Atom[], graph: Graph, equations: Equation[]): Atom[] {
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
