import type { DeviceFacts } from '#linnet/gpu';
import type { Var } from '../trace/program';
import { type Contraction, singleStride } from './contraction';
import { type MatmulVariant, parseVariant, sameBits, variantName } from './matmulVariant';

/** Says how a contraction is to be computed. */
export type PickVariant = (contraction: Contraction) => MatmulVariant;

/** The variant of every matmul of a program: as asked for, as a saved plan has it, or the best that is known for its shape and device. */
export class MatmulChoices {
  readonly #facts: DeviceFacts;
  readonly #saved: readonly MatmulVariant[];
  readonly #wanted: MatmulVariant | undefined;
  readonly #chosen = new Map<Var, MatmulVariant>();

  /** `saved` are the names of an earlier compilation of the same program (`names`); `wanted` is the name of the variant to prefer. */
  constructor(facts: DeviceFacts, saved: readonly string[] = [], wanted?: string) {
    this.#facts = facts;
    this.#saved = saved.map(parseVariant);
    this.#wanted = wanted === undefined ? undefined : parseVariant(wanted);
  }

  /** How to compute `contraction`. */
  readonly of: PickVariant = (contraction) => {
    const known = this.#chosen.get(contraction.output);
    if (known) return known;
    const variant = this.#choose(contraction, this.#saved[this.#chosen.size]);
    this.#chosen.set(contraction.output, variant);
    return variant;
  };

  #choose(contraction: Contraction, saved: MatmulVariant | undefined): MatmulVariant {
    if (this.#wanted && canRun(this.#wanted, contraction, this.#facts)) return this.#wanted;
    const best = chooseVariant(contraction, this.#facts);
    // A variant that adds in the saved one's order gives its bits; the device may like another one better than the saved run's did.
    return saved === undefined || sameBits(saved, best) || !canRun(saved, contraction, this.#facts) ? best : saved;
  }

  /** Names of the variants chosen so far, in the order in which they were asked for. */
  get names(): string[] {
    return [...this.#chosen.values()].map(variantName);
  }
}

/** Whether `variant` can compute `contraction` on the device. */
function canRun(variant: MatmulVariant, { lhs, rhs, window }: Contraction, facts: DeviceFacts): boolean {
  const { family, rows, columns, lanes, slices } = variant;
  if (family === 'registers') return slices === 1;
  if (singleStride(lhs.contracted) === undefined || singleStride(rhs.contracted) === undefined) return false;
  if (family === 'quads') return slices === 1 && facts.subgroups && lanes % 4 === 0;
  // The families of GPUs load what they share from strided operands.
  if (window) return false;
  if (family === 'slices') return lanes * slices === 64 && rows * columns * 64 * 4 <= facts.maxWorkgroupBytes;
  return variantName(variant) === variantName(WORKGROUP_TILES);
}

/** The best variant for a shape on a device. */
function chooseVariant(contraction: Contraction, facts: DeviceFacts): MatmulVariant {
  const { batch, m, n, k } = contraction;
  const { matmulTiles, software } = facts;
  const candidates: MatmulVariant[] = [];
  // Software adapters have a few cores, which the outputs keep busy; a GPU with few of them needs more threads than outputs.
  if (!software && batch * m * n <= FEW_OUTPUTS && k >= 64) candidates.push(slicedVariant(contraction));
  // Sharing pays neither for skinny nor for short products.
  if (matmulTiles === 'workgroup' && m >= 32 && n >= 32 && k >= 16) candidates.push(WORKGROUP_TILES);
  if (matmulTiles === 'quads' && k >= 8) candidates.push(quadVariant(contraction));
  return candidates.find((variant) => canRun(variant, contraction, facts)) ?? registerVariant(contraction);
}

/** Outputs that leave most of a GPU idle when each is one thread's. */
const FEW_OUTPUTS = 8192;

/** Threads side by side along n, the rest of a workgroup along k; the rows of a small batch stay with one thread, which reads B once. */
function slicedVariant({ m, n }: Contraction): MatmulVariant {
  const lanes = n >= 16 ? 16 : n >= 4 ? 4 : 1;
  return { family: 'slices', rows: Math.min(m, 8), columns: 1, lanes, unroll: 4, slices: 64 / lanes };
}

/** The variant with the same bits whose kernel compiles fastest: to start with, while `variant` compiles. */
export function quickVariant(variant: MatmulVariant): MatmulVariant {
  const { family, rows, columns } = variant;
  if (family === 'slices' || rows * columns <= 16) return variant;
  const small = { ...variant, rows: Math.min(rows, 4), columns: Math.min(columns, 4) };
  return family === 'quads' ? { ...small, unroll: 4 } : { ...small, family: 'registers', unroll: 1 };
}

/** 64 × 64 outputs of a workgroup, 8 × 8 of each of its threads. */
export const WORKGROUP_TILES: MatmulVariant = { family: 'workgroup', rows: 8, columns: 8, lanes: 8, unroll: 1, slices: 1 };

/** Tiles in registers for an m × n output: big where there is enough work for it, flat for skinny outputs. */
export function registerVariant({ batch, m, n }: Contraction): MatmulVariant {
  const lanes = n <= 4 ? Math.max(1, n) : n <= 32 ? 4 : 8;
  const wanted = n <= 4 ? 1 : Math.min(8, 2 ** Math.floor(Math.log2(Math.max(1, n / lanes))));
  const columns = n <= 16 ? Math.max(1, Math.ceil(n / lanes)) : wanted;
  let rows = m >= 64 ? 8 : m >= 16 ? 4 : m >= 4 ? 2 : 1;
  const items = (r: number): number => batch * Math.ceil(m / r) * Math.ceil(n / columns);
  // At least a few hundred items, so that every core has work.
  while (rows > 1 && items(rows) < 256) rows /= 2;
  return { family: 'registers', rows, columns, lanes, unroll: rows * columns >= 32 ? 2 : 4, slices: 1 };
}

/** What a vector of four threads takes on a software adapter, in nanoseconds: a load, a broadcast, a product. */
const LOAD = 10;
const BROADCAST = 1.5;
const PRODUCT = 0.86;
/** Items that keep every core at work. */
const ENOUGH_ITEMS = 256;

/** The tile that loads least for what it computes, shared in quads, as long as there are items enough. */
function quadVariant({ batch, m, n }: Contraction): MatmulVariant {
  const lanes = 4;
  let best: MatmulVariant | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const rows of [1, 2, 4, 8, 16]) {
    for (const columns of [1, 2, 3, 4, 6, 8]) {
      const tiles = batch * Math.ceil(m / rows) * Math.ceil(n / (columns * lanes));
      const cost = LOAD * (rows + 4 * columns) + BROADCAST * 4 * rows + PRODUCT * 4 * rows * columns;
      const total = cost * Math.max(tiles, ENOUGH_ITEMS / lanes);
      if (total >= least) continue;
      least = total;
      best = { family: 'quads', rows, columns, lanes, unroll: 4, slices: 1 };
    }
  }
  return best!;
}
