import { type HostArray, isLinnetError, shapesEqual } from '#linnet/core';
import { mapConcurrently } from './concurrency';
import { buildTree, showPath } from './keyPaths';
import type { SavedLeaf, SavedTree } from './layouts/savedTree';
import { type Match, matchTrees } from './match';
import { padOrTruncate } from './padding';
import { type OnProgress, progressOver } from './progress';
import { fulfil, parseTarget, type Request, withoutTarget } from './target';
import type { Tree } from './tree';

/** Arrays read at a time: enough to keep a disk or a network busy, few enough to bound what is held beside the results. */
export const PARALLEL_READS = 8;

/** How a tree is restored. */
export interface LoadOptions {
  /** False: arrays of another shape but the same rank are truncated and filled up with zeros. Default true. */
  readonly strict?: boolean;
  /** True: what the target does not name is not read. Default false. */
  readonly partialRestore?: boolean;
  /** Paths of the target (keys joined by "/") that are not read: the target's own value stays there, as with PLACEHOLDER. */
  readonly placeholders?: readonly string[];
  /** Called after each leaf. */
  readonly onProgress?: OnProgress;
}

/** Adds the leaf's name to what a reader says about its bytes. */
export async function readLeaf(saved: SavedTree, leaf: SavedLeaf, request?: Request): Promise<HostArray> {
  try {
    return await saved.readArray(leaf, request?.form === 'slice' ? request.slice.ranges : undefined);
  } catch (cause) {
    throw isLinnetError(cause) ? cause.within(showPath(leaf.path)) : cause;
  }
}

/** `array` as the request's shape wants it: unchanged, or padded and truncated. Typed keys keep their shape. */
export function fitShape(array: HostArray, request: Request): HostArray {
  if (request.form !== 'array' || array.shape.length !== request.shape.length || shapesEqual(array.shape, request.shape)) return array;
  return padOrTruncate(array, request.shape);
}

/** Reads what `request` asks for out of the leaf `saved`. */
export async function readRequested(tree: SavedTree, leaf: SavedLeaf, request: Request): Promise<unknown> {
  if (leaf.text !== undefined) return leaf.text;
  return fulfil(request, fitShape(await readLeaf(tree, leaf, request), request));
}

const EMPTY_VALUES: Partial<Record<SavedLeaf['valueType'], () => unknown>> = {
  Dict: () => Object.create(null),
  List: () => [],
  Tuple: () => [],
  NamedTuple: () => Object.create(null),
};

/** The whole tree as it was saved. Tuples come back as arrays, named tuples as objects: a checkpoint does not tell them apart. */
export async function loadWithoutTarget(saved: SavedTree, options: Pick<LoadOptions, 'onProgress'> = {}): Promise<Tree> {
  const done = progressOver(
    saved.leaves.map(({ array }) => array),
    options.onProgress,
  );
  const values = await mapConcurrently(saved.leaves, PARALLEL_READS, async (leaf) => {
    const value =
      leaf.array !== undefined ? withoutTarget(leaf, await readLeaf(saved, leaf)) : (leaf.text ?? EMPTY_VALUES[leaf.valueType]?.() ?? null);
    done(leaf.array);
    return value;
  });
  return buildTree(saved.leaves.map((leaf, i) => [leaf.path, values[i]] as const)) as Tree;
}

/** The leaves that `target` names, in the target's own containers, types, dtypes and shapes. */
export async function loadIntoTarget<T>(saved: SavedTree, target: T, options: LoadOptions = {}): Promise<T> {
  const parsed = parseTarget(target, options.placeholders);
  const matches = matchTrees(saved, parsed, { strict: options.strict ?? true, partialRestore: options.partialRestore ?? false });
  const done = progressOver(
    matches.map((match) => match.saved?.array),
    options.onProgress,
  );
  const values = await mapConcurrently(matches, PARALLEL_READS, async (match: Match) => {
    const { leaf, saved: source } = match;
    const value =
      leaf.request.form === 'placeholder' || source === undefined ? leaf.value : await readRequested(saved, source, leaf.request);
    done(source?.array);
    return value;
  });
  return parsed.rebuild(values) as T;
}
