import { type DType, formatShape, LinnetError, type Shape, shapesEqual } from '#linnet/core';
import { type KeyPath, pathIdentity, showPath } from './keyPaths';
import type { SavedLeaf, SavedTree } from './layouts/savedTree';
import type { Request, Target, TargetLeaf } from './target';

/** One path at which a checkpoint and a target differ. `saved` and `wanted` are texts such as `float32[4, 4]`. */
export interface Difference {
  readonly kind: 'missing' | 'unexpected' | 'shape' | 'type';
  readonly path: readonly string[];
  readonly saved?: string;
  readonly wanted?: string;
}

/** A target leaf and where its value comes from. `saved` is undefined for placeholders that the checkpoint lacks. */
export interface Match {
  readonly leaf: TargetLeaf;
  readonly saved: SavedLeaf | undefined;
}

/** How strictly a checkpoint and a target must agree. */
export interface MatchOptions {
  /** False: shapes may differ, arrays are padded or truncated. */
  readonly strict: boolean;
  /** True: what the target does not name is not read, and is no difference. */
  readonly partialRestore: boolean;
}

/** Variables end in `value` (Flax to this day) or `raw_value`; both name the same leaf. */
const canonical = (path: KeyPath): KeyPath =>
  path.at(-1)?.key === 'raw_value' ? [...path.slice(0, -1), { key: 'value', type: path.at(-1)!.type }] : path;

/** Places of the saved tree by path, so that `value` and `raw_value` find each other. Empty places ask for nothing. */
export function indexLeaves(leaves: readonly SavedLeaf[]): ReadonlyMap<string, SavedLeaf> {
  return new Map(leaves.map((leaf) => [pathIdentity(canonical(leaf.path)), leaf]));
}

/** The key under which `indexLeaves` has the leaf at `path`. */
export const leafKey = (path: KeyPath): string => pathIdentity(canonical(path));

const typeText = (dtype: DType | undefined, shape: Shape): string => `${dtype ?? 'number'}${formatShape(shape)}`;

/** What stands at a saved leaf, for messages: `float32[4, 4]`, `text`, `None`. */
export function savedText(leaf: SavedLeaf): string {
  if (leaf.array !== undefined) return typeText(leaf.array.dtype, leaf.array.shape);
  return leaf.valueType === 'string' ? 'text' : leaf.valueType;
}

/** What a target asks for, for messages. */
export function requestText(request: Request): string {
  if (request.form === 'array') return typeText(request.dtype, request.shape);
  if (request.form === 'scalar') return `a scalar (${request.dtype ?? 'number'})`;
  return request.form === 'slice' ? 'a slice of an array' : request.form;
}

/** Shape that a saved array has for a target of `dtype`: keys and their words are one thing in two dtypes. */
function shapeFor(saved: SavedLeaf, dtype: DType | undefined): Shape | undefined {
  const array = saved.array!;
  const isKey = array.dtype === 'key<fry>';
  if (isKey && dtype === 'uint32') return [...array.shape, 2];
  if (dtype === 'key<fry>' && !isKey) return array.dtype === 'uint32' && array.shape.at(-1) === 2 ? array.shape.slice(0, -1) : undefined;
  if (isKey && dtype !== undefined && dtype !== 'key<fry>') return undefined;
  return array.shape;
}

/** How a saved leaf fails to be what is asked for; undefined when it fits. */
export function misfit(saved: SavedLeaf, request: Request, strict: boolean): Difference['kind'] | undefined {
  if (request.form === 'placeholder') return undefined;
  if (request.form === 'text') return saved.text === undefined ? 'type' : undefined;
  if (saved.array === undefined) return 'type';
  if (request.form === 'slice') return undefined;
  const shape = shapeFor(saved, request.dtype);
  if (shape === undefined) return 'type';
  if (request.form === 'scalar') return shape.length === 0 ? undefined : 'type';
  if (shapesEqual(shape, request.shape)) return undefined;
  return !strict && shape.length === request.shape.length ? undefined : 'shape';
}

const difference = (kind: Difference['kind'], path: KeyPath, saved?: string, wanted?: string): Difference => ({
  kind,
  path: path.map(({ key }) => key),
  ...(saved === undefined ? {} : { saved }),
  ...(wanted === undefined ? {} : { wanted }),
});

const carriesData = (leaf: SavedLeaf): boolean => leaf.array !== undefined || leaf.text !== undefined;

/**
 * Finds the saved leaf for every leaf of a target. All differences of names, shapes and types go into one CheckpointMismatchError.
 * None and empty containers carry no data, so they never differ: the bias that older Flax saves as None fits a layer without one.
 */
export function matchTrees(saved: SavedTree, target: Target, options: MatchOptions): Match[] {
  const byPath = indexLeaves(saved.leaves);
  const differences: Difference[] = [];
  const used = new Set<SavedLeaf>();
  const matches = target.leaves.map((leaf): Match => {
    const found = byPath.get(leafKey(leaf.path));
    if (found !== undefined) used.add(found);
    if (leaf.request.form === 'placeholder') return { leaf, saved: found };
    if (found === undefined || (!carriesData(found) && leaf.request.form !== 'text')) {
      differences.push(difference('missing', leaf.path, found && savedText(found), requestText(leaf.request)));
    } else {
      const kind = misfit(found, leaf.request, options.strict);
      if (kind !== undefined) differences.push(difference(kind, leaf.path, savedText(found), requestText(leaf.request)));
    }
    return { leaf, saved: found };
  });
  if (!options.partialRestore) {
    for (const leaf of saved.leaves) {
      if (carriesData(leaf) && !used.has(leaf)) differences.push(difference('unexpected', leaf.path, savedText(leaf)));
    }
  }
  if (differences.length > 0) throw mismatch(saved, differences);
  return matches;
}

/** Lines of the message; a checkpoint of thousands of leaves would make it unreadable. The error's details always hold all. */
const MAX_LINES = 60;

function line({ kind, path, saved, wanted }: Difference): string {
  const name = showPath(path.map((key) => ({ key, type: 'dict' })));
  if (kind === 'missing') return `  only in the target: ${name} ${wanted}${saved === undefined ? '' : ` (saved as ${saved})`}`;
  if (kind === 'unexpected') return `  only in the checkpoint: ${name} ${saved}`;
  return `  ${kind} differs: ${name} is ${saved} in the checkpoint, ${wanted} in the target`;
}

const endsInValue = (path: readonly string[]): boolean => path.at(-1) === 'value' || path.at(-1) === 'raw_value';

function advice(differences: readonly Difference[]): string {
  const [missing, unexpected] = (['missing', 'unexpected'] as const).map((kind) => differences.filter((d) => d.kind === kind));
  const stateAndPure =
    missing!.length > 0 &&
    unexpected!.length > 0 &&
    missing!.every((d) => endsInValue(d.path)) !== unexpected!.every((d) => endsInValue(d.path));
  const hints = [];
  if (stateAndPure)
    hints.push('One of the two is an nnx.State (paths end in "value") and the other a pure dictionary: restore into the same form.');
  if (unexpected!.length > 0) hints.push('To read only what the target names, pass { partialRestore: true }.');
  if (missing!.length > 0) hints.push('To keep values of the target where the checkpoint has none, pass transforms with useFallback.');
  if (differences.some(({ kind }) => kind === 'shape')) hints.push('To pad or truncate arrays of the same rank, pass { strict: false }.');
  return hints.join(' ');
}

function mismatch(saved: SavedTree, differences: readonly Difference[]): LinnetError {
  const shown = differences.slice(0, MAX_LINES).map(line);
  if (differences.length > MAX_LINES) shown.push(`  … and ${differences.length - MAX_LINES} more`);
  const count = `${differences.length} path${differences.length === 1 ? '' : 's'}`;
  return new LinnetError(
    'CheckpointMismatchError',
    `The checkpoint ${saved.location} does not fit the target at ${count}:\n${shown.join('\n')}\n${advice(differences)}`,
    { details: { differences } },
  );
}
