import { decodeUtf8, encodeUtf8, LinnetError } from '#linnet/core';
import { asObject, asString, type Json, type JsonObject, parseJson, within } from '../json';

/** Characters that are one byte in UTF-8, and stand for themselves. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: bytes are what is looked at.
const ASCII = /^[\u0000-\u007f]*$/;

/** The UTF-8 text behind base64 in either alphabet. */
function nameOf(encoded: string): string {
  let bytes: string;
  try {
    bytes = atob(encoded.replaceAll('-', '+').replaceAll('_', '/'));
  } catch (cause) {
    throw new LinnetError('CorruptFileError', 'The name is not base64.', { cause });
  }
  if (ASCII.test(bytes)) return bytes;
  return decodeUtf8(
    Uint8Array.from(bytes, (char) => char.charCodeAt(0)),
    'the name',
  );
}

/** Orbax looks names up in the alphabet made for URLs: `-` and `_` in place of `+` and `/`, padded. */
const toUrlBase64 = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_');

/** The file `_sharding`: how each jax.Array leaf was laid out over devices, by param name. It says nothing about bytes on disk. */
export function parseShardings(bytes: Uint8Array): Map<string, JsonObject> {
  const file = asObject(parseJson(bytes, '_sharding'), '_sharding');
  // Most arrays of a checkpoint lie alike, in the same words.
  const known = new Map<string, JsonObject>();
  const parse = (json: Json): JsonObject => {
    const text = asString(json, 'the sharding');
    const sharding = known.get(text) ?? asObject(parseJson(encodeUtf8(text), 'the sharding'), 'the sharding');
    known.set(text, sharding);
    return sharding;
  };
  return new Map(
    Object.keys(file).map((encoded) => {
      const where = (): string => `_sharding › entry ${encoded.slice(0, 100)}`;
      return [within(where, () => nameOf(encoded), null), within(where, parse, file[encoded]!)] as const;
    }),
  );
}

/** A device that every Orbax version finds on a CPU host: recent ones map this older name to `cpu:0`. */
const PORTABLE_CPU = { sharding_type: 'SingleDeviceSharding', device_str: 'TFRT_CPU_0' };

/** Bytes of `_sharding` that put every named leaf on the first CPU device. */
export function encodeCpuShardings(names: readonly string[]): Uint8Array {
  const text = JSON.stringify(PORTABLE_CPU);
  const file: Record<string, Json> = Object.create(null);
  for (const name of names) file[toUrlBase64(encodeUtf8(name))] = text;
  return encodeUtf8(JSON.stringify(file));
}
