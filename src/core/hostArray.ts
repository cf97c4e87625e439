import { type DType, itemByteLength } from './dtypes';
import { LinnetError } from './errors';
import { formatShape, type Shape, sizeOf } from './shapes';

/**
 * An array in host memory: the one value that passes between the bytes pillar and the compute pillar.
 * `data` holds the elements row-major and little-endian; sub-byte types take one byte an element.
 */
export interface HostArray {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: Uint8Array;
}

/** A HostArray of `shape`; its byte length is checked. `data` is not copied. */
export function hostArray(dtype: DType, shape: Shape, data: Uint8Array): HostArray {
  const expected = sizeOf(shape) * itemByteLength(dtype);
  if (data.byteLength !== expected) {
    throw new LinnetError('ShapeError', `${dtype}${formatShape(shape)} takes ${expected} bytes, but ${data.byteLength} were given.`);
  }
  return { dtype, shape, data };
}

/** Whether `value` has the form of a HostArray. */
export function isHostArray(value: unknown): value is HostArray {
  if (typeof value !== 'object' || value === null) return false;
  const candidate = value as Partial<HostArray>;
  return typeof candidate.dtype === 'string' && Array.isArray(candidate.shape) && candidate.data instanceof Uint8Array;
}

type TypedArrayConstructor = {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray;
};

export type TypedArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

const VIEWS: Partial<Record<DType, TypedArrayConstructor>> = {
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array,
  bfloat16: Uint16Array,
  float16: Uint16Array,
  complex64: Float32Array,
  complex128: Float64Array,
  'key<fry>': Uint32Array,
};

/**
 * The elements of `array` as the nearest typed array (16-bit floats as their bits, complex as pairs, one-byte types as bytes).
 * Shares memory with `array` when its offset is aligned, else is a copy.
 */
export function typedView(array: HostArray): TypedArray {
  const View = VIEWS[array.dtype] ?? Uint8Array;
  const { data } = array;
  const aligned = data.byteOffset % View.BYTES_PER_ELEMENT === 0 ? data : data.slice();
  return new View(aligned.buffer, aligned.byteOffset, aligned.byteLength / View.BYTES_PER_ELEMENT);
}

/** Whether dtype, shape and every bit of two arrays are the same. NaN payloads and the sign of zero count. */
export function hostArraysEqual(a: HostArray, b: HostArray): boolean {
  if (a.dtype !== b.dtype || a.data.byteLength !== b.data.byteLength) return false;
  if (a.shape.length !== b.shape.length || a.shape.some((dim, axis) => dim !== b.shape[axis])) return false;
  for (let i = 0; i < a.data.byteLength; i++) if (a.data[i] !== b.data[i]) return false;
  return true;
}
