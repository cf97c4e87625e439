import type { Var } from '../trace/program';
import { type Contraction, type ContractionOperand, singleStride } from './contraction';
import { WORKGROUP_TILES } from './matmulChoices';
import type { Part } from './part';
import { clamped, range, sum, TileWriter } from './registerTiles';

/** Outputs of one workgroup: 64 × 64, of its threads 8 × 8 each; both operands pass through workgroup memory, 16 steps of k at a time. */
const SPAN = 64;
const DEPTH = 16;
const THREADS = 64;
/** Vectors of four in a row of a slab: of the left operand four rows after another, of the right one four columns of one thread. */
const VECTORS = SPAN / 4;

/** `part` with the cooperative way added. Each output adds over k in the same order as without, so the bits are the same. */
export function withWorkgroupTiles(part: Part, contraction: Contraction, roots: readonly Var[]): Part {
  const tilesM = Math.ceil(contraction.m / SPAN);
  const tilesN = Math.ceil(contraction.n / SPAN);
  return {
    ...part,
    name: 'matmul 64×64 shared',
    groups: {
      count: contraction.batch * tilesM * tilesN,
      write: (context, group, lane) =>
        new WorkgroupTileWriter(context, contraction, roots, WORKGROUP_TILES).writeGroup(group, lane, [tilesM, tilesN]),
    },
  };
}

class WorkgroupTileWriter extends TileWriter {
  writeGroup(group: string, lane: string, [tilesM, tilesN]: readonly [number, number]): void {
    const { code } = this.context;
    const { batch } = this.contraction;
    const flat = code.name(group);
    const tileN = tilesN === 1 ? '0u' : code.name(`${flat} % ${tilesN}u`);
    const rest = tilesN === 1 ? flat : code.name(`${flat} / ${tilesN}u`);
    const tileM = batch === 1 ? rest : code.name(`${rest} % ${tilesM}u`);
    const b = batch === 1 ? '0u' : code.name(`${rest} / ${tilesM}u`);
    const row = code.name(`${tileM} * ${SPAN}u`);
    const column = code.name(tileN === '0u' ? '0u' : `${tileN} * ${SPAN}u`);
    const threadRow = code.name(`${lane} / 8u`);
    const threadColumn = code.name(`${lane} % 8u`);
    this.#share(b, row, column, lane, threadRow, threadColumn);
    this.finish({ b, row: code.name(sum([row, `${threadRow} * 8u`])), column: code.name(sum([column, threadColumn])) }, SPAN);
  }

  #share(b: string, row: string, column: string, lane: string, threadRow: string, threadColumn: string): void {
    const { code, module } = this.context;
    const { m, n, k, lhs, rhs } = this.contraction;
    const type = this.accumulatorType() as 'f32' | 'i32' | 'u32';
    const left = module.declareWorkgroup(`tileLeft_${type}`, `vec4<${type}>`, DEPTH * VECTORS);
    const right = module.declareWorkgroup(`tileRight_${type}`, `vec4<${type}>`, DEPTH * VECTORS);
    for (const i of range(8)) for (const j of range(8)) code.line(`var ${this.acc(i, j)} = ${type}(0);`);
    const k0 = code.fresh('k');
    code.block(`for (var ${k0} = 0u; ${k0} < ${k}u; ${k0} += ${DEPTH}u)`, () => {
      this.#fill(left, lhs, b, row, lane, k0, m, (vector, i) => sum([`${vector} * 4u`, i === 0 ? '' : `${i}u`]));
      this.#fill(right, rhs, b, column, lane, k0, n, (vector, i) =>
        sum([`${vector} / 2u`, `(${vector} % 2u) * 32u`, i === 0 ? '' : `${8 * i}u`]),
      );
      code.line('workgroupBarrier();');
      const step = code.fresh('s');
      code.block(`for (var ${step} = 0u; ${step} < ${DEPTH}u; ${step}++)`, () => {
        const base = code.name(`${step} * ${VECTORS}u`);
        const pair = (tile: string, of: string): string[] => {
          const vectors = [0, 1].map((half) => this.named(`${tile}[${sum([base, `${of} * 2u`, half === 0 ? '' : '1u'])}]`));
          return range(8).map((i) => `${vectors[i >> 2]}[${i % 4}]`);
        };
        this.multiply(pair(left, threadRow), pair(right, threadColumn));
      });
      code.line('workgroupBarrier();');
    });
  }

  /**
   * All threads load a slab of an operand, four elements at a time; neighbours take neighbours in memory. `at` says which row (or
   * column) of the slab the element of a vector is. Beyond the end of k the slab is 0.
   */
  #fill(
    target: string,
    operand: ContractionOperand,
    b: string,
    first: string,
    lane: string,
    k0: string,
    length: number,
    at: (vector: string, element: number) => string,
  ): void {
    const { code, module } = this.context;
    const stride = singleStride(operand.contracted)!;
    const { k } = this.contraction;
    const type = this.accumulatorType();
    const { source } = operand.view;
    const e = code.fresh('e');
    code.block(`for (var ${e} = ${lane}; ${e} < ${DEPTH * VECTORS}u; ${e} += ${THREADS}u)`, () => {
      const inner = code.name(stride === 1 ? `${e} % ${DEPTH}u` : `${e} / ${VECTORS}u`);
      const vector = code.name(stride === 1 ? `${e} / ${DEPTH}u` : `${e} % ${VECTORS}u`);
      const step = code.name(clamped(`${k0} + ${inner}`, k % DEPTH === 0 ? undefined : k));
      const along = stride === 0 ? '' : stride === 1 ? step : `${step} * ${stride}u`;
      const elements = range(4).map((i) => {
        const index = clamped(sum([first, at(vector, i)]), length % SPAN === 0 ? undefined : length);
        return this.convert(module.at(this.context.source(source), sum([this.base(operand, b, index), along]), false), source);
      });
      const value = `vec4<${type}>(${elements.join(', ')})`;
      const guarded = k % DEPTH === 0 ? value : `select(vec4<${type}>(0), ${value}, ${k0} + ${inner} < ${k}u)`;
      code.line(`${target}[${inner} * ${VECTORS}u + ${vector}] = ${guarded};`);
    });
  }
}
