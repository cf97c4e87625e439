import type { ScanParams } from '../primitives/scan';
import type { WhileParams } from '../primitives/whileLoop';
import type { Program } from '../trace/program';
import type { GraphNode } from './graph';

/** One program of a loop, with what its inputs are: operands of the loop as they are, carries, or rows. */
export interface LoopProgram {
  readonly program: Program;
  /** For each input of the program: the operand of the loop node it is (for a carry: its initial value). */
  readonly operands: readonly number[];
}

/** A scan or while loop, described alike. */
export interface Loop {
  readonly kind: 'scan' | 'while';
  readonly body: LoopProgram;
  /** Decides whether the body runs (again); only for while loops. */
  readonly condition?: LoopProgram;
  /** Operands that are initial carries, in order; output i of the loop is the last value of carry i. */
  readonly carries: readonly number[];
  /** Operands that are walked row by row. */
  readonly rows: readonly number[];
  /** Iterations; undefined if only the GPU finds out. */
  readonly length: number | undefined;
  readonly reverse: boolean;
}

const span = (start: number, length: number): number[] => Array.from({ length }, (_, i) => start + i);

/** What the control node `node` runs. */
export function describeLoop(node: GraphNode): Loop {
  const count = node.inputs.length;
  if (node.primitive.name === 'scan') {
    const { body, length, reverse, numConsts, numCarry } = node.params as unknown as ScanParams;
    const rows = span(numConsts + numCarry, count - numConsts - numCarry);
    return { kind: 'scan', body: { program: body, operands: span(0, count) }, carries: span(numConsts, numCarry), rows, length, reverse };
  }
  const { cond, body, numCondConsts, numBodyConsts } = node.params as unknown as WhileParams;
  const carries = span(numCondConsts + numBodyConsts, count - numCondConsts - numBodyConsts);
  return {
    kind: 'while',
    body: { program: body, operands: [...span(numCondConsts, numBodyConsts), ...carries] },
    condition: { program: cond, operands: [...span(0, numCondConsts), ...carries] },
    carries,
    rows: [],
    length: undefined,
    reverse: false,
  };
}

/** The operands of a control node that are initial carries. */
export const carriesOf = (node: GraphNode): readonly number[] => describeLoop(node).carries;
