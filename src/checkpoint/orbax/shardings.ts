import { decodeUtf8, encodeUtf8, LinnetError } from '#linnet/core';
import { asObject, asString, type Json, type JsonObject, member, parseJson } from '../json';

/** Bytes of base64 text in either alphabet. */
function fromBase64(text: string, what: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
  } catch (cause) {
    throw new LinnetError('CorruptFileError', `${what} is not base64.`, { cause });
  }
}

/** Orbax looks names up in the alphabet made for URLs: `-` and `_` in place of `+` and `/`, padded. */
const toUrlBase64 = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_');

/** The file `_sharding`: how each jax.Array leaf was laid out over devices, by param name. It says nothing about bytes on disk. */
export function parseShardings(bytes: Uint8Array): Map<string, JsonObject> {
  const file = asObject(parseJson(bytes, '_sharding'), '_sharding');
  return new Map(
    Object.keys(file).map((encoded) => {
      const what = `_sharding entry ${encoded.slice(0, 100)}`;
      const name = decodeUtf8(fromBase64(encoded, what), what);
      const text = asString(member(file, encoded), what);
      return [name, asObject(parseJson(encodeUtf8(text), what), what)];
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
