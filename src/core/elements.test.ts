import { describe, expect, test } from 'vitest';
import { DTYPES, type DType, dtypeKind, itemBits, itemByteLength } from './dtypes';
import { castHostArray, readElement, writeElement } from './elements';
import { decodeSmallFloat, encodeSmallFloat } from './floats';
import { type HostArray, hostArray } from './hostArray';

const SMALL_FLOATS = DTYPES.filter((dtype) => decodeSmallFloat(dtype, 0) !== undefined);
const float32 = (...values: number[]): HostArray => hostArray('float32', [values.length], new Uint8Array(Float32Array.from(values).buffer));
const elements = (array: HostArray): unknown[] => Array.from({ length: array.shape[0]! }, (_, i) => readElement(array, i));

describe('small floats', () => {
  test.each(SMALL_FLOATS)('%s: every code survives decoding and encoding', (dtype) => {
    for (let code = 0; code < 2 ** itemBits(dtype); code++) {
      const value = decodeSmallFloat(dtype, code)!;
      if (Number.isNaN(value)) expect(decodeSmallFloat(dtype, encodeSmallFloat(dtype, value)!)).toBeNaN();
      else expect(encodeSmallFloat(dtype, value), `code ${code} = ${value}`).toBe(code);
    }
  });

  test.each(SMALL_FLOATS.filter((dtype) => dtype !== 'float8_e8m0fnu'))('%s: halfway between neighbours goes to the even code', (dtype) => {
    const positive = 2 ** (itemBits(dtype) - 1);
    for (let code = 0; code + 1 < positive; code += dtype.startsWith('float8') || dtype.startsWith('float4') ? 1 : 97) {
      const [low, high] = [decodeSmallFloat(dtype, code)!, decodeSmallFloat(dtype, code + 1)!];
      if (!Number.isFinite(low) || !Number.isFinite(high)) continue;
      const even = code % 2 === 0 ? code : code + 1;
      const middle = (low + high) / 2;
      expect(encodeSmallFloat(dtype, middle), `${low} .. ${high}`).toBe(even);
    }
  });

  test.each([
    ['float8_e4m3fn', 448],
    ['float8_e5m2', 57344],
    ['float8_e4m3fnuz', 240],
    ['float8_e4m3b11fnuz', 30],
    ['float8_e3m4', 15.5],
    ['float4_e2m1fn', 6],
    ['float16', 65504],
    ['bfloat16', 3.3895313892515355e38],
  ] as [DType, number][])('%s reaches %d', (dtype, largest) => {
    const code = encodeSmallFloat(dtype, largest)!;
    expect(decodeSmallFloat(dtype, code)).toBe(largest);
    const above = decodeSmallFloat(dtype, code + 1)!;
    expect(Number.isFinite(above) && above > 0).toBe(false);
  });
});

describe('castHostArray', () => {
  test('float32 to bfloat16 rounds to nearest even', () => {
    const cast = castHostArray(float32(1, 1.00390625, 1.01171875, 3.4e38, Number.NaN, -0), 'bfloat16');
    expect([...new Uint16Array(cast.data.buffer)]).toEqual([0x3f80, 0x3f80, 0x3f82, 0x7f80, 0x7fc0, 0x8000]);
  });

  test('float to integer cuts towards zero, to bool asks for zero', () => {
    expect(elements(castHostArray(float32(-1.9, 1.9, 0), 'int32'))).toEqual([-1, 1, 0]);
    expect(elements(castHostArray(float32(-1.9, 0.1, 0), 'bool'))).toEqual([1, 1, 0]);
    expect(elements(castHostArray(float32(-2, 5), 'int64'))).toEqual([-2n, 5n]);
  });

  test('int4 keeps four bits, the high ones zero', () => {
    const cast = castHostArray(float32(-4, 7, -8), 'int4');
    expect([...cast.data]).toEqual([0x0c, 0x07, 0x08]);
    expect(elements(cast)).toEqual([-4, 7, -8]);
  });

  test('complex to real drops the imaginary part', () => {
    const pair = hostArray('complex64', [1], new Uint8Array(Float32Array.of(1.5, 2.5).buffer));
    expect(elements(castHostArray(pair, 'float32'))).toEqual([1.5]);
    expect(elements(castHostArray(float32(3), 'complex128'))).toEqual([{ re: 3, im: 0 }]);
  });

  test('the same dtype is the same array', () => {
    const array = float32(1);
    expect(castHostArray(array, 'float32')).toBe(array);
  });

  test('a PRNG key is not a number', () => {
    expect(() => castHostArray(float32(1), 'key<fry>')).toThrow(expect.objectContaining({ kind: 'DTypeError' }));
  });

  test.each(DTYPES.filter((dtype) => dtypeKind(dtype) !== 'key'))('%s: 1 is written and read back', (dtype) => {
    const array = hostArray(dtype, [2], new Uint8Array(2 * itemByteLength(dtype)));
    writeElement(array, 1, 1);
    const value = readElement(array, 1);
    expect(typeof value === 'object' ? value.re : Number(value)).toBe(1);
  });
});
