import { LinnetError } from './errors';

/** Kind of number an element is, as in NumPy's `dtype.kind`. */
export type DTypeKind = 'bool' | 'int' | 'uint' | 'float' | 'complex' | 'key';

interface DTypeInfo {
  readonly kind: DTypeKind;
  /** Bytes one element takes in a HostArray. Sub-byte types take one byte each, in its low bits, as Orbax stores them. */
  readonly byteLength: number;
  /** Significant bits of the type itself (4 for int4). */
  readonly bits: number;
}

const info = (kind: DTypeKind, byteLength: number, bits = byteLength * 8): DTypeInfo => ({ kind, byteLength, bits });

const TABLE = {
  bool: info('bool', 1, 1),
  int2: info('int', 1, 2),
  int4: info('int', 1, 4),
  int8: info('int', 1),
  int16: info('int', 2),
  int32: info('int', 4),
  int64: info('int', 8),
  uint2: info('uint', 1, 2),
  uint4: info('uint', 1, 4),
  uint8: info('uint', 1),
  uint16: info('uint', 2),
  uint32: info('uint', 4),
  uint64: info('uint', 8),
  float4_e2m1fn: info('float', 1, 4),
  float8_e3m4: info('float', 1),
  float8_e4m3: info('float', 1),
  float8_e4m3b11fnuz: info('float', 1),
  float8_e4m3fn: info('float', 1),
  float8_e4m3fnuz: info('float', 1),
  float8_e5m2: info('float', 1),
  float8_e5m2fnuz: info('float', 1),
  float8_e8m0fnu: info('float', 1),
  bfloat16: info('float', 2),
  float16: info('float', 2),
  float32: info('float', 4),
  float64: info('float', 8),
  complex64: info('complex', 8),
  complex128: info('complex', 16),
  'key<fry>': info('key', 8),
} as const satisfies Record<string, DTypeInfo>;

/** Every element type a checkpoint can hold. `key<fry>` is JAX's typed threefry key: two uint32 words an element. */
export type DType = keyof typeof TABLE;

/** Element types the compute engine works on. float16 only where the adapter has it. */
export type DeviceDType = 'float32' | 'int32' | 'uint32' | 'bool' | 'float16';

const DEVICE_DTYPES: ReadonlySet<string> = new Set<DeviceDType>(['float32', 'int32', 'uint32', 'bool', 'float16']);

/** All dtype names, in a fixed order. */
export const DTYPES = Object.keys(TABLE) as readonly DType[];

/** Whether `name` is a dtype Linnet knows. */
export function isDType(name: string): name is DType {
  return Object.hasOwn(TABLE, name);
}

/** Whether the engine can compute with `dtype` (float16: if the adapter has it). */
export function isDeviceDType(dtype: string): dtype is DeviceDType {
  return DEVICE_DTYPES.has(dtype);
}

/** Bytes of one element in a HostArray. */
export function itemByteLength(dtype: DType): number {
  return TABLE[dtype].byteLength;
}

/** Significant bits of one element: 4 for int4, 1 for bool. */
export function itemBits(dtype: DType): number {
  return TABLE[dtype].bits;
}

export function dtypeKind(dtype: DType): DTypeKind {
  return TABLE[dtype].kind;
}

export const isFloating = (dtype: DType): boolean => TABLE[dtype].kind === 'float';

/** `name` as a DType, or a DTypeError that lists what is known. */
export function parseDType(name: string): DType {
  if (isDType(name)) return name;
  throw new LinnetError('DTypeError', `Unknown dtype "${name}". Known: ${DTYPES.join(', ')}.`);
}
