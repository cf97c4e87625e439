import { iterGraph } from '../graph/iterGraph';
import { type RngSeed, RngStream } from './rngStream';

/** Starts the random streams below `node` that `seeds` names (by tag) again, counters at 0. Like `flax.nnx.reseed`. */
export function reseed(node: object, seeds: Readonly<Record<string, RngSeed>>): void {
  for (const [, value] of iterGraph(node)) {
    if (value instanceof RngStream && Object.hasOwn(seeds, value.tag)) value.reseed(seeds[value.tag]!);
  }
}
