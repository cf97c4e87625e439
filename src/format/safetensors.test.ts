import { expect, test } from 'vitest';
import { concatBytes, DTYPES, encodeUtf8, type HostArray, hostArray, hostArraysEqual, itemByteLength } from '#linnet/core';
import { counting, memoryStore } from '#linnet/store';
import { bytesAccess, storeAccess } from './randomAccess';
import { openSafetensors, safetensorsPieces } from './safetensors';

const ramp = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i & 1);

function file(header: string, data: number): Uint8Array {
  const text = encodeUtf8(header);
  const length = new Uint8Array(new BigUint64Array([BigInt(text.length)]).buffer);
  return concatBytes([length, text, ramp(data)]);
}

const open = (header: string, data: number) => openSafetensors(bytesAccess(file(header, data), 'model.safetensors'));

const STORABLE = DTYPES.filter((dtype) => !/^u?int[24]$|e3m4|fnuz|e4m3$|float4|complex128|key/.test(dtype));

test('every dtype of the format survives the round trip', async () => {
  const arrays = new Map<string, HostArray>(
    STORABLE.map((dtype) => [`layer.${dtype}`, hostArray(dtype, [3, 2], ramp(6 * itemByteLength(dtype)))]),
  );
  arrays.set('scalar', hostArray('float32', [], ramp(4))).set('empty', hostArray('float32', [0, 5], ramp(0)));
  const bytes = concatBytes(safetensorsPieces(arrays, new Map([['format', 'pt']])));
  const opened = await openSafetensors(bytesAccess(bytes, 'model.safetensors'));
  expect(opened.metadata).toEqual(new Map([['format', 'pt']]));
  expect([...opened.tensors.keys()].sort()).toEqual([...arrays.keys()].sort());
  for (const [name, array] of arrays) {
    const entry = opened.tensors.get(name)!;
    expect((entry.offset % itemByteLength(array.dtype)) % 8).toBe(0);
    expect(hostArraysEqual(await opened.read(entry), array), name).toBe(true);
  }
  expect(() => safetensorsPieces(new Map([['a', hostArray('int4', [1], ramp(1))]]))).toThrow(/no int4/);
});

test('only the header and the tensors asked for are read', async () => {
  const arrays = new Map(Array.from({ length: 50 }, (_, i) => [`w${i}`, hostArray('float32', [1000], ramp(4000))]));
  const { store, counts } = counting(memoryStore());
  await store.write('model.safetensors', concatBytes(safetensorsPieces(arrays)));
  const opened = await openSafetensors((await storeAccess(store, 'model.safetensors'))!);
  expect(counts.bytesRead).toBeLessThan(5000);
  await opened.read(opened.tensors.get('w7')!);
  expect(counts.bytesRead).toBeLessThan(9000);
});

const tensor = (dtype: string, shape: string, offsets: string): string => `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;

test.each([
  ['a gap', `{"a":${tensor('U8', '[1]', '[1,2]')}}`, 2, 'leaves a gap'],
  ['an overlap', `{"a":${tensor('U8', '[2]', '[0,2]')},"b":${tensor('U8', '[2]', '[1,3]')}}`, 3, 'overlaps'],
  ['bytes behind the last tensor', `{"a":${tensor('U8', '[1]', '[0,1]')}}`, 2, 'has'],
  ['offsets past the end', `{"a":${tensor('U8', '[9]', '[0,9]')}}`, 2, 'end at byte'],
  ['reversed offsets', `{"a":${tensor('U8', '[1]', '[1,0]')}}`, 1, 'data_offsets'],
  ['a size that is not that of the shape', `{"a":${tensor('F32', '[2]', '[0,4]')}}`, 4, 'make 8 bytes'],
  ['an unknown dtype', `{"a":${tensor('Q4', '[1]', '[0,1]')}}`, 1, 'Q4'],
  ['one name twice', `{"a":${tensor('U8', '[1]', '[0,1]')},"a":${tensor('U8', '[1]', '[1,2]')}}`, 2, 'twice'],
  ['a product above 2^53', `{"a":${tensor('U8', '[4294967296,4294967296]', '[0,0]')}}`, 0, 'above the limit'],
  ['space before the header', ` {}`, 0, 'does not begin with'],
])('%s is refused', async (_, header, data, message) => {
  await expect(open(header, data)).rejects.toThrow(message);
});
