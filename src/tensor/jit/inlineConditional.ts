import type { CondParams } from '../primitives/cond';
import { primitiveNamed } from '../primitives/primitive';
import type { Atom, Equation } from '../trace/program';
import type { Graph } from './graph';
import { inline } from './inlineProgram';
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
