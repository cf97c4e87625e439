import type { DatasetName } from '#linnet/core';
import { hostRandom } from '#linnet/random';
import type { Dataset } from './dataset';

/** Coordinates of generated points lie within about this distance of the origin. */
export const PLANE_RADIUS = 5.7;

/** Random numbers of one generated set: a stream of its own for each purpose, all from one seed. */
interface Draws {
  readonly samples: number;
  /** Uniform in [0, 1), `index` below 2 * samples. */
  readonly u: (index: number) => number;
}

interface Point {
  readonly x: number;
  readonly y: number;
  readonly label: number;
}

type Generator = (i: number, draws: Draws) => Point;

const polar = (radius: number, angle: number, label: number): Point => ({
  x: radius * Math.sin(angle),
  y: radius * Math.cos(angle),
  label,
});
/** Uniform along one axis of the square that the points fill. */
const across = (u: number): number => (2 * u - 1) * 5;

const moons: Generator = (i, { u }) => {
  const angle = Math.PI * u(i);
  const label = i % 2;
  const [x, y] = label === 0 ? [Math.cos(angle) - 0.5, Math.sin(angle) - 0.25] : [0.5 - Math.cos(angle), 0.25 - Math.sin(angle)];
  return { x: 3 * x, y: 3.6 * y, label };
};

const circles: Generator = (i, { u, samples }) =>
  i % 2 === 0 ? polar(2.2 * Math.sqrt(u(i)), 2 * Math.PI * u(samples + i), 0) : polar(3.6 + 1.6 * u(i), 2 * Math.PI * u(samples + i), 1);

const spiral: Generator = (i, { samples }) => {
  const share = Math.floor(i / 2) / (samples / 2);
  return polar(0.4 + 4.9 * share, 3.08 * Math.PI * share + (i % 2) * Math.PI, i % 2);
};

const xor: Generator = (i, { u, samples }) => {
  const apart = (v: number) => v + Math.sign(v || 1) * 0.3;
  const [x, y] = [apart(across(u(i))), apart(across(u(samples + i)))];
  return { x, y, label: x * y > 0 ? 1 : 0 };
};

const gauss: Generator = (i, { u, samples }) => {
  const centre = i % 2 === 0 ? -2 : 2;
  // Box-Muller: two uniforms to two normals.
  const radius = 1.1 * Math.sqrt(-2 * Math.log(1 - u(i)));
  const angle = 2 * Math.PI * u(samples + i);
  return { x: centre + radius * Math.cos(angle), y: centre + radius * Math.sin(angle), label: i % 2 };
};

const plane: Generator = (i, { u, samples }) => {
  const [x, y] = [across(u(i)), across(u(samples + i))];
  return { x, y, label: (x + y) / 10 };
};

/** Hills and hollows: centres with the sign of their bump. */
const BUMPS = [
  [-3.2, 2.1, 1],
  [0, 2.1, -1],
  [3.2, 2.1, 1],
  [-3.2, -2.1, -1],
  [0, -2.1, 1],
  [3.2, -2.1, -1],
] as const;

const bumps: Generator = (i, { u, samples }) => {
  const [x, y] = [across(u(i)), across(u(samples + i))];
  const heights = BUMPS.map(([cx, cy, sign]) => sign * Math.max(0, 1 - Math.hypot(x - cx, y - cy) / 2));
  return { x, y, label: heights.reduce((best, height) => (Math.abs(height) > Math.abs(best) ? height : best), 0) };
};

interface GeneratedSet {
  readonly generate: Generator;
  readonly task: Dataset['task'];
  readonly classNames: readonly string[];
}

const BINARY = { task: 'classification', classNames: ['A', 'B'] } as const;
const SETS: Partial<Record<DatasetName, GeneratedSet>> = {
  moons: { generate: moons, ...BINARY },
  circles: { generate: circles, ...BINARY },
  spiral: { generate: spiral, ...BINARY },
  xor: { generate: xor, ...BINARY },
  gauss: { generate: gauss, ...BINARY },
  plane: { generate: plane, task: 'regression', classNames: [] },
  'regress-gauss': { generate: bumps, task: 'regression', classNames: [] },
};

/** Whether `name` is made from a seed. */
export const isGenerated = (name: DatasetName): boolean => name in SETS;

/** The generated set `name`: `samples` points whose coordinates carry normal noise of deviation `noise`. Same seed, same points. */
export function generate(name: DatasetName, samples: number, noise: number, seed: number): Dataset {
  const { generate: point, task, classNames } = SETS[name]!;
  const key = hostRandom.seedWords(seed);
  const uniform = hostRandom.uniformFloats(hostRandom.foldInWords(key, 0), 2 * samples, true);
  const normal = hostRandom.normalFloats(hostRandom.foldInWords(key, 1), 2 * samples, true);
  const draws: Draws = { samples, u: (index) => uniform[index]! };
  const values = new Float32Array(2 * samples);
  const labels = new Float32Array(samples);
  for (let i = 0; i < samples; i++) {
    const { x, y, label } = point(i, draws);
    values[2 * i] = x + noise * normal[2 * i]!;
    values[2 * i + 1] = y + noise * normal[2 * i + 1]!;
    labels[i] = label;
  }
  const columnNames = ['x1', 'x2'];
  return {
    task,
    rows: samples,
    columns: 2,
    values,
    labels,
    columnNames,
    classNames,
    source: 'Generated here from a seed.',
    isPlane: true,
    divisor: 1,
  };
}
