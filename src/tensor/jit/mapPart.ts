import { sizeOf } from '#linnet/core';
import type { Var } from '../trace/program';
import type { Part, PartContext } from './part';
import { Position } from './position';

/** Elementwise work: one item computes one element of each of `roots`, which all have the same number of elements. */
export function mapPart(roots: readonly Var[]): Part {
  const size = sizeOf(roots[0]!.aval.shape);
  return {
    name: 'map',
    items: size,
    flops: size * roots.length,
    write: (context, item) => writeRoots(context, roots, (root) => Position.fromFlat(context.code, root.aval.shape, item)),
  };
}

/** Computes every root at its position, then stores those that somebody needs. All loads come first, so that outputs may overwrite inputs. */
export function writeRoots(context: PartContext, roots: readonly Var[], positionOf: (root: Var) => Position): void {
  const { evaluator } = context;
  const computed = roots.map((root) => {
    const position = positionOf(root);
    const value = evaluator.value(root, position);
    return { root, flat: position.flat(), value };
  });
  for (const { root, flat, value } of computed) {
    const location = context.target(root);
    if (location) evaluator.store(root, location, flat, value);
  }
}
