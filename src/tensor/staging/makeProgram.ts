import type { NDArray } from '../array';
import type { Explanation } from '../backend';
import { currentBackend } from '../backends';
import { traceProgram } from '../trace/builder';
import { printProgram } from '../trace/print';
import type { Program } from '../trace/program';
import { putTogether, takeApart } from '../trees';

/** A traced function, to be looked at. */
export class TracedProgram {
  readonly program: Program;
  /** Values of the leading inputs that the function took from outside. */
  readonly constants: readonly NDArray[];

  constructor(program: Program, constants: readonly NDArray[]) {
    this.program = program;
    this.constants = constants;
  }

  /** How the current backend would run it. */
  explain(): Explanation {
    return currentBackend().compile(this.program).explain();
  }

  toString(): string {
    return printProgram(this.program);
  }
}

/** The program that `f` is traced to, as readable text: `String(jax.makeProgram(f)(x))`. Like `jax.make_jaxpr`. */
export function makeProgram(f: (...args: any[]) => unknown): (...args: any[]) => TracedProgram {
  return (...args) => {
    const { arrays, layout } = takeApart(args, 'The arguments of makeProgram');
    const traced = traceProgram(
      (inputs) => takeApart(f(...putTogether<unknown[]>(layout, inputs)), 'The result').arrays,
      arrays.map((array) => array.aval),
    );
    return new TracedProgram(traced.program, traced.constants);
  };
}
