import { type DType, type HostArray, itemByteLength, type Shape, sizeOf, typedView } from '#linnet/core';
import { decodeFloat16, encodeFloat16 } from './float16';

/** Typed arrays the CPU kernels compute on. float16 is widened to Float32Array and rounded back when stored. */
export type Elements = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

/** The elements of `array` for reading: a view, or for float16 a widened copy. */
export function elementsOf(array: HostArray): Elements {
  return array.dtype === 'float16' ? decodeFloat16(typedView(array) as Uint16Array) : (typedView(array) as Elements);
}

/** Elements of any dtype as JS numbers (64-bit integers lose precision beyond 2^53). */
export function decodeElements(array: HostArray): ArrayLike<number> {
  const elements = elementsOf(array) as ArrayLike<number | bigint>;
  return typeof elements[0] === 'bigint' ? Array.from(elements, Number) : (elements as ArrayLike<number>);
}

/** Zeroed elements for an array of `shape` and `dtype`. */
export function allocate(shape: Shape, dtype: string): Elements {
  const size = sizeOf(shape);
  switch (dtype) {
    case 'int32':
      return new Int32Array(size);
    case 'uint32':
    case 'key<fry>':
      return new Uint32Array(dtype === 'uint32' ? size : 2 * size);
    case 'bool':
      return new Uint8Array(size);
    case 'float64':
      return new Float64Array(size);
    default:
      return new Float32Array(size);
  }
}

/** `elements` as a HostArray; float16 is rounded here. */
export function toHostArray(elements: Elements, shape: Shape, dtype: string): HostArray {
  const stored = dtype === 'float16' ? encodeFloat16(elements as Float32Array) : elements;
  return { dtype: dtype as DType, shape, data: new Uint8Array(stored.buffer as ArrayBuffer, stored.byteOffset, stored.byteLength) };
}

/** A rank-0 HostArray of `value`, rounded to `dtype`. */
export function hostScalar(value: number, dtype: string): HostArray {
  const elements = allocate([], dtype);
  elements[0] = value;
  return toHostArray(elements, [], dtype);
}

/** Row-major elements as nested JS arrays of `shape`. */
export function nest(elements: ArrayLike<number>, shape: Shape, asBoolean: boolean): unknown {
  let next = 0;
  const build = (axis: number): unknown => {
    if (axis === shape.length) {
      const value = elements[next++]!;
      return asBoolean ? value !== 0 : value;
    }
    return Array.from({ length: shape[axis]! }, () => build(axis + 1));
  };
  return build(0);
}

/** Bytes `shape` of `dtype` takes in a HostArray. */
export const byteLengthOf = (shape: Shape, dtype: DType): number => sizeOf(shape) * itemByteLength(dtype);
