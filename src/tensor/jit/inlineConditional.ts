import type { CondParams } from '../primitives/cond';
import { primitiveNamed } from '../primitives/primitive';
import type { Atom, Equation } from '../trace/program';
import { isWorthGuarding } from './branchWork';
import type { Graph, GuardedEquation } from './graph';
import { inline } from './inlineProgram';
import { orientContractions } from './orientContractions';

/**
 * `cond` as both branches and a choice between their results: on a GPU the predicate is not known when work is recorded. Kernels of
 * branches with much work read the predicate and leave at once where their branch is not taken.
 */
export function inlineConditional(equation: Equation, graph: Graph): GuardedEquation[] {
  const { branches } = equation.params as unknown as CondParams;
  const [predicate, ...operands] = equation.inputs as [Atom, ...Atom[]];
  const isGuarded = predicate.type === 'var' && branches.some(isWorthGuarding);
  const equations: GuardedEquation[] = [];
  const [onFalse, onTrue] = branches.map((branch, side) => {
    const own: Equation[] = [];
    const results = inline(orientContractions(branch), operands, graph, own);
    for (const part of own) equations.push(isGuarded ? { ...part, guards: [{ predicate, side: side === 1 }] } : part);
    return results;
  }) as [Atom[], Atom[]];
  const select = primitiveNamed('select');
  equation.outputs.forEach((output, i) => {
    equations.push({ primitive: select, params: {}, inputs: [predicate, onTrue[i]!, onFalse[i]!], outputs: [output] });
  });
  return equations;
}
