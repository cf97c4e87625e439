import type { Primitive } from '../primitives/primitive';
import type { Atom, Equation, Var } from '../trace/program';

/** The compiler's own operation: a copy of a value into memory of its own. It is never fused. */
export const COPY: Primitive = {
  name: 'copy',
  abstract: (inputs) => [...inputs],
  gpu: { kind: 'elementwise', expression: ([value]) => value! },
};

export const copyEquation = (from: Atom, to: Var): Equation => ({ primitive: COPY, params: {}, inputs: [from], outputs: [to] });
