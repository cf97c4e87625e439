import {
  castHostArray,
  type DType,
  flatten,
  type HostArray,
  isDType,
  isHostArray,
  LinnetError,
  type Shape,
  treeNode,
  typedView,
  unflatten,
} from '#linnet/core';
import { toDeviceArray } from './arrayFactory';
import { type KeyPath, showPath, treeEntries } from './keyPaths';
import type { SavedLeaf } from './layouts/savedTree';
import { type MarkedHostArray, typedArrayDType } from './leaves';
import { Scalar } from './scalar';
import { LeafSlice, PLACEHOLDER } from './tree';

/** What the target asks for at one leaf. */
export type Request =
  | { readonly form: 'placeholder' }
  | { readonly form: 'slice'; readonly slice: LeafSlice }
  | { readonly form: 'text' }
  | { readonly form: 'scalar'; readonly dtype: DType | undefined; readonly make: (array: HostArray) => unknown }
  | { readonly form: 'array'; readonly dtype: DType; readonly shape: Shape; readonly make: (array: HostArray) => unknown };

/** One leaf of a target. */
export interface TargetLeaf {
  readonly path: KeyPath;
  readonly value: unknown;
  readonly request: Request;
}

/** A target taken apart: its leaves, and how to put restored values in their places. */
export interface Target {
  readonly leaves: readonly TargetLeaf[];
  rebuild(values: readonly unknown[]): unknown;
}

const scalarOf = (array: HostArray): Scalar => new Scalar(array.dtype, array.data);

const likeNumber = (array: HostArray): number | boolean => {
  const value = Number(scalarOf(array).valueOf());
  return array.dtype === 'bool' ? value !== 0 : value;
};

function asTypedArray(array: HostArray, example: unknown): unknown {
  const view = typedView(array);
  return example instanceof Uint8ClampedArray ? new Uint8ClampedArray(view as Uint8Array) : view;
}

function arrayRequest(value: { shape: Shape; dtype: unknown }, path: KeyPath): Request {
  const dtype = String(value.dtype);
  if (!isDType(dtype)) throw new LinnetError('DTypeError', `The target asks for the unknown dtype "${dtype}" at ${showPath(path)}.`);
  return { form: 'array', dtype, shape: value.shape, make: isHostArray(value) ? (array) => array : toDeviceArray };
}

function requestOf(value: unknown, path: KeyPath): Request {
  if (value === PLACEHOLDER) return { form: 'placeholder' };
  if (value instanceof LeafSlice) return { form: 'slice', slice: value };
  if (typeof value === 'string') return { form: 'text' };
  if (typeof value === 'number') return { form: 'scalar', dtype: undefined, make: likeNumber };
  if (typeof value === 'bigint') return { form: 'scalar', dtype: 'int64', make: (array) => BigInt(scalarOf(array).valueOf()) };
  if (typeof value === 'boolean') return { form: 'scalar', dtype: 'bool', make: likeNumber };
  if (value instanceof Scalar) return { form: 'scalar', dtype: value.dtype, make: scalarOf };
  const typed = typedArrayDType(value);
  if (typed !== undefined) {
    const shape = [(value as { length: number }).length];
    return { form: 'array', dtype: typed, shape, make: (array) => asTypedArray(array, value) };
  }
  if (typeof value === 'object' && value !== null && 'dtype' in value && 'shape' in value && Array.isArray(value.shape)) {
    return arrayRequest(value as { shape: Shape; dtype: unknown }, path);
  }
  throw new LinnetError(
    'InvalidArgumentError',
    `The target's leaf ${showPath(path)} says nothing about what to restore: it is ${typeof value}. Give an array, a ShapeDtypeStruct, a number, text or PLACEHOLDER.`,
  );
}

/** A plain object that describes an array, such as the entries of `metadata`, is a leaf and not a dictionary. */
function describesArray(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || treeNode in value) return false;
  const { dtype, shape } = value as { dtype?: unknown; shape?: unknown };
  return typeof dtype === 'string' && isDType(dtype) && Array.isArray(shape) && shape.every((dim) => typeof dim === 'number');
}

/**
 * Takes a target tree apart. Its null and empty places ask for nothing and stay as they are; so do the leaves at `placeholders`, paths
 * with their keys joined by "/".
 */
export function parseTarget(target: unknown, placeholders: readonly string[] = []): Target {
  const untouched = new Set(placeholders);
  const isUntouched = (path: KeyPath): boolean => untouched.size > 0 && untouched.has(path.map(({ key }) => key).join('/'));
  const { leaves, structure } = flatten(target, { isLeaf: describesArray });
  const entries = treeEntries(structure, leaves);
  return {
    leaves: entries.flatMap(({ path, content }) =>
      'leaf' in content
        ? [{ path, value: content.leaf, request: isUntouched(path) ? { form: 'placeholder' } : requestOf(content.leaf, path) }]
        : [],
    ),
    rebuild: (values) => unflatten(structure, values),
  };
}

/** A restored array as the target wants it: cast, then as a device array, HostArray, typed array, number or Scalar. */
export function fulfil(request: Request, array: HostArray): unknown {
  if (request.form === 'array' || request.form === 'scalar') return request.make(castTo(array, request.dtype ?? array.dtype));
  return toDeviceArray(array);
}

/** Typed keys and their words are one thing in two dtypes; everything else is cast by value. */
function castTo(array: HostArray, dtype: DType): HostArray {
  if (array.dtype === 'key<fry>' && dtype === 'uint32') return { dtype, shape: [...array.shape, 2], data: array.data };
  if (dtype === 'key<fry>' && array.dtype === 'uint32') return { dtype, shape: array.shape.slice(0, -1), data: array.data };
  return castHostArray(array, dtype);
}

/** A leaf as it comes back without a target. */
export function withoutTarget(leaf: SavedLeaf, array: HostArray): unknown {
  if (leaf.valueType === 'scalar') return scalarOf(array);
  if (leaf.valueType === 'np.ndarray') return array;
  const made = toDeviceArray(array);
  if (made !== array) return made;
  const { randomKeyImpl } = leaf.array!;
  const needsImpl = randomKeyImpl !== undefined && array.dtype !== 'key<fry>';
  return { ...array, valueType: 'jax.Array', ...(needsImpl ? { randomKeyImpl } : {}) } satisfies MarkedHostArray;
}
