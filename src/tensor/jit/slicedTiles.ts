import type { Var } from '../trace/program';
import { type Contraction, singleStride } from './contraction';
import type { MatmulVariant } from './matmulVariant';
import type { Part } from './part';
import { type Base, range, sum, TileWriter } from './registerTiles';

const THREADS = 64;

/**
 * `part` with workgroups whose threads share a tile by k: of s slices each takes every s-th step, then the sums are added in order.
 * For few outputs and a long k on a GPU, where one thread for a tile would leave most of it idle.
 */
export function withSlices(part: Part, contraction: Contraction, roots: readonly Var[], variant: MatmulVariant): Part {
  return {
    ...part,
    name: `${part.name} by ${variant.slices} slices of k`,
    groups: {
      count: part.items / variant.lanes,
      write: (context, group, lane) => new SlicedTileWriter(context, contraction, roots, variant).writeGroup(group, lane),
    },
  };
}

class SlicedTileWriter extends TileWriter {
  writeGroup(group: string, thread: string): void {
    const { code } = this.context;
    const { lanes, slices, rows } = this.tile;
    const { lhs, rhs } = this.contraction;
    // Neighbours are neighbours in memory: along k where the right operand is, else along its columns.
    const alongK = singleStride(rhs.contracted) === 1 && singleStride(lhs.contracted) === 1;
    const lane = code.name(alongK ? `${thread} / ${slices}u` : `${thread} % ${lanes}u`);
    const slice = code.name(alongK ? `${thread} % ${slices}u` : `${thread} / ${lanes}u`);
    const place = this.place(code.name(`${group} * ${lanes}u + ${lane}`));
    const { rows: rowIndices, columns } = this.begin(place);
    this.#accumulate(this.bases(lhs, place.b, rowIndices), this.bases(rhs, place.b, columns), slice);
    this.#combine(lane, slice, () => this.finish(place, rows));
  }

  #accumulate(left: readonly Base[], right: readonly Base[], slice: string): void {
    const { code } = this.context;
    const { slices, unroll } = this.tile;
    const { k, lhs, rhs } = this.contraction;
    const [strideA, strideB] = [singleStride(lhs.contracted)!, singleStride(rhs.contracted)!];
    const step = code.fresh('k');
    const at = (u: number, stride: number): string =>
      stride === 0 ? '0u' : `(${sum([step, u === 0 ? '' : `${u * slices}u`])})${stride === 1 ? '' : ` * ${stride}u`}`;
    const turn = slices * unroll;
    const whole = k - (k % turn);
    code.line(`var ${step} = ${slice};`);
    code.block(`for (; ${step} < ${whole}u; ${step} += ${turn}u)`, () => {
      for (const u of range(unroll)) code.block('', () => this.step(left, right, at(u, strideA), at(u, strideB)));
    });
    if (whole === k) return;
    code.block(`for (; ${step} < ${k}u; ${step} += ${slices}u)`, () => this.step(left, right, at(0, strideA), at(0, strideB)));
  }

  /** The first slice's thread of each lane gathers the sums of all slices, in order, and goes on with them. */
  #combine(lane: string, slice: string, finish: () => void): void {
    const { code, module } = this.context;
    const { rows, columns, lanes, slices } = this.tile;
    const type = this.accumulatorType() as 'f32' | 'i32' | 'u32';
    const size = rows * columns * THREADS;
    const sums = module.declareWorkgroup(`slices_${type}_${size}`, type, size);
    const outputs = range(rows).flatMap((i) => range(columns).map((j) => this.acc(i, j)));
    const at = (output: number, of: string): string => `${sums}[(${of} * ${lanes}u + ${lane}) * ${outputs.length}u + ${output}u]`;
    outputs.forEach((accumulator, output) => {
      code.line(`${at(output, slice)} = ${accumulator};`);
    });
    code.line('workgroupBarrier();');
    code.block(`if (${slice} == 0u)`, () => {
      const other = code.fresh('s');
      code.block(`for (var ${other} = 1u; ${other} < ${slices}u; ${other}++)`, () => {
        outputs.forEach((accumulator, output) => {
          code.line(`${accumulator} += ${at(output, other)};`);
        });
      });
      finish();
    });
  }
}
