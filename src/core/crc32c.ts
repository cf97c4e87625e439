const POLYNOMIAL = 0x82f63b78;
const LANES = 16;

/** `LANES` tables of 256: row k holds the checksum of a byte followed by k zero bytes. */
function buildTables(): Int32Array {
  const tables = new Int32Array(LANES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    tables[byte] = crc;
  }
  for (let i = 256; i < tables.length; i++) {
    const previous = tables[i - 256] as number;
    tables[i] = (previous >>> 8) ^ (tables[previous & 0xff] as number);
  }
  return tables;
}

const TABLES = buildTables();
const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

function byByte(bytes: Uint8Array, from: number, to: number, state: number): number {
  let crc = state;
  for (let i = from; i < to; i++) crc = (crc >>> 8) ^ (TABLES[(crc ^ (bytes[i] as number)) & 0xff] as number);
  return crc;
}

/** Sixteen bytes a turn: the lookups of one turn do not wait for each other, which is what makes this several times faster. */
function byWord(words: Int32Array, state: number): number {
  const t = TABLES;
  let crc = state;
  for (let i = 0; i + 3 < words.length; i += 4) {
    const a = (words[i] as number) ^ crc;
    const b = words[i + 1] as number;
    const c = words[i + 2] as number;
    const d = words[i + 3] as number;
    crc =
      (t[3840 + (a & 0xff)] as number) ^
      (t[3584 + ((a >>> 8) & 0xff)] as number) ^
      (t[3328 + ((a >>> 16) & 0xff)] as number) ^
      (t[3072 + (a >>> 24)] as number) ^
      (t[2816 + (b & 0xff)] as number) ^
      (t[2560 + ((b >>> 8) & 0xff)] as number) ^
      (t[2304 + ((b >>> 16) & 0xff)] as number) ^
      (t[2048 + (b >>> 24)] as number) ^
      (t[1792 + (c & 0xff)] as number) ^
      (t[1536 + ((c >>> 8) & 0xff)] as number) ^
      (t[1280 + ((c >>> 16) & 0xff)] as number) ^
      (t[1024 + (c >>> 24)] as number) ^
      (t[768 + (d & 0xff)] as number) ^
      (t[512 + ((d >>> 8) & 0xff)] as number) ^
      (t[256 + ((d >>> 16) & 0xff)] as number) ^
      (t[d >>> 24] as number);
  }
  return crc;
}

/**
 * CRC-32C (Castagnoli, reflected polynomial 0x82f63b78; RFC 3720 appendix B.4) of `bytes`, as an unsigned 32-bit number.
 * To go on from an earlier piece give its result as `previous`: `crc32c(b, crc32c(a))` is the checksum of a followed by b.
 */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  const aligned = Math.min(bytes.length, (4 - (bytes.byteOffset & 3)) & 3);
  const wordCount = LITTLE_ENDIAN ? ((bytes.length - aligned) >>> 4) << 2 : 0;
  let crc = byByte(bytes, 0, aligned, ~previous);
  if (wordCount > 0) crc = byWord(new Int32Array(bytes.buffer, bytes.byteOffset + aligned, wordCount), crc);
  return ~byByte(bytes, aligned + wordCount * 4, bytes.length, crc) >>> 0;
}
