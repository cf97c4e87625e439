/** Most bytes after which both sums still fit 32 bits. */
const RUN = 3800;

/** Adler-32, the checksum of zlib streams. `previous` is that of the bytes before, 1 at the start. Source: RFC 1950, section 8. */
export function adler32(bytes: Uint8Array, previous = 1): number {
  let a = previous & 0xffff;
  let b = previous >>> 16;
  for (let start = 0; start < bytes.length; start += RUN) {
    const end = Math.min(start + RUN, bytes.length);
    for (let i = start; i < end; i++) {
      a += bytes[i]!;
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return ((b << 16) | a) >>> 0;
}
