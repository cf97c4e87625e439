import type { Shape } from '#linnet/core';
import { type Filter, toPredicate } from '../filters';
import { iterGraph } from '../graph/iterGraph';
import { RngStream } from './rngStream';

export interface SplitRngsOptions {
  /** Number (or shape) of keys that each stream gets. */
  readonly splits: number | Shape;
  /** Which streams: by name (their tag), or any filter. By default all. */
  readonly only?: Filter;
}

type Undo = () => void;

/** Gives each selected stream below `node` several keys, made from its next one. The function that comes back puts single keys there again. */
export function splitStreams(node: object, { splits, only = true }: SplitRngsOptions): Undo {
  const predicate = toPredicate(only);
  const undos: Undo[] = [];
  for (const [path, value] of iterGraph(node)) {
    if (!(value instanceof RngStream) || !predicate(path, value.key)) continue;
    const many = value.split(splits);
    const [key, count] = [value.key.value, value.count.value];
    value.key.value = many.key.value;
    value.count.value = many.count.value;
    undos.push(() => {
      value.key.value = key;
      value.count.value = count;
    });
  }
  return () => {
    for (const undo of undos) undo();
  };
}

/**
 * A function whose modules' random streams are split before each call and single again after it: for `nnx.vmap`, so that every example
 * draws its own numbers. Like `flax.nnx.split_rngs`.
 */
export function splitRngs(options: SplitRngsOptions): <F extends (...args: any[]) => any>(f: F) => F {
  return (f) =>
    ((...args: Parameters<typeof f>) => {
      const undo = splitStreams(args, options);
      try {
        return f(...args);
      } finally {
        undo();
      }
    }) as typeof f;
}
