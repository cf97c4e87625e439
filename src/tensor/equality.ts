import {
  flattenWithPath,
  formatPath,
  type HostArray,
  hostArraysEqual,
  isHostArray,
  LinnetError,
  type Path,
  structuresEqual,
} from '#linnet/core';
import { isArray } from './array';

/** A leaf in a form that can be compared: arrays on the host, other values as they are. */
async function comparable(leaf: unknown): Promise<unknown> {
  return isArray(leaf) ? leaf.toHost() : leaf;
}

const format = (leaf: unknown): string =>
  isHostArray(leaf) ? `${leaf.dtype}[${leaf.shape.join(', ')}]` : `${typeof leaf} ${String(leaf)}`;

function firstDifference(a: HostArray, b: HostArray): string {
  const width =
    a.data.byteLength /
    Math.max(
      1,
      a.shape.reduce((size, dim) => size * dim, 1),
    );
  const at = a.data.findIndex((byte, i) => byte !== b.data[i]);
  return `element ${Math.floor(at / width)} (in row-major order) differs`;
}

function difference(a: unknown, b: unknown): string | undefined {
  if (isHostArray(a) && isHostArray(b)) {
    if (hostArraysEqual(a, b)) return undefined;
    return format(a) === format(b) ? firstDifference(a, b) : `${format(a)} against ${format(b)}`;
  }
  return Object.is(a, b) ? undefined : `${format(a)} against ${format(b)}`;
}

const mismatch = (path: Path | undefined, what: string): LinnetError =>
  new LinnetError(
    'CheckpointMismatchError',
    `The trees differ at ${path === undefined || path.length === 0 ? 'the root' : `"${formatPath(path)}"`}: ${what}.`,
  );

/** Refuses two trees that are not the same bit for bit, naming the first leaf that differs. */
export async function assertTreesEqual(actual: unknown, expected: unknown): Promise<void> {
  const [a, b] = [flattenWithPath(actual), flattenWithPath(expected)];
  const paths = (leaves: readonly [Path, unknown][]): string[] => leaves.map(([path]) => formatPath(path));
  if (!structuresEqual(a.structure, b.structure)) {
    const [inA, inB] = [paths(a.leaves), paths(b.leaves)];
    const missing = inB.find((path) => !inA.includes(path));
    const extra = inA.find((path) => !inB.includes(path));
    const found =
      missing !== undefined ? `"${missing}" is missing` : extra !== undefined ? `"${extra}" is extra` : 'the containers are of other kinds';
    throw mismatch(undefined, `the structures are not the same; ${found}`);
  }
  for (const [i, [path, leaf]] of a.leaves.entries()) {
    const found = difference(await comparable(leaf), await comparable(b.leaves[i]![1]));
    if (found !== undefined) throw mismatch(path, found);
  }
}
