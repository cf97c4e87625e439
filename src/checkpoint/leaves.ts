import {
  type DType,
  flatten,
  type HostArray,
  hostArray,
  isDType,
  isHostArray,
  LinnetError,
  type Shape,
  type TypedArray,
  treeNode,
} from '#linnet/core';
import { type KeyPath, paramName, showPath, treeEntries } from './keyPaths';
import type { ValueType } from './orbax/metadataFile';
import { Scalar, scalar } from './scalar';

/** An array on a device, seen from outside: whatever has a shape, a dtype and a way to the host. */
export interface DeviceArray {
  readonly shape: Shape;
  readonly dtype: string;
  toHost(): Promise<HostArray>;
  /** The same values, held until `dispose`, whatever happens to the original. */
  snapshot?(): DeviceArray;
  dispose?(): void;
}

/** A HostArray that remembers which kind of Python array it came from. Without the mark it is a NumPy array. */
export interface MarkedHostArray extends HostArray {
  readonly valueType?: 'jax.Array' | 'np.ndarray';
  /** The generator of typed PRNG keys whose words these are, where `dtype` cannot say it: `rbg`, `unsafe_rbg`. */
  readonly randomKeyImpl?: string;
}

/** `array` marked to be saved as a JAX array instead of a NumPy array. Shares its elements. */
export const asJaxArray = ({ dtype, shape, data }: HostArray): MarkedHostArray => ({ dtype, shape, data, valueType: 'jax.Array' });

/** The words of a typed key; any other array itself. */
export function storedForm(array: HostArray): HostArray {
  return array.dtype === 'key<fry>' ? { dtype: 'uint32', shape: [...array.shape, 2], data: array.data } : array;
}

/** One leaf ready to be written, in whatever layout. */
export interface LeafToSave {
  readonly path: KeyPath;
  readonly name: string;
  readonly valueType: ValueType;
  /** Present exactly for jax.Array, np.ndarray and scalar leaves. */
  readonly array?: {
    readonly dtype: DType;
    readonly shape: Shape;
    /** The generator of a typed key whose words `dtype` does not name, e.g. `rbg` over uint32. */
    readonly randomKeyImpl?: string | undefined;
    /** The elements. Called once, when the leaf's turn has come. */
    read(): Promise<HostArray>;
    /** Gives up a snapshot that was taken of a device array. May be called twice. */
    readonly release?: () => void;
    /** Resolves when the caller may change the values: they are held or copied. Without it they already are. */
    readonly held?: Promise<unknown>;
  };
  readonly text?: string;
}

const TYPED_ARRAYS: readonly [new (length: number) => TypedArray | Uint8ClampedArray, DType][] = [
  [Int8Array, 'int8'],
  [Uint8Array, 'uint8'],
  [Uint8ClampedArray, 'uint8'],
  [Int16Array, 'int16'],
  [Uint16Array, 'uint16'],
  [Int32Array, 'int32'],
  [Uint32Array, 'uint32'],
  [Float32Array, 'float32'],
  [Float64Array, 'float64'],
  [BigInt64Array, 'int64'],
  [BigUint64Array, 'uint64'],
];

/** The dtype of a JavaScript typed array; undefined for anything else. */
export const typedArrayDType = (value: unknown): DType | undefined => TYPED_ARRAYS.find(([type]) => value instanceof type)?.[1];

/** A typed array as an array of rank 1 that shares its elements. */
export function fromTypedArray(value: TypedArray, dtype: DType): HostArray {
  return hostArray(dtype, [value.length], new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
}

/** Whether `value` can be fetched from a device. */
export function isDeviceArray(value: unknown): value is DeviceArray {
  return (
    typeof value === 'object' && value !== null && !(treeNode in value) && typeof (value as Partial<DeviceArray>).toHost === 'function'
  );
}

type Content = Omit<LeafToSave, 'path' | 'name'>;

const hostContent = (array: MarkedHostArray, valueType: ValueType): Content => ({
  valueType,
  array: {
    dtype: array.dtype,
    shape: array.shape,
    ...(array.randomKeyImpl === undefined ? {} : { randomKeyImpl: array.randomKeyImpl }),
    read: async () => array,
  },
});

/** Elements that the caller may change after `save` returned are copied first. */
const copied = (array: MarkedHostArray): MarkedHostArray => ({ ...array, data: array.data.slice() });

function hostKind(array: MarkedHostArray): ValueType {
  // Typed keys exist in JAX only.
  return array.dtype === 'key<fry>' ? 'jax.Array' : (array.valueType ?? 'np.ndarray');
}

function deviceContent(value: DeviceArray): Content {
  const held = value.snapshot?.();
  const dtype = value.dtype;
  if (!isDType(dtype)) throw new LinnetError('DTypeError', `A device array has the dtype "${dtype}", which no checkpoint can hold.`);
  // Without a snapshot the values are fetched at once: later ones would be of another step.
  const early = held === undefined ? value.toHost() : undefined;
  early?.catch(() => {});
  if (held === undefined) return { valueType: 'jax.Array', array: { dtype, shape: value.shape, read: () => early!, held: early! } };
  let holding = true;
  const release = (): void => {
    if (holding) held.dispose?.();
    holding = false;
  };
  const read = (): Promise<HostArray> => held.toHost().finally(release);
  return { valueType: 'jax.Array', array: { dtype, shape: value.shape, read, release } };
}

function contentOf(value: unknown, copy: boolean): Content | undefined {
  if (isDeviceArray(value)) return deviceContent(value);
  if (isHostArray(value)) return hostContent(copy ? copied(value) : value, hostKind(value));
  const dtype = typedArrayDType(value);
  if (dtype !== undefined) {
    const array = fromTypedArray(value as TypedArray, dtype);
    return hostContent(copy ? copied(array) : array, 'np.ndarray');
  }
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return hostContent(scalar(value).toHostArray(), 'scalar');
  if (value instanceof Scalar) return hostContent(value.toHostArray(), 'scalar');
  if (typeof value === 'string') return { valueType: 'string', text: value };
  return undefined;
}

const nameType = (value: unknown): string =>
  typeof value === 'object' && value !== null ? `an object of class ${value.constructor?.name ?? '(none)'}` : `a ${typeof value}`;

function leafOf(path: KeyPath, value: unknown, copy: boolean): LeafToSave {
  const content = contentOf(value, copy);
  if (content !== undefined) return { path, name: paramName(path), ...content };
  const abstract = typeof value === 'object' && value !== null && 'shape' in value && 'dtype' in value;
  throw new LinnetError(
    'InvalidArgumentError',
    `The leaf ${showPath(path)} cannot be saved: it is ${nameType(value)}. ${
      abstract
        ? 'It has a shape but no values: restore or initialise the model before saving it.'
        : 'Leaves are arrays, typed arrays, numbers, bigints, booleans, Scalars, text and null.'
    }`,
  );
}

function checkNames(leaves: readonly LeafToSave[]): void {
  const seen = new Map<string, KeyPath>();
  for (const { name, path } of leaves) {
    const other = seen.get(name);
    if (other !== undefined) {
      throw new LinnetError(
        'InvalidArgumentError',
        `Two leaves would both be stored as "${name}": the keys ${JSON.stringify(other.map(({ key }) => key))} and ${JSON.stringify(path.map(({ key }) => key))}. Rename a key that holds a dot.`,
      );
    }
    seen.set(name, path);
  }
}

/** Resolves when the values of all leaves are held. Failures are left to whoever reads them. */
export async function allHeld(leaves: readonly LeafToSave[]): Promise<void> {
  await Promise.allSettled(leaves.map(({ array }) => array?.held));
}

/** Gives up the snapshots of leaves that were not read. */
export function letGo(leaves: readonly LeafToSave[]): void {
  for (const { array } of leaves) array?.release?.();
}

/**
 * Every leaf of `tree`, ready to be written. With `copy`, elements in host memory are copied, so that the caller may change them
 * while the save goes on. InvalidArgumentError for an empty tree, leaves that no checkpoint holds, and names that collide.
 */
export function collectLeaves(tree: unknown, { copy }: { readonly copy: boolean }): LeafToSave[] {
  const { leaves, structure } = flatten(tree, { isLeaf: isDeviceArray });
  if (structure.type === 'leaf') {
    throw new LinnetError(
      'InvalidArgumentError',
      'A checkpoint holds a tree, but a single leaf was given. Put it under a key: { value: … }.',
    );
  }
  if (structure.type === 'none' || structure.keys.length === 0) {
    throw new LinnetError('InvalidArgumentError', 'The tree to save is empty: it has no leaf at all.');
  }
  const collected: LeafToSave[] = [];
  try {
    for (const { path, content } of treeEntries(structure, leaves)) {
      collected.push('leaf' in content ? leafOf(path, content.leaf, copy) : { path, name: paramName(path), valueType: content.empty });
    }
    checkNames(collected);
  } catch (cause) {
    letGo(collected);
    throw cause;
  }
  return collected;
}
