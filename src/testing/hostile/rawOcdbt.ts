import { ByteWriter, encodeUtf8 } from '#linnet/core';
import { sealEnvelope } from '../../format/ocdbt/envelope';
import { writeVarint } from '../../format/ocdbt/varint';

/** One field of a body: numbers are varints, bigints uint64, text and bytes themselves. */
export type Field = number | bigint | string | Uint8Array;

/** Fields one after another. */
export function body(...fields: readonly Field[]): Uint8Array {
  const writer = new ByteWriter();
  for (const field of fields) {
    if (typeof field === 'number') writeVarint(writer, field);
    else if (typeof field === 'bigint') writer.uint64(field);
    else writer.bytes(typeof field === 'string' ? encodeUtf8(field) : field);
  }
  return writer.finish().slice();
}

export const byte = (value: number): Uint8Array => Uint8Array.of(value);

/** A data file table of one file. */
export const table = (path: string, baseLength = 0): Uint8Array => body(1, encodeUtf8(path).length, baseLength, path);

export const DATA = 'd/0';

/** A version that may lie. */
export interface RawVersion {
  readonly generation?: number;
  readonly height?: number;
  readonly file?: number;
  readonly offset?: number;
  readonly length?: number;
  readonly keyCount?: number;
}

const manifestHead = (kind: number): Uint8Array => body(new Uint8Array(16), byte(kind), 1024, 100_000_000, byte(4), 0);

/** A manifest of `versions` that refer to the table `files`. */
export function manifest(versions: readonly RawVersion[], files: Uint8Array = table(DATA), tail: Uint8Array = byte(0)): Uint8Array {
  const column = (pick: (version: RawVersion, i: number) => number): Uint8Array => body(...versions.map(pick));
  return sealEnvelope(
    'manifest',
    body(
      manifestHead(0),
      files,
      versions.length,
      column(({ generation }, i) => generation ?? i + 1),
      Uint8Array.from(versions, ({ height }) => height ?? 0),
      column(({ file }) => file ?? 0),
      column(({ offset }) => offset ?? 0),
      column(({ length }) => length ?? 0),
      column(({ keyCount }) => keyCount ?? 1),
      column(() => 0),
      column(() => 0),
      ...versions.map(() => 1n),
      tail,
    ),
    'none',
  );
}

/** A manifest that points to numbered ones. */
export const numberedManifest = (): Uint8Array => sealEnvelope('manifest', manifestHead(1), 'none');

/** A database whose root is `node`. */
export function database(node: Uint8Array, version: RawVersion = {}, more: Uint8Array = new Uint8Array(0)): Map<string, Uint8Array> {
  return new Map([
    ['manifest.ocdbt', manifest([{ length: node.length, ...version }])],
    [DATA, body(node, more)],
  ]);
}

export const node = (...fields: readonly Field[]): Uint8Array => sealEnvelope('B+tree node', body(...fields), 'none');

/** A leaf of inline values: keys with the prefix length of all but the first. */
export function leaf(keys: readonly (readonly [prefix: number, suffix: string])[], value = 'v'): Uint8Array {
  return node(
    byte(0),
    0,
    keys.length,
    ...keys.slice(1).map(([prefix]) => prefix),
    ...keys.map(([, suffix]) => encodeUtf8(suffix).length),
    ...keys.map(([, suffix]) => suffix),
    ...keys.map(() => encodeUtf8(value).length),
    ...keys.map(() => byte(0)),
    ...keys.map(() => value),
  );
}

/** A node above leaves whose children may be anywhere. */
export function interior(
  height: number,
  children: readonly { key: string; prefix?: number; offset: number; length: number; keyCount?: number }[],
): Uint8Array {
  return node(
    byte(height),
    table(DATA),
    children.length,
    ...children.slice(1).map(() => 0),
    ...children.map(({ key }) => encodeUtf8(key).length),
    ...children.map(({ prefix }) => prefix ?? 0),
    ...children.map(({ key }) => key),
    ...children.map(() => 0),
    ...children.map(({ offset }) => offset),
    ...children.map(({ length }) => length),
    ...children.map(({ keyCount }) => keyCount ?? 1),
    ...children.map(() => 0),
    ...children.map(() => 0),
  );
}
