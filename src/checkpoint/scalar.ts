import { type DType, dtypeKind, type HostArray, hostArray, itemByteLength, LinnetError, readElement, writeElement } from '#linnet/core';

/** A Python scalar out of a checkpoint, or one to be saved: a single element that keeps its dtype. */
export class Scalar {
  readonly dtype: DType;
  /** The element, little-endian. */
  readonly data: Uint8Array;

  constructor(dtype: DType, data: Uint8Array) {
    this.dtype = dtype;
    this.data = hostArray(dtype, [], data).data;
  }

  /** The value as a JS number (boolean dtypes: 0 or 1), or a bigint where the dtype has 64-bit integers. */
  valueOf(): number | bigint {
    const value = readElement(this, 0);
    return typeof value === 'object' ? value.re : value;
  }

  /** The same value as an array of rank 0. */
  toHostArray(): HostArray {
    return { dtype: this.dtype, shape: [], data: this.data };
  }

  toString(): string {
    return `Scalar(${String(this.valueOf())}, ${this.dtype})`;
  }
}

/** dtype that Python gives a number without one: int for a safe integer or bigint, bool, float for the rest. */
export function scalarDType(value: number | bigint | boolean): DType {
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'bigint') return 'int64';
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? 'int64' : 'float64';
}

/** Whether two numbers are equal, a bigint and a number by value. */
const sameNumber = (a: number | bigint, b: number | bigint): boolean => a <= b && a >= b;

/**
 * `value` as a scalar of `dtype`; without one a safe integer or bigint is int64, a boolean bool, any other number float64.
 * An InvalidArgumentError when an integer dtype cannot hold the value.
 */
export function scalar(value: number | bigint | boolean, dtype: DType = scalarDType(value)): Scalar {
  const data = new Uint8Array(itemByteLength(dtype));
  const array = { dtype, shape: [], data };
  const plain = typeof value === 'boolean' ? Number(value) : value;
  writeElement(array, 0, plain);
  const result = new Scalar(dtype, data);
  const kind = dtypeKind(dtype);
  if ((kind === 'int' || kind === 'uint' || kind === 'bool') && !sameNumber(result.valueOf(), plain)) {
    throw new LinnetError('InvalidArgumentError', `${String(value)} does not fit ${dtype}; it would become ${String(result.valueOf())}.`);
  }
  return result;
}
