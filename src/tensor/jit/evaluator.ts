import { LinnetError } from '#linnet/core';
import type { LoweringContext } from '../primitives/lowering';
import type { Atom, Var } from '../trace/program';
import type { CodeWriter } from './codeWriter';
import type { Graph, GraphNode } from './graph';
import { literalText, unfoldable } from './literals';
import { Position } from './position';
import { type Location, valueType } from './storage';
import type { WgslModule } from './wgslModule';

/** Thrown when a value is needed at a place where it is not at hand: the trial fusion is not legal. */
export class NotFusable extends Error {}

/** What an Evaluator may read, and where. */
export interface Environment {
  readonly graph: Graph;
  /** The memory of a value that can be loaded here; undefined if it has to be computed in place. */
  location(variable: Var): Location | undefined;
  /** Told about each load that is written, with the flat index. */
  readonly onLoad?: (variable: Var, flat: string) => void;
}

/** Writes the code that computes values of a graph at given positions, inlining everything that is not in memory. */
export class Evaluator {
  readonly code: CodeWriter;
  readonly module: WgslModule;
  readonly #environment: Environment;
  readonly #registers = new Map<number, { flat: string; name: string }>();

  constructor(code: CodeWriter, module: WgslModule, environment: Environment) {
    this.code = code;
    this.module = module;
    this.#environment = environment;
  }

  /** From now on `variable` at the flat index `flat` is the WGSL value `name`. */
  setRegister(variable: Var, flat: string, name: string): void {
    this.#registers.set(variable.id, { flat, name });
  }

  clearRegister(variable: Var): void {
    this.#registers.delete(variable.id);
  }

  /** A name for (or short expression of) the value of `atom` at `position`. */
  value(atom: Atom, position: Position): string {
    if (atom.type === 'literal') return literalText(this.module, atom.value, atom.aval.dtype);
    const register = this.#registers.get(atom.id);
    if (register !== undefined && register.flat === position.flat()) return register.name;
    const location = this.#environment.location(atom);
    if (location !== undefined) return this.load(atom, location, position.flat());
    const node = this.#environment.graph.producer(atom);
    if (!node) throw new LinnetError('InternalError', `Value ${atom.id} of a program is neither in memory nor computed.`);
    return this.#inline(node, atom, position);
  }

  /** The element `flat` of a value in memory. */
  load(variable: Var, location: Location, flat: string): string {
    const key = `load ${variable.id} ${flat}`;
    const known = this.code.recall(key);
    if (known !== undefined) return known;
    this.#environment.onLoad?.(variable, flat);
    const element = this.module.element(location, flat, false);
    const name = this.code.fresh('v');
    this.code.line(`let ${name} = ${variable.aval.dtype === 'bool' ? `${element} != 0u` : element};`);
    this.code.remember(key, name);
    return name;
  }

  store(variable: Var, location: Location, flat: string, value: string): void {
    const element = this.module.element(location, flat, true);
    this.code.line(`${element} = ${variable.aval.dtype === 'bool' ? `select(0u, 1u, ${value})` : value};`);
  }

  contextOf(node: GraphNode): LoweringContext<any> {
    return {
      params: node.params,
      inputs: node.inputs.map((input) => input.aval),
      outputs: node.outputs.map((output) => output.aval),
      use: (fn) => this.module.use(fn),
    };
  }

  #inline(node: GraphNode, variable: Var, position: Position): string {
    const { lowering } = node;
    if (lowering.kind === 'indexed' && lowering.isReshape) {
      return this.value(node.inputs[0]!, position.reshaped(node.inputs[0]!.aval.shape));
    }
    if (lowering.kind !== 'elementwise' && lowering.kind !== 'indexed') {
      throw new NotFusable(`${node.primitive.name} is not at hand here`);
    }
    const key = `value ${variable.id} ${position.flat()}`;
    const known = this.code.recall(key);
    if (known !== undefined) return known;
    const expression = lowering.kind === 'elementwise' ? this.#elementwise(node, position) : this.#indexed(node, position);
    const name = this.code.name(expression, 't');
    this.code.remember(key, name);
    return name;
  }

  #elementwise(node: GraphNode, position: Position): string {
    const scalar = Position.fromFlat(this.code, [], '0u');
    const operands = node.inputs.map((input) =>
      this.value(input, input.aval.shape.length === 0 && position.shape.length > 0 ? scalar : position),
    );
    if (node.lowering.kind !== 'elementwise') throw new NotFusable('not elementwise');
    return typed(node.lowering.expression(unfoldable(this.module, node, operands), this.contextOf(node)), node.outputs[0]!);
  }

  #indexed(node: GraphNode, position: Position): string {
    if (node.lowering.kind !== 'indexed') throw new NotFusable('not indexed');
    const read = (operand: number, coordinates: readonly string[]): string => {
      const input = node.inputs[operand]!;
      if (input.aval.shape.length === 0) return this.value(input, Position.fromFlat(this.code, [], '0u'));
      return this.value(input, Position.fromCoordinates(this.code, input.aval.shape, coordinates));
    };
    return typed(node.lowering.value(position.coordinates(), read, this.contextOf(node)), node.outputs[0]!);
  }
}

/** Literal-only expressions would stay abstract numbers; this pins them to the value's type. */
function typed(expression: string, variable: Var): string {
  const type = valueType(variable.aval.dtype);
  return /^[A-Za-z_]\w*$/.test(expression) ? expression : `${type}(${expression})`;
}
