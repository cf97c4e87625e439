import type { DatasetName } from '#linnet/core';

/** A point of a picker's picture, in -1..1, with class 0 or 1 or a value in -1..1. */
export interface PreviewPoint {
  readonly x: number;
  readonly y: number;
  readonly value: number;
}

/** A small generator, so that the pictures are the same on every visit (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

type Maker = (i: number, count: number, random: () => number) => PreviewPoint;

const around = (random: () => number) => random() + random() + random() - 1.5;

const MAKERS: Partial<Record<DatasetName, { readonly count: number; readonly make: Maker }>> = {
  spiral: {
    count: 84,
    make: (i, count) => {
      const t = Math.floor(i / 2) / (count / 2);
      const side = i % 2;
      const angle = t * 2 * Math.PI * 1.25 + side * Math.PI;
      return { x: (0.1 + 0.8 * t) * Math.sin(angle), y: (0.1 + 0.8 * t) * Math.cos(angle), value: side };
    },
  },
  moons: {
    count: 60,
    make: (i, count, random) => {
      const t = (Math.PI * Math.floor(i / 2)) / (count / 2);
      const upper = i % 2 === 0;
      const [x, y] = upper ? [Math.cos(t), Math.sin(t)] : [1 - Math.cos(t), 0.5 - Math.sin(t)];
      return { x: (x - 0.5) * 0.58 + 0.04 * around(random), y: (y - 0.25) * 0.62 + 0.04 * around(random), value: upper ? 0 : 1 };
    },
  },
  circles: {
    count: 64,
    make: (i, _, random) => {
      const inner = i % 2 === 0;
      const radius = inner ? 0.42 * Math.sqrt(random()) : 0.72 + 0.18 * random();
      const angle = 2 * Math.PI * random();
      return { x: radius * Math.cos(angle), y: radius * Math.sin(angle), value: inner ? 0 : 1 };
    },
  },
  xor: {
    count: 72,
    make: (_, __, random) => {
      const x = (0.1 + 0.8 * random()) * (random() < 0.5 ? -1 : 1);
      const y = (0.1 + 0.8 * random()) * (random() < 0.5 ? -1 : 1);
      return { x, y, value: x * y > 0 ? 1 : 0 };
    },
  },
  gauss: {
    count: 64,
    make: (i, _, random) => {
      const side = i % 2 === 0 ? -1 : 1;
      return { x: 0.4 * side + 0.32 * around(random), y: 0.4 * side + 0.32 * around(random), value: side < 0 ? 0 : 1 };
    },
  },
};

/** The picture of a classified set: a few dozen points, always the same. Empty for sets that are drawn otherwise. */
export function previewPoints(name: DatasetName): PreviewPoint[] {
  const maker = MAKERS[name];
  if (maker === undefined) return [];
  const random = generator(7);
  return Array.from({ length: maker.count }, (_, i) => maker.make(i, maker.count, random));
}

/** The value of a regression set's picture at `x`, `y` in -1..1. */
export function previewValue(name: DatasetName, x: number, y: number): number {
  if (name === 'plane') return (x + y) / 2;
  const hill = (cx: number, cy: number) => Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 0.16);
  return hill(-0.5, 0.5) + hill(0.5, -0.5) - hill(0.5, 0.5) - hill(-0.5, -0.5);
}

/** Four digits of 5 × 7 pixels, one string a row. */
export const PREVIEW_DIGITS: readonly (readonly string[])[] = [
  ['01110', '10001', '00001', '00110', '00001', '10001', '01110'],
  ['01110', '10001', '10001', '01110', '10001', '10001', '01110'],
  ['11111', '10000', '11110', '00001', '00001', '10001', '01110'],
  ['01110', '10001', '10011', '10101', '11001', '10001', '01110'],
];
