import type { Aval } from '../aval';
import type { Params, Primitive } from '../primitives/primitive';

/** A value of a program: an input, a constant, or the output of one equation. Identity is the name. */
export interface Var {
  readonly type: 'var';
  readonly id: number;
  readonly aval: Aval;
}

/** A scalar written into the program: a JS number or boolean (0/1) of a dtype. Never an array. */
export interface Literal {
  readonly type: 'literal';
  readonly value: number;
  readonly aval: Aval;
}

export type Atom = Var | Literal;

/** One application of a primitive. */
export interface Equation {
  readonly primitive: Primitive;
  readonly params: Params;
  readonly inputs: readonly Atom[];
  readonly outputs: readonly Var[];
}

/**
 * A traced function in single-assignment form, after JAX's jaxpr: equations in order of execution. Constants that are arrays are
 * turned into leading inputs by whoever traces (`Traced.constants` holds their values), so a Program is pure structure and can be a cache key.
 */
export interface Program {
  readonly inputs: readonly Var[];
  readonly equations: readonly Equation[];
  readonly outputs: readonly Atom[];
}
