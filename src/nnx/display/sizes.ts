import { type DType, isDType, itemBits, sizeOf } from '#linnet/core';
import { flattenGraph } from '../graph/flattenGraph';
import { isArrayLeaf } from '../leaf';
import { peek, Variable } from '../variable';
import * as types from '../variableTypes';

/** Number of elements and bytes of arrays. */
export interface ArraySize {
  readonly count: number;
  readonly bytes: number;
}

const UNITS = [
  [1e9, 'GB'],
  [1e6, 'MB'],
  [1e3, 'KB'],
] as const;

/** Bytes in decimal units, the larger one only from above: `1,000 B`, `1.0 KB`. */
export function bytesText(bytes: number): string {
  const unit = UNITS.find(([factor]) => bytes > factor);
  if (unit === undefined) return `${bytes.toLocaleString('en-US')} B`;
  const [factor, name] = unit;
  return `${(bytes / factor).toLocaleString('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 })} ${name}`;
}

/** `16 (64 B)`. */
export const sizeText = ({ count, bytes }: ArraySize): string => `${count.toLocaleString('en-US')} (${bytesText(bytes)})`;

/** Elements and bytes of a Variable's arrays. */
export function variableSize(variable: Variable<any>): ArraySize {
  return arraySize(peek(variable));
}

function arraySize(value: unknown): ArraySize {
  if (Array.isArray(value)) return value.map(arraySize).reduce(addSizes, { count: 0, bytes: 0 });
  if (!isArrayLeaf(value)) return { count: 0, bytes: 0 };
  const count = sizeOf(value.shape);
  return { count, bytes: isDType(value.dtype) ? Math.ceil((count * bitsOf(value.dtype)) / 8) : 0 };
}

const bitsOf = (dtype: DType): number => (dtype === 'bool' ? 8 : itemBits(dtype));

/** The sum of two sizes. */
export const addSizes = (a: ArraySize, b: ArraySize): ArraySize => ({ count: a.count + b.count, bytes: a.bytes + b.bytes });

/** The class of Variable under which sizes are counted: RngKey and RngCount count as RngState. */
function groupOf(variable: Variable<any>): string {
  return variable instanceof types.RngState ? 'RngState' : variable.type.name;
}

/** Sizes below `node` by Variable type, in the order of first sight; bare arrays do not count. Each Variable counts once. */
export function sizesByType(node: object): Map<string, ArraySize> {
  const sizes = new Map<string, ArraySize>();
  for (const [, leaf] of flattenGraph(node).leaves) {
    if (!(leaf instanceof Variable)) continue;
    const group = groupOf(leaf);
    sizes.set(group, addSizes(sizes.get(group) ?? { count: 0, bytes: 0 }, variableSize(leaf)));
  }
  return sizes;
}

/** `Param: 15 (60 B), BatchStat: 6 (24 B), Total: 21 (84 B)`; no total for one type, nothing for none. */
export function sizesText(sizes: ReadonlyMap<string, ArraySize>): string {
  const parts = [...sizes].map(([name, size]) => `${name}: ${sizeText(size)}`);
  if (sizes.size > 1) parts.push(`Total: ${sizeText([...sizes.values()].reduce(addSizes))}`);
  return parts.join(', ');
}
