import { type Shape, sizeOf } from '#linnet/core';
import type { Var } from '../trace/program';
import type { GraphNode } from './graph';
import { literalText } from './literals';
import { writeRoots } from './mapPart';
import type { Part, PartContext } from './part';
import { Position, splitIndex } from './position';
import { ENOUGH_ROWS } from './splitReduction';
import { storageType, valueType } from './storage';

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

/**
 * Rows from this length on, if there are fewer than `ENOUGH_ROWS`, are folded in `LANES` parts, each of every `LANES`-th element, and then over the parts in order, by one
 * thread or by a workgroup that shares the row: the order never depends on the device. Shorter rows go from first element to last.
 */
const SHARED_ROW = 256;
const LANES = 64;

/** One item folds one row, or a workgroup does. */
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
    ...(isShared(work) && {
      gpuGroups: { count: rows, write: (context, group, lane) => new SharedRowsWriter(context, work, outer, group, lane).write() },
    }),
  };
}

const lengthOf = ({ domain, axes }: RowsWork): number => axes.reduce((product, axis) => product * domain[axis]!, 1);
const isShared = (work: RowsWork): boolean => lengthOf(work) >= SHARED_ROW && sizeOf(work.domain) < ENOUGH_ROWS * lengthOf(work);

/** A reduction on its way: the variable that it is folded into. */
interface Fold {
  readonly node: GraphNode;
  readonly variable: string;
}

class RowsWriter {
  protected readonly context: PartContext;
  readonly #work: RowsWork;
  readonly #outer: Shape;
  readonly #row: string;
  protected readonly length: number;
  readonly #trailing: boolean;
  readonly #stores: (() => void)[] = [];

  constructor(context: PartContext, work: RowsWork, outer: Shape, row: string) {
    this.context = context;
    this.#work = work;
    this.#outer = outer;
    this.#row = context.code.name(row);
    this.length = lengthOf(work);
    this.#trailing = work.axes.every((axis, i) => axis === work.domain.length - work.axes.length + i);
  }

  write(): void {
    for (const { reductions, rowRoots } of this.#work.levels) {
      this.#reduce(reductions);
      for (const root of rowRoots) this.#rowValue(root);
    }
    this.beforeStores();
    this.#writeFullRoots();
    this.beforeStores();
    this.storeRows(() => {
      for (const store of this.#stores) store();
    });
  }

  /** Between the last read of something and what may overwrite it. */
  protected beforeStores(): void {}

  protected storeRows(store: () => void): void {
    store();
  }

  #writeFullRoots(): void {
    if (this.#work.fullRoots.length === 0) return;
    this.each((k) => {
      const position = this.#fullPosition(k);
      writeRoots(this.context, this.#work.fullRoots, (root) => position.reshaped(root.aval.shape));
    });
  }

  #reduce(reductions: readonly GraphNode[]): void {
    if (reductions.length === 0) return;
    const folds = this.begin(reductions);
    if (isShared(this.#work)) this.foldInParts(folds);
    else this.each((k) => this.foldElement(folds, k));
    for (const { node, variable } of folds) {
      const name = this.context.code.fresh('t');
      this.context.code.line(`let ${name} = ${variable};`);
      this.#settle(node.outputs[0]!, name);
    }
  }

  /** One thread folds one part after the other. */
  protected foldInParts(totals: readonly Fold[]): void {
    const { code } = this.context;
    const first = code.fresh('k');
    code.block(`for (var ${first} = 0u; ${first} < ${LANES}u; ${first}++)`, () => {
      const parts = this.begin(totals.map(({ node }) => node));
      this.foldPart(parts, first);
      totals.forEach((total, i) => {
        this.fold(total, parts[i]!.variable);
      });
    });
  }

  /** Folds every `LANES`-th element from `first` on. */
  protected foldPart(folds: readonly Fold[], first: string): void {
    const { code } = this.context;
    const k = code.fresh('k');
    code.block(`for (var ${k} = ${first}; ${k} < ${this.length}u; ${k} += ${LANES}u)`, () => this.foldElement(folds, k));
  }

  /** Variables for `reductions`, with nothing folded in yet. */
  protected begin(reductions: readonly GraphNode[]): Fold[] {
    const { code, module } = this.context;
    return reductions.map((node) => {
      const variable = code.fresh('sum');
      const { dtype } = node.outputs[0]!.aval;
      const identity = node.lowering.kind === 'reduce' ? node.lowering.identity(dtype) : 0;
      code.line(`var ${variable}: ${valueType(dtype)} = ${literalText(module, identity, dtype)};`);
      return { node, variable };
    });
  }

  /** Folds the element `k` of the row. */
  protected foldElement(folds: readonly Fold[], k: string): void {
    const position = this.#fullPosition(k);
    for (const fold of folds) {
      const operand = fold.node.inputs[0]!;
      this.fold(fold, this.context.evaluator.value(operand, position.reshaped(operand.aval.shape)));
    }
  }

  protected fold({ node, variable }: Fold, value: string): void {
    const { code, evaluator } = this.context;
    if (node.lowering.kind !== 'reduce') return;
    code.line(`${variable} = ${node.lowering.combine(variable, value, evaluator.contextOf(node))};`);
  }

  #rowValue(root: Var): void {
    const { code, evaluator } = this.context;
    const value = evaluator.value(root, Position.fromFlat(code, this.#outer, this.#row).reshaped(root.aval.shape));
    this.#settle(root, code.name(value, 't'));
  }

  /** Keeps a row value in a register; it is stored last, so that it may overwrite an input that later levels still read. */
  #settle(root: Var, name: string): void {
    const { evaluator } = this.context;
    const flat = sizeOf(this.#outer) === 1 ? '0u' : this.#row;
    evaluator.setRegister(root, flat, name);
    const location = this.context.target(root);
    if (location) this.#stores.push(() => evaluator.store(root, location, flat, name));
  }

  /** `body` for the elements of the row. */
  protected each(body: (k: string) => void): void {
    const { code } = this.context;
    if (this.length === 0) return;
    if (this.length === 1) {
      code.block('', () => body('0u'));
      return;
    }
    const k = code.fresh('k');
    code.block(`for (var ${k} = 0u; ${k} < ${this.length}u; ${k}++)`, () => body(k));
  }

  #fullPosition(k: string): Position {
    const { code } = this.context;
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
    const base = sizeOf(this.#outer) === 1 ? '' : `${this.#row} * ${this.length}u`;
    const flat = base === '' ? k : k === '0u' ? base : `${base} + ${k}`;
    return Position.of(code, domain, code.name(flat), coordinates);
  }
}

/** The threads of a workgroup share one row: each folds a part and computes every `LANES`-th element. */
class SharedRowsWriter extends RowsWriter {
  readonly #lane: string;

  constructor(context: PartContext, work: RowsWork, outer: Shape, row: string, lane: string) {
    super(context, work, outer, row);
    this.#lane = lane;
  }

  protected override foldInParts(totals: readonly Fold[]): void {
    const { code, module } = this.context;
    const parts = this.begin(totals.map(({ node }) => node));
    this.foldPart(parts, this.#lane);
    const shared = parts.map(({ node, variable }) => {
      const { dtype } = node.outputs[0]!.aval;
      const array = module.declareWorkgroup(code.fresh('rowParts'), storageType(node.outputs[0]!.aval), LANES);
      code.line(`${array}[${this.#lane}] = ${dtype === 'bool' ? `select(0u, 1u, ${variable})` : variable};`);
      return (at: string): string => (dtype === 'bool' ? `(${array}[${at}] != 0u)` : `${array}[${at}]`);
    });
    code.line('workgroupBarrier();');
    const at = code.fresh('k');
    code.block(`for (var ${at} = 0u; ${at} < ${LANES}u; ${at}++)`, () => {
      totals.forEach((total, i) => {
        this.fold(total, shared[i]!(at));
      });
    });
  }

  protected override each(body: (k: string) => void): void {
    const { code } = this.context;
    const k = code.fresh('k');
    code.block(`for (var ${k} = ${this.#lane}; ${k} < ${this.length}u; ${k} += ${LANES}u)`, () => body(k));
  }

  protected override beforeStores(): void {
    this.context.code.line('storageBarrier();\nworkgroupBarrier();');
  }

  protected override storeRows(store: () => void): void {
    this.context.code.block(`if (${this.#lane} == 0u)`, store);
  }
}
