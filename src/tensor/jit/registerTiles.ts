import { sizeOf } from '#linnet/core';
import type { Var } from '../trace/program';
import { type Contraction, type ContractionOperand, groupOffset, singleStride } from './contraction';
import { eachPlace } from './convPlaces';
import { writeRoots } from './mapPart';
import type { MatmulVariant } from './matmulVariant';
import type { Part, PartContext } from './part';
import { Position, splitIndex } from './position';

/** A matmul without workgroup memory: accumulators in registers, operands through the cache. Each output adds over k in order. */
export function registerTilePart(contraction: Contraction, roots: readonly Var[], tile: MatmulVariant): Part {
  const { batch, m, n, k, window } = contraction;
  const tilesM = Math.ceil(m / tile.rows);
  const tilesN = Math.ceil(n / (tile.columns * tile.lanes));
  return {
    name: `${window ? 'conv' : 'matmul'} ${tile.rows}×${tile.columns}`,
    items: batch * tilesM * tilesN * tile.lanes,
    flops: 2 * batch * m * n * k * sizeOf(window?.lengths ?? []),
    write: (context, item) => new TileWriter(context, contraction, roots, tile).write(item),
  };
}

/** Where a tile is: WGSL expressions for its batch, first row and first column. */
export interface TilePlace {
  readonly b: string;
  readonly row: string;
  readonly column: string;
}

/** Where a row or column of an operand begins; with `inside`, a condition, only if it holds. */
export interface Base {
  readonly address: string;
  readonly inside?: string;
}

/** An operand on its way along k: beginnings of its rows (or columns), a variable added to them, and elements to the next step. */
export interface Walk {
  readonly bases: readonly Base[];
  readonly at: string;
  readonly stride: number;
}

/** What is added to the addresses of `walk` for the step `u` from where it is. */
export const stepOf = ({ at, stride }: Walk, u: number): string => sum([at, u * stride ? `${u * stride}u` : '']);

/** Tiles up to this many outputs have their epilogue written out for each. */
const UNROLLED_EPILOGUES = 4;

export const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** Writes one item's tile. `workgroupTiles.ts` has another way to accumulate it. */
export class TileWriter {
  protected readonly context: PartContext;
  protected readonly contraction: Contraction;
  readonly #roots: readonly Var[];
  protected readonly tile: MatmulVariant;
  readonly #tilesM: number;
  readonly #tilesN: number;
  readonly #name: string;

  constructor(context: PartContext, contraction: Contraction, roots: readonly Var[], tile: MatmulVariant) {
    this.context = context;
    this.contraction = contraction;
    this.#roots = roots;
    this.tile = tile;
    this.#tilesM = Math.ceil(contraction.m / tile.rows);
    this.#tilesN = Math.ceil(contraction.n / (tile.columns * tile.lanes));
    this.#name = context.code.fresh('c');
  }

  write(item: string): void {
    const place = this.place(item);
    this.accumulate(place);
    this.finish(place, this.tile.rows);
  }

  /** The batch, first row and first column of an item. */
  protected place(item: string): TilePlace {
    const { code } = this.context;
    const { rows, columns, lanes } = this.tile;
    const { batch } = this.contraction;
    const flat = code.name(item);
    const lane = lanes === 1 ? '0u' : code.name(`${flat} % ${lanes}u`);
    const tile = lanes === 1 ? flat : code.name(`${flat} / ${lanes}u`);
    const tileN = this.#tilesN === 1 ? '0u' : code.name(`${tile} % ${this.#tilesN}u`);
    const rest = this.#tilesN === 1 ? tile : code.name(`${tile} / ${this.#tilesN}u`);
    const tileM = batch === 1 ? rest : code.name(`${rest} % ${this.#tilesM}u`);
    const b = batch === 1 ? '0u' : code.name(`${rest} / ${this.#tilesM}u`);
    return {
      b,
      row: code.name(rows === 1 ? tileM : `${tileM} * ${rows}u`),
      column: code.name(sum([this.#tilesN === 1 ? '' : `${tileN} * ${columns * lanes}u`, lane === '0u' ? '' : lane]) || '0u'),
    };
  }

  /** Declares the accumulators; returns the tile's rows and columns. */
  protected begin({ row, column }: TilePlace): { readonly rows: string[]; readonly columns: string[] } {
    const { code } = this.context;
    const { rows, columns, lanes } = this.tile;
    const { m, n } = this.contraction;
    const exactM = m % rows === 0;
    const exactN = n % (columns * lanes) === 0;
    const type = this.accumulatorType();
    for (const i of range(rows)) for (const j of range(columns)) code.line(`var ${this.acc(i, j)} = ${type}(0);`);
    return {
      rows: range(rows).map((i) => clamped(sum([row, i === 0 ? '' : `${i}u`]), exactM ? undefined : m)),
      columns: range(columns).map((j) => clamped(sum([column, j === 0 ? '' : `${j * lanes}u`]), exactN ? undefined : n)),
    };
  }

  /** Where rows (or columns) of an operand are at k = 0. */
  protected bases(operand: ContractionOperand, b: string, indices: readonly string[]): Base[] {
    return indices.map((index) => ({ address: this.base(operand, b, index) }));
  }

  /** Sums all products of the tile, over k in order. */
  protected accumulate(place: TilePlace): void {
    const { code } = this.context;
    const { lhs, rhs, window, lhsFreeDims } = this.contraction;
    const { rows, columns } = this.begin(place);
    const right = this.bases(rhs, place.b, columns);
    if (!window) {
      this.#walk(this.bases(lhs, place.b, rows), right);
      return;
    }
    const first = this.base(lhs, place.b, '0u');
    const pixels = rows.map((row) => code.name(row));
    eachPlace(code, window, lhsFreeDims, pixels, (found, at) => {
      this.#walk(
        found.map(({ address, inside }) => ({ address: code.name(sum([first, address])), ...(inside && { inside }) })),
        right.map(({ address }) => ({ address: code.name(sum([address, at])) })),
      );
    });
  }

  /** The products along k of rows and columns from where they begin. */
  #walk(rows: readonly Base[], columns: readonly Base[]): void {
    const { code } = this.context;
    const { k, lhs, rhs } = this.contraction;
    const strideA = singleStride(lhs.contracted);
    const strideB = singleStride(rhs.contracted);
    if (strideA === undefined || strideB === undefined) {
      this.#loop(k, 1, (step) => {
        const at = (operand: ContractionOperand): string => groupOffset(code, operand.contracted, step);
        this.step(rows, columns, at(lhs), at(rhs));
      });
      return;
    }
    const { unroll } = this.tile;
    const whole = k - (k % unroll);
    const left = { bases: rows, at: code.fresh('a'), stride: strideA };
    const right = { bases: columns, at: code.fresh('b'), stride: strideB };
    code.line(`var ${left.at} = 0u;`);
    code.line(`var ${right.at} = 0u;`);
    this.#loop(whole, unroll, () => {
      this.steps(left, right, unroll);
      if (strideA) code.line(`${left.at} += ${unroll * strideA}u;`);
      if (strideB) code.line(`${right.at} += ${unroll * strideB}u;`);
    });
    this.steps(left, right, k - whole);
  }

  #loop(length: number, step: number, body: (index: string) => void): void {
    const { code } = this.context;
    if (length === 0) return;
    const index = code.fresh('k');
    code.block(`for (var ${index} = 0u; ${index} < ${length}u; ${index} += ${step}u)`, () => body(index));
  }

  /** The products of the next `count` steps of k, from where the operands are. */
  protected steps(left: Walk, right: Walk, count: number): void {
    for (const u of range(count)) this.context.code.block('', () => this.step(left.bases, right.bases, stepOf(left, u), stepOf(right, u)));
  }

  /** One step of k: loads of a column of A and a row of B, then all products. */
  protected step(rows: readonly Base[], columns: readonly Base[], a: string, b: string): void {
    const left = rows.map((base) => this.load(this.contraction.lhs, base, a));
    const right = columns.map((base) => this.load(this.contraction.rhs, base, b));
    this.multiply(left, right);
  }

  /** Adds the products of a column of A and a row of B to the accumulators. */
  protected multiply(left: readonly string[], right: readonly string[]): void {
    const { code } = this.context;
    const float = this.accumulatorType() === 'f32';
    left.forEach((x, i) => {
      right.forEach((y, j) => {
        const c = this.acc(i, j);
        code.line(float ? `${c} = fma(${x}, ${y}, ${c});` : `${c} += ${x} * ${y};`);
      });
    });
  }

  /** The element of an operand that is `offset` from `base`; 0 where there is none. */
  protected load({ view }: ContractionOperand, { address, inside }: Base, offset: string): string {
    const { module } = this.context;
    const element = this.convert(module.at(this.context.source(view.source), sum([address, offset]), false), view.source);
    return this.named(inside ? `select(${this.accumulatorType()}(0), ${element}, ${inside})` : element);
  }

  protected named(expression: string): string {
    const { code } = this.context;
    const name = code.fresh('x');
    code.line(`let ${name} = ${expression};`);
    return name;
  }

  /** An element of an operand as a number of the accumulators' type. */
  protected convert(element: string, source: Var): string {
    const type = this.accumulatorType();
    if (source.aval.dtype === 'bool') return `select(${type}(0), ${type}(1), ${element} != 0u)`;
    return source.aval.dtype === 'float16' ? `f32(${element})` : element;
  }

  /** Address of the first element (k = 0) of row (or column) `index` of an operand. */
  protected base({ view, batch, free }: ContractionOperand, b: string, index: string): string {
    const { code } = this.context;
    const location = this.context.source(view.source);
    const named = code.name(index);
    const terms = [
      this.context.module.baseOf({ ...location, offset: location.offset + view.offset }),
      groupOffset(code, batch, b),
      groupOffset(code, free, named),
    ];
    return code.name(sum(terms) || '0u', 'p');
  }

  /** The epilogue of all outputs of the tile. `span` rows of tiles belong together: the last may be partly outside. */
  protected finish({ b, row: rowBase, column: columnBase }: TilePlace, span: number): void {
    const { m, n } = this.contraction;
    const { code } = this.context;
    const { rows, columns, lanes } = this.tile;
    this.#hoistScalars();
    if (rows * columns <= UNROLLED_EPILOGUES) {
      for (const i of range(rows)) for (const j of range(columns)) this.#emitOne(b, rowBase, columnBase, i, j, span);
      return;
    }
    // One copy of the epilogue in a loop over the accumulators: unrolled it would make long code that takes long to compile.
    const array = code.fresh('tile');
    const all = range(rows).flatMap((i) => range(columns).map((j) => this.acc(i, j)));
    code.line(`var ${array} = array<${this.accumulatorType()}, ${rows * columns}>(${all.join(', ')});`);
    const e = code.fresh('e');
    code.block(`for (var ${e} = 0u; ${e} < ${rows * columns}u; ${e}++)`, () => {
      const row = columns === 1 ? e : `${e} / ${columns}u`;
      const column = columns === 1 ? '' : rows === 1 ? `${e} * ${lanes}u` : `(${e} % ${columns}u) * ${lanes}u`;
      const mi = code.name(rows === 1 ? rowBase : sum([rowBase, row]));
      const nj = code.name(sum([columnBase, column]));
      const guards = [m % span === 0 ? '' : `${mi} < ${m}u`, n % (columns * lanes) === 0 ? '' : `${nj} < ${n}u`].filter(Boolean);
      this.#emit(b, mi, nj, m, n, `${array}[${e}]`, guards.join(' && '));
    });
  }

  #emitOne(b: string, rowBase: string, columnBase: string, i: number, j: number, span: number): void {
    const { code } = this.context;
    const { columns, lanes } = this.tile;
    const { m, n } = this.contraction;
    const mi = code.name(sum([rowBase, i === 0 ? '' : `${i}u`]));
    const nj = code.name(sum([columnBase, j === 0 ? '' : `${j * lanes}u`]));
    const guards = [m % span === 0 ? '' : `${mi} < ${m}u`, n % (columns * lanes) === 0 ? '' : `${nj} < ${n}u`].filter(Boolean);
    this.#emit(b, mi, nj, m, n, this.acc(i, j), guards.join(' && '));
  }

  /** Computes what depends on no element (learning rates, step counts) once, before the loop over the outputs. */
  #hoistScalars(): void {
    const { evaluator, code } = this.context;
    for (const scalar of this.context.scalars?.(this.#roots) ?? [])
      evaluator.value(scalar, Position.fromFlat(code, scalar.aval.shape, '0u'));
  }

  #emit(b: string, mi: string, nj: string, m: number, n: number, accumulator: string, guard: string): void {
    const { code, evaluator } = this.context;
    const { output, batchDims, lhsFreeDims, rhsFreeDims } = this.contraction;
    const onlyColumns = mi === '0u' || m === 1;
    code.block(guard ? `if (${guard})` : '', () => {
      const rowIndex = b === '0u' ? mi : code.name(`${b} * ${m}u + ${mi}`);
      const flat = code.name(onlyColumns && b === '0u' ? nj : n === 1 ? rowIndex : `${rowIndex} * ${n}u + ${nj}`);
      const coordinates = [...splitIndex(code, b, batchDims), ...splitIndex(code, mi, lhsFreeDims), ...splitIndex(code, nj, rhsFreeDims)];
      const position = Position.of(code, output.aval.shape, flat, coordinates);
      const value = code.fresh('t');
      code.line(`let ${value} = ${output.aval.dtype === 'float16' ? `f16(${accumulator})` : accumulator};`);
      evaluator.setRegister(output, position.flat(), value);
      writeRoots(this.context, this.#roots, (root) => position.reshaped(root.aval.shape));
      evaluator.clearRegister(output);
    });
  }

  /** The accumulator of output (i, j) of the tile. */
  protected acc(i: number, j: number): string {
    return `${this.#name}_${i}_${j}`;
  }

  protected accumulatorType(): string {
    const { dtype } = this.contraction.output.aval;
    return dtype === 'int32' ? 'i32' : dtype === 'uint32' ? 'u32' : 'f32';
  }
}

/** The sum of index expressions, without the zeros. */
export const sum = (terms: readonly string[]): string => terms.filter((term) => term !== '' && term !== '0u').join(' + ') || '0u';

/** `index` kept below `length`; as it is if there is nothing to keep it from. */
export const clamped = (index: string, length: number | undefined): string =>
  length === undefined ? index : `min(${index}, ${length - 1}u)`;
