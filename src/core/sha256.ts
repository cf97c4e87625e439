const BLOCK_BYTES = 64;

/** First 32 bits of the fractional parts of the `power`-th roots of the first `count` primes, as FIPS 180-4 defines its constants. */
function primeRoots(count: number, power: 2 | 3): Int32Array {
  const roots = new Int32Array(count);
  for (let candidate = 2, found = 0; found < count; candidate++) {
    let prime = true;
    for (let d = 2; d * d <= candidate; d++) if (candidate % d === 0) prime = false;
    if (prime) roots[found++] = fractionBits(candidate, power);
  }
  return roots;
}

/** Exact by integer roots: floating point has too few digits for cube roots of large primes. */
function fractionBits(prime: number, power: 2 | 3): number {
  const scaled = BigInt(prime) << BigInt(32 * power);
  let low = 0n;
  let high = 1n << 40n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** BigInt(power) <= scaled) low = middle;
    else high = middle;
  }
  return Number(BigInt.asIntN(32, low));
}

const ROUND_CONSTANTS = primeRoots(64, 3);
const START = primeRoots(8, 2);

/** SHA-256 of bytes that come in pieces. Where all bytes are at hand at once, `crypto.subtle.digest` is several times faster. */
export class Sha256 {
  readonly #state = START.slice();
  readonly #words = new Int32Array(64);
  readonly #pending = new Uint8Array(BLOCK_BYTES);
  #pendingLength = 0;
  #byteLength = 0;

  /** Takes the next bytes. */
  update(bytes: Uint8Array): this {
    this.#byteLength += bytes.byteLength;
    let at = 0;
    if (this.#pendingLength > 0) {
      at = Math.min(BLOCK_BYTES - this.#pendingLength, bytes.byteLength);
      this.#pending.set(bytes.subarray(0, at), this.#pendingLength);
      this.#pendingLength += at;
      if (this.#pendingLength < BLOCK_BYTES) return this;
      this.#block(this.#pending, 0);
      this.#pendingLength = 0;
    }
    for (; at + BLOCK_BYTES <= bytes.byteLength; at += BLOCK_BYTES) this.#block(bytes, at);
    this.#pending.set(bytes.subarray(at));
    this.#pendingLength = bytes.byteLength - at;
    return this;
  }

  /** The 32 bytes of the checksum. Ends the computation. */
  digest(): Uint8Array {
    const bitLength = BigInt(this.#byteLength) * 8n;
    const padding = new Uint8Array((this.#pendingLength < 56 ? 64 : 128) - this.#pendingLength);
    padding[0] = 0x80;
    new DataView(padding.buffer).setBigUint64(padding.byteLength - 8, bitLength);
    this.update(padding);
    const result = new Uint8Array(32);
    const view = new DataView(result.buffer);
    this.#state.forEach((word, i) => {
      view.setInt32(i * 4, word);
    });
    return result;
  }

  #schedule(bytes: Uint8Array, at: number): void {
    const w = this.#words;
    for (let i = 0; i < 16; i++) {
      const from = at + i * 4;
      w[i] = (bytes[from]! << 24) | (bytes[from + 1]! << 16) | (bytes[from + 2]! << 8) | bytes[from + 3]!;
    }
    for (let i = 16; i < 64; i++) {
      const a = w[i - 15]!;
      const b = w[i - 2]!;
      const s0 = ((a >>> 7) | (a << 25)) ^ ((a >>> 18) | (a << 14)) ^ (a >>> 3);
      const s1 = ((b >>> 17) | (b << 15)) ^ ((b >>> 19) | (b << 13)) ^ (b >>> 10);
      w[i] = (w[i - 16]! + s0 + w[i - 7]! + s1) | 0;
    }
  }

  #block(bytes: Uint8Array, at: number): void {
    this.#schedule(bytes, at);
    const [w, k, state] = [this.#words, ROUND_CONSTANTS, this.#state];
    let [a, b, c, d] = [state[0]!, state[1]!, state[2]!, state[3]!];
    let [e, f, g, h] = [state[4]!, state[5]!, state[6]!, state[7]!];
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + k[i]! + w[i]!) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    const sums = [a, b, c, d, e, f, g, h];
    for (let i = 0; i < 8; i++) state[i] = (state[i]! + sums[i]!) | 0;
  }
}
