import type { Aval } from '../aval';
import type { GpuLowering } from '../primitives/lowering';
import type { Params, Primitive } from '../primitives/primitive';
import type { Atom, Equation, Program, Var } from '../trace/program';

/** Work that only needs doing when the bool scalar `predicate` is `side`. */
export interface Guard {
  readonly predicate: Var;
  readonly side: boolean;
}

/** An equation of a branch, with the choices that lead there, outermost first. */
export interface GuardedEquation extends Equation {
  readonly guards?: readonly Guard[];
}

/** An equation in a Graph. */
export interface GraphNode {
  /** Position in execution order. */
  readonly index: number;
  readonly primitive: Primitive;
  readonly lowering: GpuLowering;
  readonly params: Params;
  readonly inputs: readonly Atom[];
  readonly outputs: readonly Var[];
  readonly guards: readonly Guard[];
}

/** A program with its def-use chains, which compiler passes may rewrite before anything is decided. */
export class Graph {
  readonly inputs: readonly Var[];
  readonly outputs: readonly Atom[];
  readonly nodes: GraphNode[] = [];
  readonly #producers = new Map<number, GraphNode>();
  readonly #consumers = new Map<number, GraphNode[]>();
  #nextId: number;

  constructor(program: Program, rewrite: (equation: Equation, graph: Graph) => readonly GuardedEquation[] = (equation) => [equation]) {
    this.inputs = program.inputs;
    this.outputs = program.outputs;
    this.#nextId = 1 + Math.max(-1, ...program.inputs.map((v) => v.id), ...program.equations.flatMap((e) => e.outputs.map((v) => v.id)));
    for (const equation of program.equations) for (const part of rewrite(equation, this)) this.#append(part);
  }

  /** A value that the program did not have. */
  newVar(aval: Aval): Var {
    return { type: 'var', id: this.#nextId++, aval };
  }

  /** The node that makes `variable`; undefined for inputs. */
  producer(variable: Var): GraphNode | undefined {
    return this.#producers.get(variable.id);
  }

  consumers(variable: Var): readonly GraphNode[] {
    return this.#consumers.get(variable.id) ?? [];
  }

  #append({ primitive, params, inputs, outputs, guards = [] }: GuardedEquation): void {
    const node: GraphNode = { index: this.nodes.length, primitive, lowering: primitive.gpu, params, inputs, outputs, guards };
    this.nodes.push(node);
    for (const output of outputs) this.#producers.set(output.id, node);
    for (const input of new Set(inputs)) {
      if (input.type !== 'var') continue;
      const list = this.#consumers.get(input.id) ?? [];
      list.push(node);
      this.#consumers.set(input.id, list);
    }
  }
}

/** Whether a node is an expression that can be evaluated wherever it is needed. */
export function isInline(node: GraphNode): boolean {
  return node.lowering.kind === 'elementwise' || node.lowering.kind === 'indexed';
}
