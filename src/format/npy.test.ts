import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concatBytes, encodeUtf8, type HostArray, hostArray, hostArraysEqual, typedView } from '#linnet/core';
import { decodeBase64 } from '../testing/golden';
import { PYTHON_FILES } from '../testing/hostile/pythonFiles';
import { decodeNpy, decodeNpyHeader, npyPieces } from './npy';
import { npzArchive, openNpz } from './npz';
import { bytesAccess } from './randomAccess';

const python = (name: keyof typeof PYTHON_FILES): Uint8Array => decodeBase64(PYTHON_FILES[name]);

test.each([
  ['f4', 'float32', [2, 3], [0, 1, 2, 3, 4, 5]],
  ['fortran', 'int16', [2, 3], [0, 1, 2, 3, 4, 5]],
  ['big', 'int32', [3], [1, 2, -3]],
  ['scalar', 'float64', [], [7.5]],
  ['bool', 'bool', [3], [1, 0, 1]],
  ['c8', 'complex64', [1], [1, 2]],
  ['v2', 'float64', [2], [0, 1]],
  ['v3', 'float64', [2], [0, 1]],
] as const)('NumPy’s %s is read', (name, dtype, shape, values) => {
  const array = decodeNpy(python(name));
  expect([array.dtype, array.shape, Array.from(typedView(array), Number)]).toEqual([dtype, shape, values]);
});

test('pickled objects are refused', () => {
  expect(() => decodeNpy(python('obj'))).toThrow(/Python objects/);
});

test('members of the header may come in any order, anything else is refused', () => {
  const file = (text: string): Uint8Array =>
    concatBytes([Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length, 0), encodeUtf8(text)]);
  expect(decodeNpyHeader(file("{'shape': (2,), 'descr': '<f4', 'fortran_order': False}\n")).shape).toEqual([2]);
  for (const text of ['', '{}', "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': False, 'shape': (2)}", "__import__('os')"]) {
    expect(() => decodeNpyHeader(file(text))).toThrow(expect.objectContaining({ kind: 'CorruptFileError' }));
  }
});

const DTYPES = ['bool', 'int8', 'int64', 'uint16', 'float16', 'float32', 'float64', 'complex64', 'complex128'] as const;
const arrays = fc
  .record({ dtype: fc.constantFrom(...DTYPES), shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }), seed: fc.integer() })
  .map(({ dtype, shape, seed }): HostArray => {
    const itemBytes = { bool: 1, int8: 1, int64: 8, uint16: 2, float16: 2, float32: 4, float64: 8, complex64: 8, complex128: 16 }[dtype];
    const length = shape.reduce((a, b) => a * b, itemBytes);
    return hostArray(
      dtype,
      shape,
      Uint8Array.from({ length }, (_, i) => (seed + i * 37) & (dtype === 'bool' ? 1 : 255)),
    );
  });

test('npy and npz round trips', { timeout: 20_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(arrays, { maxLength: 4 }), async (list) => {
      for (const array of list) expect(hostArraysEqual(decodeNpy(concatBytes(npyPieces(array))), array)).toBe(true);
      const named = new Map(list.map((array, i) => [`layer.${i}/kernel`, array]));
      const pieces: Uint8Array[] = [];
      for await (const piece of npzArchive(named)) pieces.push(piece);
      const file = await openNpz(bytesAccess(concatBytes(pieces), 'a.npz'));
      expect([...file.names].sort()).toEqual([...named.keys()].sort());
      for (const [name, array] of named) {
        expect((await file.header(name)).shape).toEqual(array.shape);
        expect(hostArraysEqual(await file.read(name), array)).toBe(true);
      }
    }),
    { numRuns: 60 },
  );
});

test.each(['npz', 'npzc'] as const)('NumPy’s %s is read', async (name) => {
  const file = await openNpz(bytesAccess(python(name), 'weights.npz'));
  expect(file.names).toEqual(['b', 'w']);
  expect(Array.from(typedView(await file.read('b')), Number)).toEqual([0, 1, 2]);
  expect((await file.header('w')).dtype).toBe(name === 'npz' ? 'float16' : 'float32');
  await expect(file.read('none')).rejects.toMatchObject({ kind: 'InvalidArgumentError' });
});

test('dtypes that NumPy lacks are refused when writing', () => {
  expect(() => npyPieces(hostArray('bfloat16', [1], new Uint8Array(2)))).toThrow(/bfloat16/);
});
