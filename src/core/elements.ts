import { castByBits, keepNaNSigns } from './casts';
import { type DType, dtypeKind, itemBits, itemByteLength } from './dtypes';
import { LinnetError } from './errors';
import { decodeSmallFloat, encodeSmallFloat } from './floats';
import type { HostArray } from './hostArray';
import { sizeOf } from './shapes';

/** A complex number: real and imaginary part. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

/** One element of an array: a number (booleans 0 or 1), a bigint for 64-bit integers, a pair for complex types. */
export type Element = number | bigint | Complex;

type Elements = Pick<HostArray, 'dtype' | 'data'>;
type Read = (view: DataView, at: number) => Element;
type Write = (view: DataView, at: number, value: Element) => void;

const numeric = (value: Element): number => (typeof value === 'object' ? value.re : Number(value));

/** The low bits of a value as an integer, fractions cut towards zero; NaN is 0. */
function integer(value: Element): bigint {
  if (typeof value === 'bigint') return value;
  const number = Math.trunc(numeric(value));
  return Number.isFinite(number) ? BigInt(number) : 0n;
}

const imaginary = (value: Element): number => (typeof value === 'object' ? value.im : 0);

function integerAccess(dtype: DType): { read: Read; write: Write } {
  const bits = itemBits(dtype);
  const byteLength = itemByteLength(dtype);
  const signed = dtypeKind(dtype) === 'int';
  const wrap = signed ? BigInt.asIntN : BigInt.asUintN;
  // Sub-byte types lie in the low bits of a byte, the high bits zero.
  const store = (value: Element): number => Number(BigInt.asUintN(bits, integer(value)));
  if (byteLength === 8) {
    return {
      read: (view, at) => (signed ? view.getBigInt64(at, true) : view.getBigUint64(at, true)),
      write: (view, at, value) => view.setBigUint64(at, BigInt.asUintN(64, integer(value)), true),
    };
  }
  if (byteLength === 4) {
    return {
      read: (view, at) => (signed ? view.getInt32(at, true) : view.getUint32(at, true)),
      write: (view, at, value) => view.setUint32(at, store(value), true),
    };
  }
  if (byteLength === 2) {
    return {
      read: (view, at) => (signed ? view.getInt16(at, true) : view.getUint16(at, true)),
      write: (view, at, value) => view.setUint16(at, store(value), true),
    };
  }
  return {
    read: (view, at) => Number(wrap(bits, BigInt(view.getUint8(at)))),
    write: (view, at, value) => view.setUint8(at, store(value)),
  };
}

function floatAccess(dtype: DType): { read: Read; write: Write } {
  if (dtype === 'float64') {
    return { read: (view, at) => view.getFloat64(at, true), write: (view, at, value) => view.setFloat64(at, numeric(value), true) };
  }
  if (dtype === 'float32') {
    return { read: (view, at) => view.getFloat32(at, true), write: (view, at, value) => view.setFloat32(at, numeric(value), true) };
  }
  if (itemByteLength(dtype) === 2) {
    return {
      read: (view, at) => decodeSmallFloat(dtype, view.getUint16(at, true))!,
      write: (view, at, value) => view.setUint16(at, encodeSmallFloat(dtype, numeric(value))!, true),
    };
  }
  return {
    read: (view, at) => decodeSmallFloat(dtype, view.getUint8(at))!,
    write: (view, at, value) => view.setUint8(at, encodeSmallFloat(dtype, numeric(value))!),
  };
}

function complexAccess(dtype: DType): { read: Read; write: Write } {
  const part = floatAccess(dtype === 'complex64' ? 'float32' : 'float64');
  const half = itemByteLength(dtype) / 2;
  return {
    read: (view, at) => ({ re: part.read(view, at) as number, im: part.read(view, at + half) as number }),
    write: (view, at, value) => {
      part.write(view, at, numeric(value));
      part.write(view, at + half, imaginary(value));
    },
  };
}

function accessFor(dtype: DType): { read: Read; write: Write } {
  switch (dtypeKind(dtype)) {
    case 'bool':
      return {
        read: (view, at) => (view.getUint8(at) === 0 ? 0 : 1),
        write: (view, at, value) => view.setUint8(at, Number(numeric(value) !== 0 || imaginary(value) !== 0)),
      };
    case 'int':
    case 'uint':
      return integerAccess(dtype);
    case 'float':
      return floatAccess(dtype);
    case 'complex':
      return complexAccess(dtype);
    case 'key':
      throw new LinnetError('DTypeError', `Elements of ${dtype} are generator states, not numbers. Take the uint32 words instead.`);
  }
}

const viewOf = (data: Uint8Array): DataView => new DataView(data.buffer, data.byteOffset, data.byteLength);

/** Element `index` of an array, counted row-major. */
export function readElement(array: Elements, index: number): Element {
  return accessFor(array.dtype).read(viewOf(array.data), index * itemByteLength(array.dtype));
}

/** Sets element `index`, cast as `castHostArray` does. */
export function writeElement(array: Elements, index: number, value: Element): void {
  accessFor(array.dtype).write(viewOf(array.data), index * itemByteLength(array.dtype), value);
}

/**
 * `array` with another dtype, as NumPy's `astype`: floats round to nearest even, float to integer cuts towards zero, integers keep
 * their low bits, non-zero is true, complex to real drops the imaginary part, NaN keeps its sign. The same dtype returns `array` itself.
 * A DTypeError between PRNG keys and numbers.
 */
export function castHostArray(array: HostArray, dtype: DType): HostArray {
  if (array.dtype === dtype) return array;
  const fast = castByBits(array, dtype);
  if (fast !== undefined) return { dtype, shape: array.shape, data: fast };
  const from = accessFor(array.dtype);
  const to = accessFor(dtype);
  const size = sizeOf(array.shape);
  const [fromStep, toStep] = [itemByteLength(array.dtype), itemByteLength(dtype)];
  const data = new Uint8Array(size * toStep);
  const [source, target] = [viewOf(array.data), viewOf(data)];
  for (let i = 0; i < size; i++) to.write(target, i * toStep, from.read(source, i * fromStep));
  const cast = { dtype, shape: array.shape, data };
  keepNaNSigns(array, cast);
  return cast;
}
