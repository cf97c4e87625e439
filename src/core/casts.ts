import { type DType, dtypeKind, itemBits, itemByteLength } from './dtypes';
import { decodeSmallFloat } from './floats';
import { type HostArray, typedView } from './hostArray';
import { sizeOf } from './shapes';

const SIGN = 0x80000000;
const INFINITY_BITS = 0x7f800000;
const QUIET_NAN = 0x7fc0;

/** For each code of a float type of at most 16 bits the bits of the same value in float32; a NaN keeps its sign. */
function decodingTable(dtype: DType): Uint32Array {
  const bits = itemBits(dtype);
  const values = Float32Array.from({ length: 2 ** bits }, (_, code) => decodeSmallFloat(dtype, code)!);
  const table = new Uint32Array(values.buffer);
  if (hasSignedNaN(dtype)) {
    for (let code = 2 ** (bits - 1); code < table.length; code++) table[code] = (table[code]! | SIGN) >>> 0;
  } else if (dtype.endsWith('fnuz')) {
    // The one NaN of these types has the code of -0.
    table[2 ** (bits - 1)] = (table[2 ** (bits - 1)]! | SIGN) >>> 0;
  }
  return table;
}

const tables = new Map<DType, Uint32Array>();

function tableOf(dtype: DType): Uint32Array {
  let table = tables.get(dtype);
  if (table === undefined) {
    table = decodingTable(dtype);
    tables.set(dtype, table);
  }
  return table;
}

/** Whether a NaN of `dtype` has a sign bit that casts keep. */
const hasSignedNaN = (dtype: DType): boolean =>
  dtypeKind(dtype) === 'float' && !dtype.endsWith('fnuz') && dtype !== 'float4_e2m1fn' && dtype !== 'float8_e8m0fnu';

/** Nearest bfloat16, ties to even, of a float32 given as bits. */
function bfloat16Of(bits: number): number {
  if ((bits & ~SIGN) > INFINITY_BITS) return ((bits >>> 16) & 0x8000) | QUIET_NAN;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** Elements that are wider than a code can be, by their bits: how float32 and float64 arrays are made from a table. */
function decodeTo(source: ArrayLike<number | bigint>, table: Uint32Array, dtype: 'float32' | 'float64', size: number): Uint8Array {
  const bits = new Uint32Array(size);
  const mask = table.length - 1;
  for (let i = 0; i < size; i++) bits[i] = table[(source[i] as number) & mask]!;
  return dtype === 'float32' ? new Uint8Array(bits.buffer) : new Uint8Array(Float64Array.from(new Float32Array(bits.buffer)).buffer);
}

/**
 * The elements of a float array in another float type, for those pairs that can be cast by their bits, many times faster than one by one;
 * undefined for others. Same values as the general way.
 */
export function castByBits(array: HostArray, dtype: DType): Uint8Array | undefined {
  const size = sizeOf(array.shape);
  if (array.dtype === 'float32' && dtype === 'bfloat16') {
    const aligned = array.data.byteOffset % 4 === 0 ? array.data : array.data.slice();
    const source = new Uint32Array(aligned.buffer, aligned.byteOffset, size);
    const target = new Uint16Array(size);
    for (let i = 0; i < size; i++) target[i] = bfloat16Of(source[i]!);
    return new Uint8Array(target.buffer);
  }
  const isSmall = dtypeKind(array.dtype) === 'float' && array.dtype !== 'float32' && array.dtype !== 'float64';
  if (isSmall && (dtype === 'float32' || dtype === 'float64')) return decodeTo(typedView(array), tableOf(array.dtype), dtype, size);
  if (array.dtype === 'float32' && dtype === 'float64') return new Uint8Array(Float64Array.from(typedView(array) as Float32Array).buffer);
  if (array.dtype === 'float64' && dtype === 'float32') return new Uint8Array(Float32Array.from(typedView(array) as Float64Array).buffer);
  return undefined;
}

/** Whether each element of a float array is a NaN with its sign bit set. */
function negativeNaNs(array: HostArray): (index: number) => boolean {
  const { dtype, data } = array;
  if (dtype === 'float32' || dtype === 'float64') {
    const step = dtype === 'float32' ? 4 : 8;
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    return (i) =>
      Number.isNaN(step === 4 ? view.getFloat32(i * 4, true) : view.getFloat64(i * 8, true)) && view.getUint8(i * step + step - 1) >= 128;
  }
  const source = typedView(array);
  const table = tableOf(dtype);
  const isNegativeNaN = Array.from(table, (bits) => bits > (SIGN | INFINITY_BITS) >>> 0);
  return (i) => isNegativeNaN[(source[i] as number) & (table.length - 1)]!;
}

/**
 * Numbers in JavaScript lose the sign of a NaN; NumPy keeps it. Puts it back into `target`, which was cast from `array`: into the real part
 * of complex types. float4_e2m1fn has no NaN: ml_dtypes makes 0 of a negative one and -0 of a positive one.
 */
export function keepNaNSigns(array: HostArray, target: HostArray): void {
  const kind = dtypeKind(target.dtype);
  const isFloat4 = target.dtype === 'float4_e2m1fn';
  if (dtypeKind(array.dtype) !== 'float' || !(hasSignedNaN(target.dtype) || isFloat4 || kind === 'complex')) return;
  const isNegativeNaN = negativeNaNs(array);
  const step = itemByteLength(target.dtype);
  const signByte = (kind === 'complex' ? step / 2 : step) - 1;
  for (let i = 0; i < sizeOf(array.shape); i++) {
    if (isNegativeNaN(i)) target.data[i * step + signByte] = isFloat4 ? 0 : target.data[i * step + signByte]! | 0x80;
  }
}
