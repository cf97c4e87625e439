import type { ByteReader, ByteWriter } from '#linnet/core';

/** What `readVarint` gives for 2^64 - 1, which stands for "there is none". */
export const MISSING = Number.POSITIVE_INFINITY;
const MAX_BYTES = 10;

/**
 * An unsigned LEB128 number: seven bits a byte, low group first. At most 2^53 - 1, or MISSING where `allowMissing` says so.
 * `name` is the field's name for messages. Source: the varints of Protocol Buffers, as OCDBT uses them.
 */
export function readVarint(reader: ByteReader, name: string, allowMissing = false): number {
  const at = reader.offset;
  let value = 0;
  let allOnes = true;
  for (let i = 0; i < MAX_BYTES; i++) {
    const byte = reader.uint8();
    value += (byte & 127) * 2 ** (7 * i);
    allOnes &&= byte === (i < MAX_BYTES - 1 ? 255 : 1);
    if (byte >= 128) continue;
    if (value <= Number.MAX_SAFE_INTEGER) return value;
    if (allOnes && i === MAX_BYTES - 1 && allowMissing) return MISSING;
    throw reader.error(`${name} is about ${value}, above 2^53 - 1,`, at);
  }
  throw reader.error(`${name} is a number of more than ${MAX_BYTES} bytes`, at);
}

/** A column: the same field of `count` rows. */
export function readVarints(reader: ByteReader, count: number, name: string, allowMissing = false): number[] {
  // Every number takes a byte at least, so a count that lies is found before an array of that length is made.
  if (count > reader.remaining) throw reader.error(`${name}: ${count} numbers do not fit the ${reader.remaining} bytes that remain`);
  const values = new Array<number>(count);
  for (let i = 0; i < count; i++) values[i] = readVarint(reader, name, allowMissing);
  return values;
}

/** Appends a number from 0 to 2^53 - 1, or MISSING. */
export function writeVarint(writer: ByteWriter, value: number): void {
  if (value === MISSING) {
    for (let i = 0; i < MAX_BYTES - 1; i++) writer.uint8(255);
    writer.uint8(1);
    return;
  }
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) writer.uint8((rest % 128) | 128);
  writer.uint8(rest);
}
