import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader, ByteWriter, bytesEqual, compareBytes, concatBytes, decodeUtf8, encodeUtf8 } from './bytes';
import { DTYPES, isDeviceDType, itemByteLength, parseDType } from './dtypes';
import { isLinnetError, LinnetError, toLinnetError } from './errors';
import { hostArray, hostArraysEqual, typedView } from './hostArray';
import { broadcastShapes, checkShape, normalizeAxes, normalizeAxis, sizeOf, stridesOf } from './shapes';

describe('errors', () => {
  test('within adds structures from inside out and keeps kind, details and cause', () => {
    const inner = new LinnetError('CorruptFileError', 'key 3 at byte 118', { details: { offset: 118 } });
    const outer = inner.within('B+tree node').within('manifest');
    expect(outer.message).toBe('manifest › B+tree node: key 3 at byte 118');
    expect(outer.kind).toBe('CorruptFileError');
    expect(outer.details).toEqual({ offset: 118 });
    expect(isLinnetError(outer.cause, 'CorruptFileError')).toBe(true);
  });

  test('foreign errors are wrapped with their cause, Linnet errors pass through', () => {
    const cause = new TypeError('no');
    expect(toLinnetError(cause, 'StorageError', 'Writing failed')).toMatchObject({
      kind: 'StorageError',
      message: 'Writing failed: no',
      cause,
    });
    const own = new LinnetError('QuotaError', 'full');
    expect(toLinnetError(own, 'StorageError')).toBe(own);
  });
});

describe('shapes', () => {
  test('broadcasting follows NumPy', () => {
    expect(broadcastShapes([3, 1], [1, 4], [4])).toEqual([3, 4]);
    expect(broadcastShapes([], [2])).toEqual([2]);
    expect(broadcastShapes([0, 1], [1, 3])).toEqual([0, 3]);
    expect(() => broadcastShapes([2, 3], [4])).toThrow(/\[2, 3\] and \[4\] do not broadcast/);
  });

  test('axes count from both ends', () => {
    expect(normalizeAxis(-1, 3)).toBe(2);
    expect(() => normalizeAxis(3, 3)).toThrow(/out of range/);
    expect(normalizeAxes(null, 2)).toEqual([0, 1]);
    expect(normalizeAxes([-1, 0], 3)).toEqual([0, 2]);
    expect(() => normalizeAxes([0, -3], 3)).toThrow(/one axis twice/);
  });

  test('strides and sizes', () => {
    expect(stridesOf([2, 3, 4])).toEqual([12, 4, 1]);
    expect(sizeOf([])).toBe(1);
    expect(sizeOf([3, 0])).toBe(0);
    expect(() => checkShape([-1])).toThrow(/-1/);
    expect(() => checkShape([2 ** 30, 2 ** 30])).toThrow(/2\^53/);
  });
});

describe('dtypes and host arrays', () => {
  test('every dtype has an item size; the device knows five', () => {
    for (const dtype of DTYPES) expect(itemByteLength(dtype)).toBeGreaterThan(0);
    expect(DTYPES.filter(isDeviceDType)).toEqual(['bool', 'int32', 'uint32', 'float16', 'float32']);
    expect(() => parseDType('float12')).toThrow(/float12/);
  });

  test('the byte length must fit shape and dtype', () => {
    expect(() => hostArray('float32', [3], new Uint8Array(8))).toThrow(/takes 12 bytes, but 8/);
  });

  test('views share aligned memory and copy unaligned', () => {
    const buffer = new Uint8Array(new Float32Array([1, 2]).buffer);
    expect(Array.from(typedView(hostArray('float32', [2], buffer)) as Float32Array)).toEqual([1, 2]);
    const shifted = concatBytes([new Uint8Array(1), buffer]).subarray(1);
    expect(Array.from(typedView(hostArray('float32', [2], shifted)) as Float32Array)).toEqual([1, 2]);
  });

  test('equality is bit for bit', () => {
    const of = (...values: number[]) => hostArray('float32', [values.length], new Uint8Array(new Float32Array(values).buffer));
    expect(hostArraysEqual(of(0), of(0))).toBe(true);
    expect(hostArraysEqual(of(0), of(-0))).toBe(false);
    expect(hostArraysEqual(of(Number.NaN), of(Number.NaN))).toBe(true);
    expect(hostArraysEqual(of(1), { ...of(1), shape: [] })).toBe(false);
  });
});

describe('bytes', () => {
  test('what the writer wrote, the reader reads', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 255 }),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.uint8Array(),
        (a, b, c, d) => {
          const writer = new ByteWriter(1);
          writer.uint8(a);
          writer.uint32(b);
          writer.uint32BigEndian(b);
          writer.uint64(c);
          writer.uint64BigEndian(c);
          writer.bytes(d);
          const reader = new ByteReader(writer.finish(), 'test');
          expect([reader.uint8(), reader.uint32(), reader.uint32BigEndian(), reader.uint64(), reader.uint64BigEndian()]).toEqual([
            a,
            b,
            b,
            c,
            c,
          ]);
          expect(bytesEqual(reader.take(d.byteLength), d)).toBe(true);
          reader.end();
        },
      ),
    );
  });

  test('every read is checked and names its offset', () => {
    const reader = new ByteReader(new Uint8Array(6), 'manifest');
    reader.uint32();
    expect(() => reader.uint32()).toThrow(/manifest: uint32 of 4 bytes is cut off: 2 remain at byte 4/);
    expect(() => reader.take(-1)).toThrow(LinnetError);
    expect(() => reader.end()).toThrow(/2 bytes are left over/);
    expect(() => reader.seek(7)).toThrow(/offset 7/);
  });

  test('byte order of keys is that of unsigned bytes', () => {
    fc.assert(fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => Math.sign(compareBytes(a, b)) === Math.sign(Buffer.compare(a, b))));
  });

  test('bad UTF-8 is an error that names its place', () => {
    expect(decodeUtf8(encodeUtf8('müßig'), 'name')).toBe('müßig');
    expect(() => decodeUtf8(Uint8Array.of(0xff), 'The key of entry 3')).toThrow(/The key of entry 3 is not UTF-8/);
  });
});
