import { path as openPath, openTree, type SavedLeaf, type SavedTree, savedText, showPath } from '#linnet/checkpoint';
import { castHostArray, dtypeKind, type HostArray, hostArraysEqual, shapesEqual } from '#linnet/core';
import { type Command, EXIT, printJson } from '../command';
import { table, visible } from '../table';

interface Difference {
  readonly leaf: string;
  readonly kind: 'only in first' | 'only in second' | 'type' | 'values';
  readonly first: string;
  readonly second: string;
}

/** Largest difference of two arrays of real numbers of one shape. */
function largestDifference(a: HostArray, b: HostArray): number | undefined {
  if ([a, b].some(({ dtype }) => dtypeKind(dtype) === 'key' || dtypeKind(dtype) === 'complex')) return undefined;
  const [x, y] = [a, b].map((array) => new Float64Array(castHostArray(array, 'float64').data.slice().buffer)) as [
    Float64Array,
    Float64Array,
  ];
  let largest = 0;
  x.forEach((value, i) => {
    const distance = Object.is(value, y[i]) ? 0 : Math.abs(value - y[i]!);
    if (!(distance <= largest)) largest = distance;
  });
  return largest;
}

async function compare(first: SavedTree, a: SavedLeaf, second: SavedTree, b: SavedLeaf): Promise<Difference | undefined> {
  const leaf = showPath(a.path);
  const sameType = a.array?.dtype === b.array?.dtype && shapesEqual(a.array?.shape ?? [], b.array?.shape ?? []);
  if ((a.array === undefined) !== (b.array === undefined) || !sameType)
    return { leaf, kind: 'type', first: savedText(a), second: savedText(b) };
  if (a.array === undefined || b.array === undefined) {
    if (a.valueType === b.valueType && a.text === b.text) return undefined;
    return { leaf, kind: 'values', first: a.text ?? a.valueType, second: b.text ?? b.valueType };
  }
  const [x, y] = [await first.readArray(a), await second.readArray(b)];
  if (hostArraysEqual(x, y)) return undefined;
  const largest = largestDifference(x, y);
  return { leaf, kind: 'values', first: savedText(a), second: largest === undefined ? 'other bits' : `largest difference ${largest}` };
}

async function compareTrees(first: SavedTree, second: SavedTree): Promise<Difference[]> {
  const others = new Map(second.leaves.map((leaf) => [leaf.name, leaf]));
  const differences: Difference[] = [];
  for (const leaf of first.leaves) {
    const other = others.get(leaf.name);
    others.delete(leaf.name);
    const found =
      other === undefined
        ? ({ leaf: showPath(leaf.path), kind: 'only in first', first: savedText(leaf), second: '' } as const)
        : await compare(first, leaf, second, other);
    if (found !== undefined) differences.push(found);
  }
  return [
    ...differences,
    ...[...others.values()].map((leaf) => ({
      leaf: showPath(leaf.path),
      kind: 'only in second' as const,
      first: '',
      second: savedText(leaf),
    })),
  ];
}

/** Compares two trees leaf by leaf, bit for bit. */
export const diff: Command = {
  name: 'diff',
  usage: '<path> <path>',
  summary: 'compare two trees leaf by leaf; exit code 1 when they differ',
  paths: [2, 2],
  options: {},
  async run({ positionals: [a, b], flags }, output) {
    const [first, second] = [await openTree(await openPath(a!)), await openTree(await openPath(b!))];
    const differences = await compareTrees(first, second);
    if (flags.json) printJson(output, differences);
    else if (differences.length === 0) output.print(`No difference: ${first.leaves.length} leaves are the same, bit for bit.`);
    else {
      const rows = differences.map((found) => [visible(found.leaf), found.kind, visible(found.first), visible(found.second)]);
      output.print(table(['leaf', 'differs', 'first', 'second'], rows));
    }
    return differences.length === 0 ? EXIT.ok : EXIT.found;
  },
};
