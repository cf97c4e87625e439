import type { Var } from '../trace/program';
import { type Contraction, type ContractionOperand, singleStride } from './contraction';
import { WORKGROUP_TILES } from './matmulChoices';
import type { Part } from './part';
import { clamped, range, sum, TileWriter } from './registerTiles';

/** Outputs of one workgroup: 64 × 64, of its threads 8 × 8 each; both operands pass through workgroup memory, 16 steps of k at a time. */
const SPAN = 64;
const DEPTH = 16;
const THREADS = 64;

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
    const threadRow = code.name(`(${lane} / 8u) * 8u`);
    const threadColumn = code.name(`${lane} % 8u`);
    this.#share(b, row, column, lane, threadRow, threadColumn);
    this.finish({ b, row: code.name(sum([row, threadRow])), column: code.name(sum([column, threadColumn])) }, SPAN);
  }

  #share(b: string, row: string, column: string, lane: string, threadRow: string, threadColumn: string): void {
    const { code, module } = this.context;
    const { m, n, k, lhs, rhs } = this.contraction;
    const type = this.accumulatorType() as 'f32' | 'i32' | 'u32';
    const left = module.declareWorkgroup(`tileLeft_${type}`, type, DEPTH * SPAN);
    const right = module.declareWorkgroup(`tileRight_${type}`, type, DEPTH * SPAN);
    for (const i of range(8)) for (const j of range(8)) code.line(`var ${this.acc(i, j)} = ${type}(0);`);
    const k0 = code.fresh('k');
    code.block(`for (var ${k0} = 0u; ${k0} < ${k}u; ${k0} += ${DEPTH}u)`, () => {
      this.#fill(left, lhs, b, row, lane, k0, m);
      this.#fill(right, rhs, b, column, lane, k0, n);
      code.line('workgroupBarrier();');
      const step = code.fresh('s');
      code.block(`for (var ${step} = 0u; ${step} < ${DEPTH}u; ${step}++)`, () => {
        const base = code.name(`${step} * ${SPAN}u`);
        const xs = range(8).map((i) => this.named(`${left}[${base} + ${threadRow} + ${i}u]`));
        const ys = range(8).map((j) => this.named(`${right}[${base} + ${threadColumn} + ${8 * j}u]`));
        xs.forEach((x, i) => {
          ys.forEach((y, j) => {
            const c = this.acc(i, j);
            code.line(type === 'f32' ? `${c} = fma(${x}, ${y}, ${c});` : `${c} += ${x} * ${y};`);
          });
        });
      });
      code.line('workgroupBarrier();');
    });
  }

  /** All threads load a slab of an operand; neighbours take neighbours in memory. Beyond the end of k the slab is 0. */
  #fill(target: string, operand: ContractionOperand, b: string, first: string, lane: string, k0: string, length: number): void {
    const { code } = this.context;
    const stride = singleStride(operand.contracted)!;
    const { k } = this.contraction;
    const e = code.fresh('e');
    code.block(`for (var ${e} = ${lane}; ${e} < ${DEPTH * SPAN}u; ${e} += ${THREADS}u)`, () => {
      const inner = code.name(stride === 1 ? `${e} % ${DEPTH}u` : `${e} / ${SPAN}u`);
      const across = code.name(stride === 1 ? `${e} / ${DEPTH}u` : `${e} % ${SPAN}u`);
      const index = clamped(sum([first, across]), length % SPAN === 0 ? undefined : length);
      const step = code.name(clamped(`${k0} + ${inner}`, k % DEPTH === 0 ? undefined : k));
      const address = sum([this.base(operand, b, index), stride === 0 ? '' : stride === 1 ? step : `${step} * ${stride}u`]);
      const value = this.convert(this.context.module.at(this.context.source(operand.view.source), address, false), operand.view.source);
      const guarded = k % DEPTH === 0 ? value : `select(${this.accumulatorType()}(0), ${value}, ${k0} + ${inner} < ${k}u)`;
      code.line(`${target}[${inner} * ${SPAN}u + ${across}] = ${guarded};`);
    });
  }
}
