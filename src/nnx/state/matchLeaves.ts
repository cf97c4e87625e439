import { formatPath, formatShape, LinnetError, type Path, type Shape, shapesEqual } from '#linnet/core';
import { asTypedKeys, dtypeOf, shapeOf } from '../leaf';
import { Variable } from '../variable';
import { pathKey } from './flatState';

/** A place that waits for a value. */
export interface Slot {
  readonly path: Path;
  /** Undefined where any shape fits. */
  readonly shape: Shape | undefined;
  /** For messages; where it is `key<fry>`, raw key words are taken as keys. */
  readonly dtype?: string | undefined;
}

/** What goes where: `values[i]` for `slots[i]`, absent where nothing was given. */
export interface Matched {
  readonly values: ReadonlyMap<number, unknown>;
  readonly missing: readonly Path[];
}

export interface MatchOptions {
  /** What is being done, for the message: `nnx.merge`. */
  readonly action: string;
  /** Refuses slots that get nothing. */
  readonly complete: boolean;
}

/** The value of a leaf that came as a Variable or bare. */
export const bareValue = (leaf: unknown): unknown => (leaf instanceof Variable ? leaf.value : leaf);

const WRAPPERS: ReadonlySet<unknown> = new Set(['value', 'raw_value']);

/** A path as a key in which integers and digits are one, as in dictionaries that came from a file. */
const looseKey = (path: Path): string => pathKey(path.map(String));

/** Finds slots by path: exactly, else with digits for integers, else without Flax's last part `value`. */
class SlotIndex {
  private readonly exact = new Map<string, number>();
  private readonly loose = new Map<string, number>();

  constructor(slots: readonly Slot[]) {
    for (const [i, { path }] of slots.entries()) {
      this.exact.set(pathKey(path), i);
      this.loose.set(looseKey(path), i);
    }
  }

  find(path: Path): number | undefined {
    const found = this.exact.get(pathKey(path)) ?? this.loose.get(looseKey(path));
    const isWrapped = path.length > 1 && WRAPPERS.has(path.at(-1));
    return found === undefined && isWrapped ? this.find(path.slice(0, -1)) : found;
  }
}

/**
 * Finds the slot of each of `leaves`. Leaves without a slot, leaves of another shape and (if `complete`) slots without a leaf are all
 * listed in one error. A null without a slot is passed over: older Flax writes one for each absent bias.
 */
export function matchLeaves(slots: readonly Slot[], leaves: readonly (readonly [Path, unknown])[], options: MatchOptions): Matched {
  const index = new SlotIndex(slots);
  const values = new Map<number, unknown>();
  const unexpected: string[] = [];
  const misshaped: string[] = [];
  for (const [path, leaf] of leaves) {
    const at = index.find(path);
    if (at === undefined) {
      if (bareValue(leaf) !== null) unexpected.push(leafText(path, bareValue(leaf)));
      continue;
    }
    const { shape: expected, dtype } = slots[at]!;
    const value = dtype === 'key<fry>' ? asTypedKeys(bareValue(leaf)) : bareValue(leaf);
    const found = shapeOf(value);
    if (expected !== undefined && found !== undefined && !shapesEqual(expected, found)) {
      misshaped.push(`${formatPath(slots[at]!.path)}: expected ${typeText(expected, dtype)}, found ${typeText(found, dtypeOf(value))}`);
    }
    values.set(at, value);
  }
  const missing = slots.filter((_, i) => !values.has(i)).map(({ path }) => path);
  const missingNames = options.complete ? missing.map(formatPath) : [];
  throwMismatch(options.action, { missing: missingNames, unexpected, misshaped });
  return { values, missing };
}

/** `float32[2, 3]`; without a dtype the shape alone. */
export const typeText = (shape: Shape, dtype: string | undefined): string => `${dtype ?? ''}${formatShape(shape)}`;

function leafText(path: Path, value: unknown): string {
  const shape = shapeOf(value);
  return shape === undefined ? formatPath(path) : `${formatPath(path)} ${typeText(shape, dtypeOf(value))}`;
}

interface Mismatch {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly misshaped: readonly string[];
}

function throwMismatch(action: string, mismatch: Mismatch): void {
  const { missing, unexpected, misshaped } = mismatch;
  const parts = [
    missing.length > 0 ? `missing: ${missing.join('; ')}` : '',
    unexpected.length > 0 ? `unexpected: ${unexpected.join('; ')}` : '',
    misshaped.length > 0 ? `of another shape: ${misshaped.join('; ')}` : '',
  ].filter((part) => part !== '');
  if (parts.length === 0) return;
  const onlyShapes = missing.length === 0 && unexpected.length === 0;
  throw new LinnetError(
    onlyShapes ? 'ShapeError' : 'InvalidArgumentError',
    `${action}: the state does not fit. ${parts.join('. ')}. Nothing was changed.`,
    { details: { ...mismatch } },
  );
}
