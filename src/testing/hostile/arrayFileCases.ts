import { concatBytes, encodeUtf8 } from '#linnet/core';
import { cases, type HostileCase } from './case';
import { rawZip } from './rawZip';

const length = (value: bigint): Uint8Array => new Uint8Array(new BigUint64Array([value]).buffer);

const safetensors = (header: string, data = 0): Uint8Array => {
  const text = encodeUtf8(header);
  return concatBytes([length(BigInt(text.length)), text, new Uint8Array(data)]);
};
const tensor = (dtype: string, shape: string, offsets: string): string => `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;

const safetensorsCases = cases('safetensors', [
  ['nothing', 'CorruptFileError', () => new Uint8Array(0)],
  ['a header of 2^63 bytes', 'CorruptFileError', () => concatBytes([length(2n ** 63n), encodeUtf8('{}')])],
  ['a header of 200 MB', 'LimitExceededError', () => concatBytes([length(200_000_000n), encodeUtf8('{}')])],
  ['a header longer than the file', 'CorruptFileError', () => concatBytes([length(50n), encodeUtf8('{}')])],
  ['a header that is an array', 'CorruptFileError', () => safetensors('[]')],
  ['a header that begins with a space', 'CorruptFileError', () => safetensors(' {}')],
  ['a header that is cut off', 'CorruptFileError', () => safetensors('{"a":')],
  ['200,000 nested objects', 'LimitExceededError', () => safetensors('{"a":'.repeat(200_000))],
  ['one name twice', 'CorruptFileError', () => safetensors(`{"a":${tensor('U8', '[1]', '[0,1]')},"a":${tensor('U8', '[1]', '[0,1]')}}`, 1)],
  ['a gap', 'CorruptFileError', () => safetensors(`{"a":${tensor('U8', '[1]', '[1,2]')}}`, 2)],
  ['an overlap', 'CorruptFileError', () => safetensors(`{"a":${tensor('U8', '[2]', '[0,2]')},"b":${tensor('U8', '[2]', '[1,3]')}}`, 3)],
  ['bytes behind the tensors', 'CorruptFileError', () => safetensors('{}', 10)],
  ['offsets past the end', 'CorruptFileError', () => safetensors(`{"a":${tensor('U8', '[9]', '[0,9]')}}`, 2)],
  ['reversed offsets', 'CorruptFileError', () => safetensors(`{"a":${tensor('U8', '[1]', '[1,0]')}}`, 1)],
  ['three offsets', 'CorruptFileError', () => safetensors(`{"a":${tensor('U8', '[1]', '[0,1,2]')}}`, 1)],
  ['negative offsets', 'CorruptFileError', () => safetensors(`{"a":${tensor('U8', '[1]', '[-1,0]')}}`, 0)],
  ['a length of 1.5', 'CorruptFileError', () => safetensors(`{"a":${tensor('U8', '[1.5]', '[0,1]')}}`, 1)],
  ['a product above 2^53', 'LimitExceededError', () => safetensors(`{"a":${tensor('U8', '[4294967296,4294967296]', '[0,0]')}}`)],
  ['40 dimensions', 'LimitExceededError', () => safetensors(`{"a":${tensor('U8', `[${new Array(40).fill(1)}]`, '[0,1]')}}`, 1)],
  ['an unknown dtype', 'UnsupportedFormatError', () => safetensors(`{"a":${tensor('Q4', '[1]', '[0,1]')}}`, 1)],
  ['a dtype called __proto__', 'UnsupportedFormatError', () => safetensors(`{"a":${tensor('__proto__', '[1]', '[0,1]')}}`, 1)],
  ['metadata that are no texts', 'CorruptFileError', () => safetensors('{"__metadata__":{"a":1}}')],
  ['a tensor that is a number', 'CorruptFileError', () => safetensors('{"__proto__":5}')],
]);

const npy = (text: string, data = 0, version = 1, byteLength = text.length): Uint8Array =>
  concatBytes([
    Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0),
    Uint8Array.of(
      byteLength & 255,
      (byteLength >> 8) & 255,
      ...(version === 1 ? [] : [(byteLength >> 16) & 255, (byteLength >>> 24) & 255]),
    ),
    encodeUtf8(text),
    new Uint8Array(data),
  ]);
const header = (shape: string, descr = "'<f4'", order = 'False'): string =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }`;

const npyCases = cases('npy', [
  ['nothing', 'CorruptFileError', () => new Uint8Array(0)],
  ['another kind of file', 'CorruptFileError', () => new Uint8Array(100)],
  ['version 9', 'UnsupportedFormatError', () => npy(header('(1,)'), 4, 9)],
  ['a header of 4 GB', 'LimitExceededError', () => npy(header('(1,)'), 4, 2, 0xffffffff)],
  ['a header longer than the file', 'CorruptFileError', () => npy(header('(1,)'), 4, 1, 5000)],
  ['code for a header', 'CorruptFileError', () => npy("__import__('os').system('true')", 4)],
  ['a shape that is computed', 'CorruptFileError', () => npy(header('(2**70,)'), 4)],
  ['a negative length', 'CorruptFileError', () => npy(header('(-1,)'), 4)],
  ['a length above 2^53', 'CorruptFileError', () => npy(header('(99999999999999999999,)'), 4)],
  ['a product above 2^53', 'LimitExceededError', () => npy(header('(4294967296, 4294967296)'), 4)],
  ['fewer elements than the shape has', 'CorruptFileError', () => npy(header('(9,)'), 4)],
  ['more elements than the shape has', 'CorruptFileError', () => npy(header('(1,)'), 8)],
  ['pickled objects', 'UnsupportedFormatError', () => npy(header('(1,)', "'|O'"), 4)],
  ['records', 'UnsupportedFormatError', () => npy(header('(1,)', "[('a', '<f4')]"), 4)],
  ['dates', 'UnsupportedFormatError', () => npy(header('(1,)', "'<M8[ns]'"), 8)],
  ['unnamed bytes', 'UnsupportedFormatError', () => npy(header('(1,)', "'<V2'"), 2)],
  ['a member more', 'CorruptFileError', () => npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}", 4)],
]);

const npzCases = cases('npz', [
  [
    'a file that is no array',
    'UnsupportedFormatError',
    () => rawZip([{ name: 'a.npy', data: npy(header('(1,)'), 4) }, { name: 'run.sh' }]),
  ],
  ['an array that is empty', 'CorruptFileError', () => rawZip([{ name: 'a.npy' }])],
  ['an array that is cut off', 'CorruptFileError', () => rawZip([{ name: 'a.npy', data: npy(header('(100,)'), 4) }])],
  ['pickled objects', 'UnsupportedFormatError', () => rawZip([{ name: 'a.npy', data: npy(header('(1,)', "'|O'"), 4) }])],
  ['an array with a wrong checksum', 'CorruptFileError', () => rawZip([{ name: 'a.npy', data: npy(header('(1,)'), 4), crc: 1 }])],
  ['an array outside the folder', 'CorruptFileError', () => rawZip([{ name: '../a.npy', data: npy(header('(1,)'), 4) }])],
]);

/** Hostile safetensors, npy and npz files. */
export const arrayFileCases: readonly HostileCase[] = [...safetensorsCases, ...npyCases, ...npzCases];
