const POLYNOMIAL = 0xedb88320;

/** Tables for slicing-by-8: entry `k * 256 + b` is the CRC of byte `b` followed by `k` zero bytes. */
function slicingTables(): Uint32Array {
  const tables = new Uint32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[byte] = crc;
  }
  for (let i = 256; i < tables.length; i++) {
    const previous = tables[i - 256]!;
    tables[i] = (previous >>> 8) ^ tables[previous & 255]!;
  }
  return tables;
}

let tables: Uint32Array | undefined;

/**
 * CRC-32 of zip and gzip; of "123456789" it is cbf43926. `previous` is that of the bytes before, 0 at the start, so that long data can
 * be given in pieces. Source: RFC 1952, section 8.
 */
export function crc32(bytes: Uint8Array, previous = 0): number {
  tables ??= slicingTables();
  const t = tables;
  const length = bytes.length;
  let crc = ~previous;
  let i = 0;
  for (const end = length - 7; i < end; i += 8) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    crc =
      t[1792 + (crc & 255)]! ^
      t[1536 + ((crc >>> 8) & 255)]! ^
      t[1280 + ((crc >>> 16) & 255)]! ^
      t[1024 + (crc >>> 24)]! ^
      t[768 + bytes[i + 4]!]! ^
      t[512 + bytes[i + 5]!]! ^
      t[256 + bytes[i + 6]!]! ^
      t[bytes[i + 7]!]!;
  }
  for (; i < length; i++) crc = t[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
