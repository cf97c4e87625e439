import type { Contraction } from './contraction';
import type { MatmulVariant } from './matmulVariant';

const TILES = [1, 2, 4, 8] as const;
const LANES = [1, 2, 4] as const;

/** Rough costs of one thread, in multiply-adds: a load, starting a tile, and looking whether an output is outside. */
const LOAD = 4;
const START = 20;
const GUARD = 10;

/**
 * The tile of a matmul that `threads` threads of one workgroup compute together: the one that has them finished first. Few threads get
 * large tiles, which load every operand less often.
 */
export function oneGroupVariant({ batch, m, n }: Contraction, threads: number): MatmulVariant {
  let best: MatmulVariant | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const rows of TILES.filter((size) => size === 1 || size < 2 * m)) {
    for (const columns of TILES.filter((size) => size === 1 || size < 2 * n)) {
      for (const lanes of LANES.filter((count) => count === 1 || columns * count < 2 * n)) {
        const tiles = batch * Math.ceil(m / rows) * Math.ceil(n / (columns * lanes)) * lanes;
        const guards = Number(m % rows !== 0) + Number(n % (columns * lanes) !== 0);
        const cost = Math.ceil(tiles / threads) * ((rows + columns) * LOAD + rows * columns + START + guards * GUARD);
        // Of equals the one with more lanes: neighbours read neighbours.
        if (cost > least || (cost === least && lanes < best!.lanes)) continue;
        least = cost;
        best = { family: 'registers', rows, columns, lanes, unroll: rows * columns >= 16 ? 1 : 4, slices: 1 };
      }
    }
  }
  return best!;
}
