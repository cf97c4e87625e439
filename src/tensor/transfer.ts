import { type DType, flatten, type HostArray, isDeviceDType, isHostArray, LinnetError, type Shape, type TypedArray } from '#linnet/core';
import { DeviceArray, HostConstant, isArray, LiteralArray, type NDArray } from './array';
import { currentBackend } from './backends';
import { allocate, toHostArray } from './elements';
import { KeyArray } from './keyArray';
import { isStaging } from './trace/tracer';

/** A HostArray as an array on the device, bit for bit. A DTypeError for dtypes the engine does not compute with. */
export function fromHost(host: HostArray): NDArray {
  const { shape, data, dtype } = host;
  if (dtype === 'key<fry>') return new KeyArray(fromHost({ dtype: 'uint32', shape: [...shape, 2], data }));
  if (!isDeviceDType(dtype)) {
    throw new LinnetError(
      'DTypeError',
      `The device does not compute with ${dtype}. Keep it as a HostArray, or cast it to float32 or int32 first.`,
    );
  }
  if (isStaging()) return new HostConstant({ ...host, data: host.data.slice() });
  const backend = currentBackend();
  return new DeviceArray(backend.fromHost(host), backend);
}

const KIND_OF: Record<string, DType> = {
  Float32Array: 'float32',
  Float64Array: 'float32',
  Int32Array: 'int32',
  Int16Array: 'int32',
  Int8Array: 'int32',
  Uint32Array: 'uint32',
  Uint16Array: 'uint32',
  Uint8Array: 'uint32',
};

/** dtype of an array made from a typed array: its own kind, at 32 bits. */
export function dtypeOfTypedArray(values: TypedArray): DType {
  const dtype = KIND_OF[values.constructor.name];
  if (dtype !== undefined) return dtype;
  throw new LinnetError(
    'DTypeError',
    `${values.constructor.name} has no counterpart on the device. Convert it to Int32Array or Float32Array.`,
  );
}

/** Plain numbers or booleans in a row. */
export interface NumberList {
  readonly length: number;
  readonly [index: number]: number | boolean;
}

/** Numbers as an array of `shape`, rounded to `dtype`. */
export function fromNumbers(values: NumberList, shape: Shape, dtype: DType): NDArray {
  const elements = allocate(shape, dtype);
  for (let i = 0; i < elements.length; i++) elements[i] = dtype === 'bool' ? Number(Boolean(values[i])) : Number(values[i]);
  return fromHost(toHostArray(elements, shape, dtype));
}

export const isTypedArray = (value: unknown): value is TypedArray => ArrayBuffer.isView(value) && !(value instanceof DataView);

/** Waits until every array of `tree` is computed; rejects with the error of whatever made it. */
export async function blockUntilReady<T>(tree: T): Promise<T> {
  const { leaves } = flatten(tree);
  const backends = new Set(leaves.map(backendOf).filter((backend) => backend !== undefined));
  await Promise.all([...backends].map((backend) => backend.synchronize()));
  return tree;
}

function backendOf(leaf: unknown) {
  if (leaf instanceof KeyArray) return backendOf(leaf.words);
  return leaf instanceof DeviceArray ? leaf.backend : undefined;
}

/** A leaf of a tree as an array: arrays as they are, numbers and booleans as weak scalars, host arrays and typed arrays moved to the device. */
export function leafToArray(leaf: unknown, where: () => string): NDArray {
  if (isArray(leaf)) return leaf;
  if (typeof leaf === 'number') return new LiteralArray(leaf, 'float32', true);
  if (typeof leaf === 'boolean') return new LiteralArray(leaf ? 1 : 0, 'bool');
  if (isHostArray(leaf)) return fromHost(leaf);
  if (isTypedArray(leaf)) return fromNumbers(leaf as unknown as NumberList, [leaf.length], dtypeOfTypedArray(leaf));
  const found = leaf === null ? 'null' : typeof leaf === 'object' ? (leaf.constructor?.name ?? 'object') : typeof leaf;
  throw new LinnetError(
    'InvalidArgumentError',
    `${where()}: an array or a number was expected, but a ${found} was found. Mark arguments that are not arrays as static.`,
  );
}
