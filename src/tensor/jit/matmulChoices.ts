import type { DeviceFacts } from '#linnet/gpu';
import type { Var } from '../trace/program';
import { type Contraction, singleStride } from './contraction';
import { type MatmulVariant, parseVariant, sameBits, variantName } from './matmulVariant';

/** Says how a contraction is to be computed. */
export type PickVariant = (contraction: Contraction) => MatmulVariant;

/** The variant of every matmul of a program: as a saved plan has it, or the best that is known for its shape and the device. */
export class MatmulChoices {
  readonly #facts: DeviceFacts;
  readonly #saved: readonly MatmulVariant[];
  readonly #chosen = new Map<Var, MatmulVariant>();

  /** `saved` are the names of an earlier compilation of the same program (`names`). */
  constructor(facts: DeviceFacts, saved: readonly string[] = []) {
    this.#facts = facts;
    this.#saved = saved.map(parseVariant);
  }

  /** How to compute `contraction`. */
  readonly of: PickVariant = (contraction) => {
    const known = this.#chosen.get(contraction.output);
    if (known) return known;
    const saved = this.#saved[this.#chosen.size];
    const best = chooseVariant(contraction, this.#facts);
    // A variant that adds in the saved one's order gives its bits; the device may like another one better than the saved run's did.
    const variant = saved === undefined || sameBits(saved, best) ? best : saved;
    this.#chosen.set(contraction.output, variant);
    return variant;
  };

  /** Names of the variants chosen so far, in the order in which they were asked for. */
  get names(): string[] {
    return [...this.#chosen.values()].map(variantName);
  }
}

/** The best variant for a shape on a device. */
export function chooseVariant(contraction: Contraction, facts: DeviceFacts): MatmulVariant {
  return wantsWorkgroupTiles(contraction, facts) ? WORKGROUP_TILES : registerVariant(contraction);
}

/** The variant with the same bits whose kernel compiles fastest: to start with, while `variant` compiles. */
export function quickVariant(variant: MatmulVariant): MatmulVariant {
  const { family, rows, columns } = variant;
  if (family !== 'registers' || rows * columns <= 16) return variant;
  return { ...variant, rows: Math.min(rows, 4), columns: Math.min(columns, 4), unroll: 1 };
}

/** 64 × 64 outputs of a workgroup, 8 × 8 of each of its threads. */
export const WORKGROUP_TILES: MatmulVariant = { family: 'workgroup', rows: 8, columns: 8, lanes: 8, unroll: 1, slices: 1 };

/** Whether `contraction` is worth tiles in workgroup memory: not on software adapters, and not for skinny or short products. */
function wantsWorkgroupTiles({ lhs, rhs, m, n, k }: Contraction, facts: DeviceFacts): boolean {
  const isStrided = singleStride(lhs.contracted) !== undefined && singleStride(rhs.contracted) !== undefined;
  return !facts.software && isStrided && m >= 32 && n >= 32 && k >= 16;
}

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
