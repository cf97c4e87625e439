import fc from 'fast-check';
import { type HostArray, hostArray, sizeOf } from '#linnet/core';
import { reprOf } from '../src/nnx/display/arrayDescription';

/** An array, and what Linnet prints of it. */
export interface Printed {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Bytes, base64. */
  readonly data: string;
  readonly text: string;
}

const shape = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 3 }),
  fc.constantFrom([30], [40, 2], [1001], [3, 400], [7, 12, 13]),
);

/** Numbers as they come in training: of one magnitude or of many, with some that are none. */
const float = fc.oneof(
  { arbitrary: fc.float({ noNaN: true }), weight: 1 },
  { arbitrary: fc.float({ min: -8, max: 8, noNaN: true }), weight: 6 },
  { arbitrary: fc.integer({ min: -200, max: 200 }).map((n) => n / 8), weight: 4 },
  { arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1e-5, 1e8, 99999.99), weight: 1 },
);

const arrayOf = (
  dtype: 'float32' | 'int32' | 'uint32' | 'bool',
  element: fc.Arbitrary<number>,
  typed: (values: number[]) => ArrayBufferView,
) =>
  shape.chain((dims) =>
    fc.array(element, { minLength: sizeOf(dims), maxLength: sizeOf(dims) }).map((values): HostArray => {
      const { buffer } = typed(values);
      return hostArray(dtype, dims, new Uint8Array(buffer));
    }),
  );

const array = fc.oneof(
  { arbitrary: arrayOf('float32', float, (values) => Float32Array.from(values)), weight: 4 },
  // Of one kind, so that all have a short form together.
  {
    arbitrary: arrayOf(
      'float32',
      fc.integer({ min: -40, max: 40 }).map((n) => n / 4),
      (values) => Float32Array.from(values),
    ),
    weight: 2,
  },
  { arbitrary: arrayOf('int32', fc.oneof(fc.integer(), fc.integer({ min: -9, max: 99 })), (values) => Int32Array.from(values)), weight: 1 },
  { arbitrary: arrayOf('uint32', fc.nat(), (values) => Uint32Array.from(values)), weight: 1 },
  { arbitrary: arrayOf('bool', fc.integer({ min: 0, max: 1 }), (values) => Uint8Array.from(values)), weight: 1 },
);

/** `count` arrays with Linnet's texts; the same for the same seed. */
export const printedArrays = (count: number, seed: number): Printed[] =>
  fc.sample(array, { numRuns: count, seed }).map((one) => ({
    ...{ dtype: one.dtype, shape: one.shape, data: Buffer.from(one.data).toString('base64') },
    text: reprOf(one),
  }));
