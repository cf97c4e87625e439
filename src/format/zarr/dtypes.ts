import { type DType, dtypeKind, isDType, itemByteLength, LinnetError } from '#linnet/core';

/** An element type as a zarr file names it. `littleEndian` is true for one-byte types. */
export interface StoredDType {
  readonly dtype: DType;
  readonly littleEndian: boolean;
}

const LETTERS = { bool: 'b', int: 'i', uint: 'u', float: 'f', complex: 'c', key: '' } as const;
const NUMPY_NAMES = new Map<string, DType>();
for (const dtype of ['bool', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64'] as const) addNumpyName(dtype);
for (const dtype of ['float16', 'float32', 'float64', 'complex64', 'complex128'] as const) addNumpyName(dtype);

function addNumpyName(dtype: DType): void {
  NUMPY_NAMES.set(LETTERS[dtypeKind(dtype)] + itemByteLength(dtype), dtype);
}

function unknown(name: string, format: string): LinnetError {
  const object = /^[<>|=]?[OVSUMm]/.test(name)
    ? ' Texts, dates, records and Python objects are not numbers; save them as something else.'
    : '';
  return new LinnetError(
    'UnsupportedFormatError',
    `The ${format} dtype ${JSON.stringify(name.slice(0, 80))} is not one that Linnet reads.${object}`,
  );
}

/** A NumPy type string such as `<f4`, `|b1` or `>i8`; the types of ml_dtypes go by name. Used by zarr v2 and npy. */
export function parseNumpyDType(name: string, format: string): StoredDType {
  const dtype = /^[<>|=]/.test(name) ? NUMPY_NAMES.get(name.slice(1)) : undefined;
  if (dtype !== undefined) {
    if (itemByteLength(dtype) > 1 && name[0] === '|') throw unknown(name, format);
    return { dtype, littleEndian: name[0] !== '>' };
  }
  if (isDType(name) && dtypeKind(name) !== 'key' && numpyDTypeName(name) === name) return { dtype: name, littleEndian: true };
  throw unknown(name, format);
}

/** The NumPy type string of `dtype`, little-endian; names for the types of ml_dtypes. */
export function numpyDTypeName(dtype: DType): string {
  const short = LETTERS[dtypeKind(dtype)] + itemByteLength(dtype);
  if (NUMPY_NAMES.get(short) !== dtype) return dtype;
  return (itemByteLength(dtype) === 1 ? '|' : '<') + short;
}

/** A zarr v3 data type: the plain name. */
export function parseZarr3DType(name: string): DType {
  if (isDType(name) && dtypeKind(name) !== 'key') return name;
  throw unknown(name, 'zarr v3');
}
