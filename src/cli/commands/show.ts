import { arrayByteLength, path as openPath, openTree, type SavedLeaf, type SavedTree, savedText, showPath } from '#linnet/checkpoint';
import { dtypeKind, type Element, type HostArray, isLinnetError, LinnetError, readElement, sizeOf } from '#linnet/core';
import { type Command, EXIT, printJson } from '../command';
import { formatBytes, table, visible } from '../table';
import { ls } from './ls';

/** Elements that are printed of one leaf. */
const SHOWN_ELEMENTS = 10;

const elementText = (value: Element): string =>
  typeof value === 'object' ? `${value.re}${value.im < 0 ? '' : '+'}${value.im}j` : String(value);

/** Smallest, largest and mean of the finite elements, and how many are not finite; for real numbers. */
function summary(array: HostArray): { min: number; max: number; mean: number; notFinite: number } {
  let [min, max, sum, finite] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  const size = sizeOf(array.shape);
  for (let i = 0; i < size; i++) {
    const value = Number(readElement(array, i));
    if (!Number.isFinite(value)) continue;
    [min, max] = [Math.min(min, value), Math.max(max, value)];
    sum += value;
    finite++;
  }
  return { min, max, mean: sum / finite, notFinite: size - finite };
}

async function describeLeaf(saved: SavedTree, leaf: SavedLeaf): Promise<Record<string, unknown>> {
  const base = { path: showPath(leaf.path), valueType: leaf.valueType };
  if (leaf.array === undefined) return { ...base, ...(leaf.text === undefined ? {} : { text: leaf.text }) };
  const array = await saved.readArray(leaf);
  const facts = { ...base, dtype: array.dtype, shape: array.shape, chunkShape: leaf.array.chunkShape, sharding: leaf.sharding };
  const kind = dtypeKind(array.dtype);
  if (kind === 'key') return facts;
  const first = Array.from({ length: Math.min(SHOWN_ELEMENTS, sizeOf(array.shape)) }, (_, i) => elementText(readElement(array, i)));
  return { ...facts, first, ...(kind === 'complex' ? {} : summary(array)) };
}

/** What a leaf is, in a few words: a text or a scalar itself, of an array dtype and shape. */
async function leafText(saved: SavedTree, leaf: SavedLeaf): Promise<string> {
  if (leaf.text !== undefined) return JSON.stringify(leaf.text.length > 40 ? `${leaf.text.slice(0, 40)}…` : leaf.text);
  if (leaf.valueType !== 'scalar') return savedText(leaf);
  const array = await saved.readArray(leaf);
  const element = readElement(array, 0);
  return `${array.dtype} ${array.dtype === 'bool' ? element === 1 : elementText(element)}`;
}

async function leafRow(saved: SavedTree, leaf: SavedLeaf): Promise<string[]> {
  const text = await leafText(saved, leaf);
  return [
    visible(showPath(leaf.path)),
    leaf.valueType,
    visible(text),
    leaf.array === undefined ? '' : formatBytes(arrayByteLength(leaf.array)),
  ];
}

/** A fact about a leaf for people. */
function factText(value: unknown): string {
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? `[${value.join(', ')}]` : JSON.stringify(value);
}

/** The tree at `path`; undefined where there are several. */
async function onlyTree(path: string): Promise<SavedTree | undefined> {
  try {
    return await openTree(await openPath(path));
  } catch (cause) {
    if (isLinnetError(cause) && 'several' in cause.details) return undefined;
    throw cause;
  }
}

/** Shows the tree of one checkpoint, or the elements of one of its leaves; where there are several trees, which. */
export const show: Command = {
  name: 'show',
  usage: '<path> [leaf]',
  summary: 'show the leaves of a tree, or the values of one leaf',
  paths: [1, 2],
  options: {},
  async run(given, output) {
    const { positionals, flags } = given;
    const [path, wanted] = positionals;
    const saved = wanted === undefined ? await onlyTree(path!) : await openTree(await openPath(path!));
    if (saved === undefined) return ls.run(given, output);
    if (wanted !== undefined) {
      const leaf = saved.leaves.find(({ name }) => name === wanted);
      if (leaf === undefined)
        throw new LinnetError('InvalidArgumentError', `${path} has no leaf ${wanted}. Without a leaf, show lists them all.`);
      const facts = await describeLeaf(saved, leaf);
      if (flags.json) printJson(output, facts);
      else
        for (const [key, value] of Object.entries(facts))
          if (value !== undefined) output.print(`${key.padEnd(12)}${visible(factText(value))}`);
      return EXIT.ok;
    }
    if (flags.json)
      printJson(
        output,
        saved.leaves.map(({ path: keys, ...leaf }) => ({ path: keys.map(({ key }) => key), ...leaf })),
      );
    else {
      const rows: string[][] = [];
      for (const leaf of saved.leaves) rows.push(await leafRow(saved, leaf));
      output.print(table(['leaf', 'kind', 'value', 'size'], rows, ['size']));
      const total = saved.leaves.reduce((sum, { array }) => sum + arrayByteLength(array), 0);
      output.print(`\n${saved.leaves.length} leaves, ${formatBytes(total)}`);
    }
    return EXIT.ok;
  },
};
