import { flattenWithPath, formatPath, mapTree } from '#linnet/core';
import type * as nnx from '#linnet/nnx';
import { DeviceArray, type Array as JaxArray, jnp, KeyArray } from '#linnet/tensor';

/** Everything that changes while training, as trees of arrays: what a checkpoint holds. */
export interface TrainingState {
  /** Parameters, batch statistics and random streams of the model. */
  readonly model: nnx.State;
  /** Step count and moments. */
  readonly optimizer: nnx.State;
}

/** `f` of each array (of the words behind typed keys). */
export function mapArrays<T>(f: (array: JaxArray) => JaxArray, tree: T): T {
  return mapTree<T>((leaf: JaxArray) => (leaf instanceof KeyArray ? new KeyArray(f(leaf.words)) : f(leaf)), tree);
}

/** A second handle to every array: training on does not change what it holds. Dispose it by `disposeTree`. */
export const shareTree = <T>(tree: T): T => mapArrays((array) => (array instanceof DeviceArray ? array.share() : array), tree);

/** Gives the memory of every array of `tree` back. */
export function disposeTree(tree: unknown): void {
  mapTree((leaf: JaxArray) => {
    leaf.dispose();
    return null;
  }, tree);
}

/** The path of the first array of `tree` that holds a NaN or an infinity; null when all are finite. */
export async function firstNonFinite(tree: unknown): Promise<string | null> {
  const floats = flattenWithPath(tree).leaves.filter(([, leaf]) => (leaf as JaxArray).dtype === 'float32') as [
    readonly (string | number)[],
    JaxArray,
  ][];
  const checks = floats.map(([, leaf]) => jnp.all(jnp.isfinite(leaf)).item());
  const results = await Promise.all(checks);
  const first = results.indexOf(false);
  return first < 0 ? null : formatPath(floats[first]![0].filter((part) => part !== 'value'));
}
