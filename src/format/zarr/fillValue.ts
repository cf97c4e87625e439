import { type Complex, type DType, dtypeKind, type Element, itemByteLength, LinnetError, writeElement } from '#linnet/core';
import type { JsonValue } from '../json';
import { describeJson } from '../jsonFields';

const SPECIAL = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

function real(value: JsonValue): number | bigint | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'string' ? SPECIAL.get(value) : undefined;
}

function element(value: JsonValue, dtype: DType): Element | undefined {
  if (dtypeKind(dtype) !== 'complex' || !Array.isArray(value)) return real(value);
  const [re, im] = [real(value[0] ?? null), real(value[1] ?? null)];
  if (value.length !== 2 || re === undefined || im === undefined) return undefined;
  return { re: Number(re), im: Number(im) } satisfies Complex;
}

/** Bits of an element as zarr v3 may write them: `0x7fc00000`, most significant digit first. */
function fromHex(text: string, byteLength: number): Uint8Array | undefined {
  if (!/^0x[0-9a-fA-F]+$/.test(text) || text.length !== 2 + 2 * byteLength) return undefined;
  return Uint8Array.from({ length: byteLength }, (_, i) => Number.parseInt(text.slice(text.length - 2 - 2 * i, text.length - 2 * i), 16));
}

/** The bytes of one element that missing chunks consist of; undefined for null. Numbers, NaN and infinities as text, pairs, bits as hex. */
export function decodeFillValue(value: JsonValue | undefined, dtype: DType): Uint8Array | undefined {
  if (value === null || value === undefined) return undefined;
  const data = new Uint8Array(itemByteLength(dtype));
  const bits = typeof value === 'string' ? fromHex(value, data.length) : undefined;
  if (bits !== undefined) return bits;
  const parsed = element(value, dtype);
  if (parsed === undefined) {
    throw new LinnetError('CorruptFileError', `fill_value is ${describeJson(value)}, which is no ${dtype}.`);
  }
  writeElement({ dtype, data }, 0, parsed);
  return data;
}
