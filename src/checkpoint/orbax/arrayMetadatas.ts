import { encodeUtf8 } from '#linnet/core';
import { asArray, asLengths, asObject, asString, isObject, type Json, member, parseJson, within } from '../json';

/** One jax.Array leaf in `array_metadatas/process_N`. */
export interface ArrayMetadata {
  readonly name: string;
  readonly writeShape: readonly number[];
  readonly chunkShape: readonly number[];
  /** The generator of a typed PRNG key, e.g. `threefry2x32`. This file is the only place where keys are marked. */
  readonly randomKeyImpl: string | undefined;
}

function parseEntry(json: Json): ArrayMetadata {
  const entry = asObject(member(asObject(json, 'the entry'), 'array_metadata'), 'array_metadata');
  const extension = member(entry, 'ext_metadata');
  const impl = isObject(extension) ? member(extension, 'random_key_impl') : undefined;
  return {
    name: asString(member(entry, 'param_name'), 'param_name'),
    writeShape: asLengths(member(entry, 'write_shape'), 'write_shape'),
    chunkShape: asLengths(member(entry, 'chunk_shape'), 'chunk_shape'),
    randomKeyImpl: impl === undefined || impl === null ? undefined : asString(impl, 'random_key_impl'),
  };
}

/** Reads one `array_metadatas/process_N`. */
export function parseArrayMetadatas(bytes: Uint8Array, file: string): ArrayMetadata[] {
  const list = asArray(member(asObject(parseJson(bytes, file), file), 'array_metadatas'), `${file} array_metadatas`);
  return list.map((entry, i) => within(() => `${file} › entry ${i}`, parseEntry, entry));
}

/** Bytes of `array_metadatas/process_0`. */
export function encodeArrayMetadatas(entries: readonly ArrayMetadata[]): Uint8Array {
  return encodeUtf8(
    JSON.stringify({
      array_metadatas: entries.map(({ name, writeShape, chunkShape, randomKeyImpl }) => ({
        array_metadata: {
          param_name: name,
          write_shape: writeShape,
          chunk_shape: chunkShape,
          ext_metadata: randomKeyImpl === undefined ? null : { random_key_impl: randomKeyImpl },
        },
      })),
    }),
  );
}
