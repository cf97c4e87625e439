import {
  ByteReader,
  ByteWriter,
  checkLimit,
  type DType,
  encodeUtf8,
  type HostArray,
  itemByteLength,
  LIMITS,
  LinnetError,
} from '#linnet/core';
import { allocate } from './allocate';
import { type JsonValue, parseJson } from './json';
import { jsonIntegers, jsonObject, jsonString } from './jsonFields';
import type { RandomAccess } from './randomAccess';
import { within, withinAsync } from './within';
import { safeProduct } from './zarr/metadata';

/** Names of element types, and Linnet's. */
const DTYPES = new Map<string, DType>([
  ['BOOL', 'bool'],
  ['U8', 'uint8'],
  ['I8', 'int8'],
  ['U16', 'uint16'],
  ['I16', 'int16'],
  ['U32', 'uint32'],
  ['I32', 'int32'],
  ['U64', 'uint64'],
  ['I64', 'int64'],
  ['F8_E4M3', 'float8_e4m3fn'],
  ['F8_E5M2', 'float8_e5m2'],
  ['F8_E8M0', 'float8_e8m0fnu'],
  ['BF16', 'bfloat16'],
  ['F16', 'float16'],
  ['F32', 'float32'],
  ['F64', 'float64'],
  ['C64', 'complex64'],
]);
const NAMES = new Map([...DTYPES].map(([name, dtype]) => [dtype, name]));
const METADATA = '__metadata__';
const LENGTH_BYTES = 8;

/** One tensor of a file, not read yet. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Where its bytes lie in the file. */
  readonly offset: number;
  readonly byteLength: number;
}

/** A safetensors file whose header was read and checked. */
export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
  readonly metadata: ReadonlyMap<string, string>;
  /** Reads one tensor, and nothing else. */
  read(entry: SafetensorsEntry): Promise<HostArray>;
}

function decodeEntry(name: string, value: JsonValue, dataStart: number): SafetensorsEntry {
  const fields = jsonObject(value, 'the tensor');
  const dtypeName = jsonString(fields.get('dtype'), 'dtype');
  const dtype = DTYPES.get(dtypeName);
  if (dtype === undefined) {
    throw new LinnetError(
      'UnsupportedFormatError',
      `dtype is ${JSON.stringify(dtypeName)}; Linnet reads ${[...DTYPES.keys()].join(', ')}.`,
    );
  }
  const shape = jsonIntegers(fields.get('shape'), 'shape');
  checkLimit('dimensions of an array', shape.length, LIMITS.dims);
  const offsets = jsonIntegers(fields.get('data_offsets'), 'data_offsets');
  const [begin, end] = offsets;
  const byteLength = safeProduct([...shape, itemByteLength(dtype)], 'bytes of an array');
  if (offsets.length !== 2 || end! - begin! !== byteLength) {
    throw new LinnetError('CorruptFileError', `data_offsets is [${offsets.join(', ')}], but shape and dtype make ${byteLength} bytes.`);
  }
  return { name, dtype, shape, offset: dataStart + begin!, byteLength };
}

/** Tensors must lie one after another without a gap up to the end of the file, as the format demands. */
function checkTiling(tensors: Iterable<SafetensorsEntry>, dataStart: number, fileByteLength: number): void {
  let end = dataStart;
  for (const tensor of [...tensors].sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength)) {
    if (tensor.offset !== end) {
      const what = tensor.offset < end ? 'overlaps the one before it' : 'leaves a gap before it';
      throw new LinnetError(
        'CorruptFileError',
        `Tensor ${JSON.stringify(tensor.name)} at byte ${tensor.offset} ${what}, which ends at ${end}.`,
      );
    }
    end += tensor.byteLength;
  }
  if (end !== fileByteLength) {
    throw new LinnetError('CorruptFileError', `The tensors end at byte ${end}, but the file has ${fileByteLength} bytes.`);
  }
}

function decodeMetadata(value: JsonValue | undefined): Map<string, string> {
  const metadata = new Map<string, string>();
  if (value === undefined || value === null) return metadata;
  for (const [key, text] of jsonObject(value, METADATA)) metadata.set(key, jsonString(text, `${METADATA}.${key}`));
  return metadata;
}

/**
 * Opens a safetensors file: reads and checks the header, no tensor. Errors: CorruptFileError, LimitExceededError, UnsupportedFormatError.
 * Source: the format description of the safetensors project.
 */
export function openSafetensors(source: RandomAccess): Promise<SafetensorsFile> {
  return withinAsync(source.name, async () => {
    if (source.byteLength < LENGTH_BYTES + 2)
      throw new LinnetError('CorruptFileError', `${source.byteLength} bytes are too few for a safetensors file.`);
    const length = new ByteReader(await source.read(0, LENGTH_BYTES), 'safetensors').safeUint64('header length');
    checkLimit('safetensors header', length, LIMITS.safetensorsHeaderByteLength, 'bytes');
    const dataStart = LENGTH_BYTES + length;
    if (dataStart > source.byteLength) {
      throw new LinnetError('CorruptFileError', `The header is said to have ${length} bytes, but the file has ${source.byteLength}.`);
    }
    const bytes = await source.read(LENGTH_BYTES, length);
    if (bytes[0] !== 0x7b) throw new LinnetError('CorruptFileError', 'The header does not begin with "{".');
    const header = jsonObject(parseJson(bytes, 'safetensors header'), 'safetensors header');
    const tensors = new Map<string, SafetensorsEntry>();
    for (const [name, value] of header) {
      if (name !== METADATA)
        tensors.set(
          name,
          within(JSON.stringify(name), () => decodeEntry(name, value, dataStart)),
        );
    }
    checkLimit('tensors', tensors.size, LIMITS.leaves);
    checkTiling(tensors.values(), dataStart, source.byteLength);
    return { tensors, metadata: decodeMetadata(header.get(METADATA)), read: (entry) => readTensor(source, entry) };
  });
}

async function readTensor(source: RandomAccess, entry: SafetensorsEntry): Promise<HostArray> {
  const { dtype, shape, offset, byteLength } = entry;
  const data = byteLength === 0 ? allocate(0, entry.name) : await source.read(offset, byteLength);
  return { dtype, shape, data };
}

/**
 * A safetensors file in pieces: the header, then the arrays' own bytes. Wide types come first, so that all are aligned.
 * A DTypeError for dtypes the format lacks.
 */
export function safetensorsPieces(arrays: ReadonlyMap<string, HostArray>, metadata: ReadonlyMap<string, string> = new Map()): Uint8Array[] {
  const order = [...arrays].sort(([a, x], [b, y]) => itemByteLength(y.dtype) - itemByteLength(x.dtype) || (a < b ? -1 : 1));
  const members: string[] = [];
  if (metadata.size > 0) {
    const texts = [...metadata].map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
    members.push(`"${METADATA}":{${texts.join(',')}}`);
  }
  let at = 0;
  for (const [name, { dtype, shape, data }] of order) {
    const dtypeName = NAMES.get(dtype);
    if (dtypeName === undefined) {
      throw new LinnetError('DTypeError', `safetensors has no ${dtype}, the dtype of ${JSON.stringify(name)}; cast it, or save as Orbax.`);
    }
    if (name === METADATA) throw new LinnetError('InvalidArgumentError', `No array can be called ${METADATA} in a safetensors file.`);
    members.push(
      `${JSON.stringify(name)}:{"dtype":"${dtypeName}","shape":[${shape.join(',')}],"data_offsets":[${at},${at + data.length}]}`,
    );
    at += data.length;
  }
  const text = encodeUtf8(`{${members.join(',')}}`);
  const length = Math.ceil(text.length / 8) * 8;
  const writer = new ByteWriter(LENGTH_BYTES + length);
  writer.uint64(BigInt(length));
  writer.bytes(text);
  writer.bytes(new Uint8Array(length - text.length).fill(0x20));
  return [writer.finish(), ...order.map(([, { data }]) => data)];
}
