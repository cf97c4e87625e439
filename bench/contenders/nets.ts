/** The nets every contender trains, from the same numbers. */
export interface Net {
  readonly dims: readonly number[];
  readonly batch: number;
}

export const NETS: Readonly<Record<string, Net>> = {
  tiny: { dims: [2, 8, 8, 2], batch: 32 },
  mnist: { dims: [784, 256, 128, 10], batch: 128 },
  wide: { dims: [1024, 1024, 1024, 10], batch: 256 },
};

/** Adam's constants. */
export const ADAM = { rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** Uniform numbers in [0, 1) from a fixed seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface NetData extends Net {
  readonly weights: readonly Float32Array[];
  readonly x: Float32Array;
  readonly labels: Int32Array;
  /** The labels as rows of 0 and 1. */
  readonly oneHot: Float32Array;
}

/** Starting weights (Glorot uniform; biases are 0) and one batch for `net`. */
export function netData(net: string): NetData {
  const { dims, batch } = NETS[net]!;
  const next = generator(42);
  const weights = dims.slice(1).map((n, i) => {
    const limit = Math.sqrt(6 / (dims[i]! + n));
    return Float32Array.from({ length: dims[i]! * n }, () => (2 * next() - 1) * limit);
  });
  const classes = dims.at(-1)!;
  const x = Float32Array.from({ length: batch * dims[0]! }, next);
  const labels = Int32Array.from({ length: batch }, () => Math.floor(next() * classes));
  const oneHot = new Float32Array(batch * classes);
  labels.forEach((label, i) => {
    oneHot[i * classes + label] = 1;
  });
  return { dims, batch, weights, x, labels, oneHot };
}
