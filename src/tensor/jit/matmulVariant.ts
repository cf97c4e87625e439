import { LinnetError } from '#linnet/core';

/**
 * Who computes what of a matmul. `registers`: every thread a tile of its own, operands through the cache; `quads`: four
 * neighbouring threads share what they load of the left operand; `workgroup`: 64 threads share both operands in workgroup memory;
 * `slices`: the threads of a workgroup share tiles by k.
 */
export type MatmulFamily = 'registers' | 'quads' | 'workgroup' | 'slices';

/** One way to compute a matmul: a small value that a plan keeps by its name (`variantName`). */
export interface MatmulVariant {
  readonly family: MatmulFamily;
  /** Outputs of one thread. */
  readonly rows: number;
  readonly columns: number;
  /** Neighbouring threads that interleave their columns. */
  readonly lanes: number;
  /** Steps of k in one turn of the loop. */
  readonly unroll: number;
  /** Parts of k that are added apart and then put together in order; 1 adds over k from its first step to its last. */
  readonly slices: number;
}

const FAMILIES: readonly MatmulFamily[] = ['registers', 'quads', 'workgroup', 'slices'];
const NAME = /^([a-z]+) (\d+)x(\d+) l(\d+) u(\d+) s(\d+)$/;

/** `registers 8x8 l8 u2 s1`: family, tile of a thread, lanes, unrolling, slices of k. */
export function variantName({ family, rows, columns, lanes, unroll, slices }: MatmulVariant): string {
  return `${family} ${rows}x${columns} l${lanes} u${unroll} s${slices}`;
}

/** Whether `name` is one that `variantName` gives. */
export const isVariantName = (name: unknown): name is string => typeof name === 'string' && read(name) !== undefined;

/** The variant of that name; an InvalidArgumentError for anything else. */
export function parseVariant(name: string): MatmulVariant {
  const variant = read(name);
  if (variant) return variant;
  throw new LinnetError('InvalidArgumentError', `${JSON.stringify(name)} names no way to compute a matmul that this version knows.`);
}

function read(name: string): MatmulVariant | undefined {
  const [, family, ...rest] = NAME.exec(name) ?? [];
  const numbers = rest.map(Number);
  if (!FAMILIES.includes(family as MatmulFamily) || !numbers.every((number) => number >= 1 && number <= 64)) return undefined;
  const [rows, columns, lanes, unroll, slices] = numbers as [number, number, number, number, number];
  return { family: family as MatmulFamily, rows, columns, lanes, unroll, slices };
}

/** Whether both add every output in the same order, so that one may take over from the other in the middle of a run. */
export const sameBits = (a: MatmulVariant, b: MatmulVariant): boolean => a.slices === b.slices;

/** One output a thread: short code, for finding out what a kernel touches. */
export const DRAFT: MatmulVariant = { family: 'registers', rows: 1, columns: 1, lanes: 1, unroll: 1, slices: 1 };
