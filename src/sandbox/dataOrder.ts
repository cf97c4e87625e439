import { hostRandom } from '#linnet/random';

/** Stream of the training seed that shuffles the rows; parameters and dropout use the seed and its successor as keys of their own. */
export const ORDER_STREAM = 0x6f726472;

/**
 * Which rows each step trains on: every epoch walks through a permutation of its own, in whole batches; rows left over at its end sit
 * it out. A function of seed and step alone, so that a run resumed at any step sees the same batches.
 */
export class DataOrder {
  readonly rows: number;
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
  readonly #seed: number;
  #epoch = -1;
  #permutation: Int32Array = new Int32Array(0);

  constructor(rows: number, batchSize: number, seed: number) {
    this.rows = rows;
    this.batchSize = Math.min(batchSize, rows);
    this.stepsPerEpoch = Math.floor(rows / this.batchSize);
    this.#seed = seed;
  }

  /** The epoch that the step after `step` belongs to, from 0. */
  epochOf(step: number): number {
    return Math.floor(step / this.stepsPerEpoch);
  }

  /** The permutation of `epoch`: row numbers. */
  permutation(epoch: number): Int32Array {
    if (epoch !== this.#epoch) {
      const key = hostRandom.foldInWords(hostRandom.foldInWords(hostRandom.seedWords(this.#seed), ORDER_STREAM), epoch);
      this.#permutation = hostRandom.permutationIndices(key, this.rows, true);
      this.#epoch = epoch;
    }
    return this.#permutation;
  }

  /** Row numbers of `count` steps from `step`, `[count, batchSize]` row-major. */
  batches(step: number, count: number): Int32Array {
    const out = new Int32Array(count * this.batchSize);
    for (let i = 0; i < count; i++) {
      const position = (step + i) % this.stepsPerEpoch;
      const from = position * this.batchSize;
      out.set(this.permutation(this.epochOf(step + i)).subarray(from, from + this.batchSize), i * this.batchSize);
    }
    return out;
  }
}
