import {
  ByteReader,
  ByteWriter,
  checkLimit,
  type DType,
  decodeUtf8,
  dtypeKind,
  encodeUtf8,
  type HostArray,
  itemByteLength,
  LIMITS,
  LinnetError,
} from '#linnet/core';
import { within } from './within';
import { numpyDTypeName, parseNumpyDType } from './zarr/dtypes';
import { swapByteOrder, transposeBytes } from './zarr/layout';
import { safeProduct } from './zarr/metadata';

const MAGIC = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59);
/** Bytes before the header text: magic, version, and its length in 2 bytes (version 1) or 4. */
const PREFIX = { short: 10, long: 12 } as const;
const ALIGNMENT = 64;

/** What an npy file says of its array. */
export interface NpyHeader {
  readonly dtype: DType;
  readonly littleEndian: boolean;
  readonly shape: readonly number[];
  readonly fortranOrder: boolean;
  /** Where the elements begin. */
  readonly dataOffset: number;
  readonly dataByteLength: number;
}

const corrupt = (message: string): LinnetError => new LinnetError('CorruptFileError', message);

/** Whether `bytes` begin as an npy file does. */
export const isNpy = (bytes: Uint8Array): boolean => bytes.length >= MAGIC.length && MAGIC.every((byte, i) => bytes[i] === byte);

/** Bytes of `head` that hold the whole header; `head` has 12 bytes at least. */
export function npyHeaderByteLength(head: Uint8Array): number {
  if (!isNpy(head)) throw corrupt('It does not begin as an npy file does.');
  const reader = new ByteReader(head, 'npy header');
  reader.seek(MAGIC.length);
  const major = reader.uint8();
  reader.uint8();
  if (major < 1 || major > 3) throw new LinnetError('UnsupportedFormatError', `It is an npy file of version ${major}; 1 to 3 are known.`);
  const length = major === 1 ? reader.uint16() : reader.uint32();
  checkLimit('npy header', length, LIMITS.npyHeaderByteLength, 'bytes');
  return (major === 1 ? PREFIX.short : PREFIX.long) + length;
}

/** The three members of the header, a Python dictionary as text; only this form is accepted, nothing is evaluated. */
const HEADER =
  /^\s*\{\s*'descr'\s*:\s*(?:'([^'\\]*)'|(\[.*\]))\s*,\s*'fortran_order'\s*:\s*(True|False)\s*,\s*'shape'\s*:\s*\(([\d\s,]*)\)\s*,?\s*\}\s*$/s;

function parseShape(text: string): number[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.at(-1) === '') parts.pop();
  if (parts.length === 1 && !text.includes(',')) throw corrupt(`The shape (${text}) is a number in brackets, not a tuple.`);
  return parts.map((part) => {
    const dim = /^\d+$/.test(part) ? Number(part) : Number.NaN;
    if (!Number.isSafeInteger(dim)) throw corrupt(`The shape has the length ${JSON.stringify(part)}.`);
    return dim;
  });
}

/** Members in any order, as other writers have them, put in NumPy's order. */
function inOrder(text: string): string {
  const member = (name: string, value: string): string | undefined => new RegExp(`'${name}'\\s*:\\s*(${value})`, 's').exec(text)?.[0];
  const parts = [member('descr', `'[^'\\\\]*'|\\[.*\\]`), member('fortran_order', 'True|False'), member('shape', '\\([\\d\\s,]*\\)')];
  const rest = parts.reduce<string>((left, part) => left.replace(part ?? '', ''), text);
  return /^[\s{},]*$/.test(rest) ? `{${parts.join(', ')}}` : text;
}

/** Decodes the header of an npy file from its first bytes. Source: NumPy's format description NEP 1. */
export function decodeNpyHeader(head: Uint8Array): NpyHeader {
  const dataOffset = npyHeaderByteLength(head);
  if (dataOffset > head.length) throw corrupt(`The npy header ends at byte ${dataOffset}, but there are ${head.length}.`);
  const start = head[MAGIC.length] === 1 ? PREFIX.short : PREFIX.long;
  const text = decodeUtf8(head.subarray(start, dataOffset), 'The npy header');
  const match = HEADER.exec(text) ?? HEADER.exec(inOrder(text));
  if (match === null) throw corrupt(`The npy header is not one that NumPy writes: ${JSON.stringify(text.slice(0, 100))}.`);
  const [, descr, record, fortran, shapeText] = match;
  if (record !== undefined)
    throw new LinnetError('UnsupportedFormatError', 'The array holds records of several fields, which Linnet does not read.');
  const { dtype, littleEndian } = parseNumpyDType(descr!, 'npy');
  const shape = parseShape(shapeText!);
  checkLimit('dimensions of an array', shape.length, LIMITS.dims);
  const dataByteLength = safeProduct([...shape, itemByteLength(dtype)], 'bytes of an array');
  return { dtype, littleEndian, shape, fortranOrder: fortran === 'True', dataOffset, dataByteLength };
}

/** The array whose elements, as `header` describes them, are `data`. */
export function npyArray(header: NpyHeader, data: Uint8Array): HostArray {
  const { dtype, shape } = header;
  if (data.length !== header.dataByteLength) {
    throw corrupt(`The array takes ${header.dataByteLength} bytes, but there are ${data.length}.`);
  }
  const ordered = header.littleEndian ? data : swapByteOrder(data, dtype);
  if (!header.fortranOrder || shape.length < 2) return { dtype, shape, data: ordered };
  const reversed = shape.map((_, i) => shape.length - 1 - i);
  return { dtype, shape, data: transposeBytes(ordered, shape, reversed, itemByteLength(dtype)) };
}

/** Decodes a whole npy file. Elements may be a view of `bytes`. No pickled objects. Errors: CorruptFileError, UnsupportedFormatError. */
export function decodeNpy(bytes: Uint8Array, name = 'npy'): HostArray {
  return within(name, () => {
    const header = decodeNpyHeader(bytes);
    return npyArray(header, bytes.subarray(header.dataOffset));
  });
}

/** An npy file of `array` in two pieces: header, and the array's own bytes. A DTypeError for dtypes that NumPy itself does not have. */
export function npyPieces(array: HostArray): [Uint8Array, Uint8Array] {
  const descr = numpyDTypeName(array.dtype);
  if (descr === array.dtype || dtypeKind(array.dtype) === 'key') {
    throw new LinnetError(
      'DTypeError',
      `npy files cannot say that elements are ${array.dtype}; cast to float32 or int32, or save as safetensors.`,
    );
  }
  const shape = array.shape.length === 1 ? `(${array.shape[0]},)` : `(${array.shape.join(', ')})`;
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
  const length = Math.ceil((PREFIX.short + text.length + 1) / ALIGNMENT) * ALIGNMENT - PREFIX.short;
  const writer = new ByteWriter(PREFIX.short + length);
  writer.bytes(MAGIC);
  writer.uint8(1);
  writer.uint8(0);
  writer.uint16(length);
  writer.bytes(encodeUtf8(`${text.padEnd(length - 1)}\n`));
  return [writer.finish(), array.data];
}
