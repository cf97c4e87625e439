import { type Shape, sizeOf } from '#linnet/core';
import type { Var } from '../trace/program';
import type { GraphNode } from './graph';
import { literalText } from './literals';
import { writeRoots } from './mapPart';
import type { Part, PartContext } from './part';
import { Position, splitIndex } from './position';
import { valueType } from './storage';

/** Reductions over the same axes of arrays of one shape, and what is computed from them. */
export interface RowsWork {
  /** Shape of what is reduced. */
  readonly domain: Shape;
  readonly axes: readonly number[];
  /** Reductions and row values by level: each level needs the ones before. */
  readonly levels: readonly { readonly reductions: readonly GraphNode[]; readonly rowRoots: readonly Var[] }[];
  /** Values of the whole domain, computed after all reductions. */
  readonly fullRoots: readonly Var[];
}

/** One item folds one row after the other from its first element to its last: the order never depends on the device. */
export function rowsPart(work: RowsWork): Part {
  const { domain, axes } = work;
  const outer = domain.filter((_, axis) => !axes.includes(axis));
  const rows = sizeOf(outer);
  const reductions = work.levels.reduce((sum, level) => sum + level.reductions.length, 0);
  return {
    name: 'rows',
    items: rows,
    flops: sizeOf(domain) * (2 * reductions + work.fullRoots.length),
    write: (context, item) => new RowsWriter(context, work, outer, item).write(),
  };
}

class RowsWriter {
  readonly #context: PartContext;
  readonly #work: RowsWork;
  readonly #outer: Shape;
  readonly #row: string;
  readonly #length: number;
  readonly #trailing: boolean;
  readonly #stores: (() => void)[] = [];

  constructor(context: PartContext, work: RowsWork, outer: Shape, row: string) {
    this.#context = context;
    this.#work = work;
    this.#outer = outer;
    this.#row = context.code.name(row);
    this.#length = work.axes.reduce((product, axis) => product * work.domain[axis]!, 1);
    this.#trailing = work.axes.every((axis, i) => axis === work.domain.length - work.axes.length + i);
  }

  write(): void {
    for (const { reductions, rowRoots } of this.#work.levels) {
      this.#reduce(reductions);
      for (const root of rowRoots) this.#rowValue(root);
    }
    this.#writeFullRoots();
    for (const store of this.#stores) store();
  }

  #writeFullRoots(): void {
    if (this.#work.fullRoots.length === 0) return;
    this.#loop((k) => {
      const position = this.#fullPosition(k);
      writeRoots(this.#context, this.#work.fullRoots, (root) => position.reshaped(root.aval.shape));
    });
  }

  #reduce(reductions: readonly GraphNode[]): void {
    if (reductions.length === 0) return;
    const { code, evaluator, module } = this.#context;
    const accumulators = reductions.map((node) => {
      const name = code.fresh('sum');
      const { dtype } = node.outputs[0]!.aval;
      const identity = node.lowering.kind === 'reduce' ? node.lowering.identity(dtype) : 0;
      code.line(`var ${name}: ${valueType(dtype)} = ${literalText(module, identity, dtype)};`);
      return name;
    });
    this.#loop((k) => {
      const position = this.#fullPosition(k);
      reductions.forEach((node, i) => {
        if (node.lowering.kind !== 'reduce') return;
        const operand = node.inputs[0]!;
        const value = evaluator.value(operand, position.reshaped(operand.aval.shape));
        code.line(`${accumulators[i]} = ${node.lowering.combine(accumulators[i]!, value, evaluator.contextOf(node))};`);
      });
    });
    reductions.forEach((node, i) => {
      const root = node.outputs[0]!;
      const name = code.fresh('t');
      code.line(`let ${name} = ${accumulators[i]};`);
      this.#settle(root, name);
    });
  }

  #rowValue(root: Var): void {
    const { code, evaluator } = this.#context;
    const value = evaluator.value(root, Position.fromFlat(code, this.#outer, this.#row).reshaped(root.aval.shape));
    this.#settle(root, code.name(value, 't'));
  }

  /** Keeps a row value in a register; it is stored last, so that it may overwrite an input that later levels still read. */
  #settle(root: Var, name: string): void {
    const { evaluator } = this.#context;
    const flat = sizeOf(this.#outer) === 1 ? '0u' : this.#row;
    evaluator.setRegister(root, flat, name);
    const location = this.#context.target(root);
    if (location) this.#stores.push(() => evaluator.store(root, location, flat, name));
  }

  #loop(body: (k: string) => void): void {
    const { code } = this.#context;
    if (this.#length === 0) return;
    if (this.#length === 1) {
      code.block('', () => body('0u'));
      return;
    }
    const k = code.fresh('k');
    code.block(`for (var ${k} = 0u; ${k} < ${this.#length}u; ${k}++)`, () => body(k));
  }

  #fullPosition(k: string): Position {
    const { code } = this.#context;
    const { domain, axes } = this.#work;
    const outer = Position.fromFlat(code, this.#outer, this.#row).coordinates();
    const inner = splitIndex(
      code,
      k,
      axes.map((axis) => domain[axis]!),
    );
    let o = 0;
    let i = 0;
    const coordinates = domain.map((_, axis) => (axes.includes(axis) ? inner[i++]! : outer[o++]!));
    if (!this.#trailing) return Position.fromCoordinates(code, domain, coordinates);
    const base = sizeOf(this.#outer) === 1 ? '' : `${this.#row} * ${this.#length}u`;
    const flat = base === '' ? k : k === '0u' ? base : `${base} + ${k}`;
    return Position.of(code, domain, code.name(flat), coordinates);
  }
}
