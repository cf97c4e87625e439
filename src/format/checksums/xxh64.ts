/** The five primes of XXH64 as pairs of low and high 32 bits. */
const P1 = [0x85ebca87, 0x9e3779b1] as const;
const P2 = [0x27d4eb4f, 0xc2b2ae3d] as const;
const P3 = [0x9e3779f9, 0x165667b1] as const;
const P4 = [0xc2b2ae63, 0x85ebca77] as const;
const P5 = [0x165667c5, 0x27d4eb2f] as const;
type Prime = readonly [low: number, high: number];

/*
 * 64-bit numbers are kept as pairs of 32-bit halves in an Int32Array, low half first: BigInt arithmetic is ten times slower.
 */

/** pair[i] *= prime, modulo 2^64. Products of 16-bit halves, since a 32 x 32 bit product does not fit a double exactly. */
function multiply(pair: Int32Array, i: number, prime: Prime): void {
  const low = pair[i]!;
  const a0 = low & 0xffff;
  const a1 = low >>> 16;
  const b0 = prime[0] & 0xffff;
  const b1 = prime[0] >>> 16;
  const p00 = a0 * b0;
  const mid1 = a0 * b1 + (p00 >>> 16);
  const mid2 = a1 * b0 + (mid1 & 0xffff);
  const carry = a1 * b1 + (mid1 >>> 16) + (mid2 >>> 16);
  pair[i + 1] = (carry + Math.imul(low, prime[1]) + Math.imul(pair[i + 1]!, prime[0])) | 0;
  pair[i] = (mid2 << 16) | (p00 & 0xffff);
}

function add(pair: Int32Array, i: number, low: number, high: number): void {
  const sum = (pair[i]! >>> 0) + (low >>> 0);
  pair[i] = sum | 0;
  pair[i + 1] = (pair[i + 1]! + high + (sum > 0xffffffff ? 1 : 0)) | 0;
}

function rotateLeft(pair: Int32Array, i: number, bits: number): void {
  const low = pair[i]!;
  const high = pair[i + 1]!;
  if (bits < 32) {
    pair[i] = (low << bits) | (high >>> (32 - bits));
    pair[i + 1] = (high << bits) | (low >>> (32 - bits));
  } else {
    pair[i] = (high << (bits - 32)) | (low >>> (64 - bits));
    pair[i + 1] = (low << (bits - 32)) | (high >>> (64 - bits));
  }
}

/** hash ^= hash >> bits, for bits below 64. */
function xorShift(hash: Int32Array, bits: number): void {
  const low = hash[0]!;
  const high = hash[1]!;
  hash[0] = low ^ (bits < 32 ? (low >>> bits) | (high << (32 - bits)) : high >>> (bits - 32));
  if (bits < 32) hash[1] = high ^ (high >>> bits);
}

const SCRATCH = 8;

/** One lane takes 8 bytes of input. */
function round(lanes: Int32Array, i: number, low: number, high: number): void {
  lanes[SCRATCH] = low;
  lanes[SCRATCH + 1] = high;
  multiply(lanes, SCRATCH, P2);
  add(lanes, i, lanes[SCRATCH]!, lanes[SCRATCH + 1]!);
  rotateLeft(lanes, i, 31);
  multiply(lanes, i, P1);
}

const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
/** Bytes that are copied at a time, where alignment asks for a copy. */
const COPY = 64 * 1024;

/** `bytes` as 32-bit words, whatever their alignment and the machine's byte order. */
function littleEndianWords(bytes: Uint8Array): Int32Array {
  if (LITTLE_ENDIAN) return new Int32Array(bytes.slice().buffer);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int32Array.from({ length: bytes.length / 4 }, (_, i) => view.getInt32(i * 4, true));
}

const P1_LOW = P1[0] | 0;
const P1_HIGH = P1[1] | 0;
const P2_LOW = P2[0] | 0;
const P2_HIGH = P2[1] | 0;

/** High half of the product of a 32-bit number and one given as its two 16-bit halves. */
function productHigh(a: number, b0: number, b1: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const mid1 = (Math.imul(a0, b1) + (Math.imul(a0, b0) >>> 16)) | 0;
  const mid2 = (Math.imul(a1, b0) + (mid1 & 0xffff)) | 0;
  return (Math.imul(a1, b1) + (mid1 >>> 16) + (mid2 >>> 16)) | 0;
}

/** High halves of a 64-bit number times P1 and P2; the low halves are plain 32-bit products. */
const times1High = (low: number, high: number): number =>
  (productHigh(low, P1_LOW & 0xffff, P1_LOW >>> 16) + ((Math.imul(low, P1_HIGH) + Math.imul(high, P1_LOW)) | 0)) | 0;
const times2High = (low: number, high: number): number =>
  (productHigh(low, P2_LOW & 0xffff, P2_LOW >>> 16) + ((Math.imul(low, P2_HIGH) + Math.imul(high, P2_LOW)) | 0)) | 0;

/**
 * All rounds over `words`: what `round` does for each lane, written out side by side in 32-bit integers. Nearly all the time goes here,
 * and the lanes do not wait for each other.
 */
function runLanes(lanes: Int32Array, words: Int32Array): void {
  let [l0, h0, l1, h1] = [lanes[0]!, lanes[1]!, lanes[2]!, lanes[3]!];
  let [l2, h2, l3, h3] = [lanes[4]!, lanes[5]!, lanes[6]!, lanes[7]!];
  for (let i = 0; i + 7 < words.length; i += 8) {
    const s0 = (l0 + Math.imul(words[i + 0]!, P2_LOW)) | 0;
    const t0 = (((h0 + times2High(words[i + 0]!, words[i + 1]!)) | 0) + (s0 >>> 0 < l0 >>> 0 ? 1 : 0)) | 0;
    h0 = times1High((s0 << 31) | (t0 >>> 1), (t0 << 31) | (s0 >>> 1));
    l0 = Math.imul((s0 << 31) | (t0 >>> 1), P1_LOW);
    const s1 = (l1 + Math.imul(words[i + 2]!, P2_LOW)) | 0;
    const t1 = (((h1 + times2High(words[i + 2]!, words[i + 3]!)) | 0) + (s1 >>> 0 < l1 >>> 0 ? 1 : 0)) | 0;
    h1 = times1High((s1 << 31) | (t1 >>> 1), (t1 << 31) | (s1 >>> 1));
    l1 = Math.imul((s1 << 31) | (t1 >>> 1), P1_LOW);
    const s2 = (l2 + Math.imul(words[i + 4]!, P2_LOW)) | 0;
    const t2 = (((h2 + times2High(words[i + 4]!, words[i + 5]!)) | 0) + (s2 >>> 0 < l2 >>> 0 ? 1 : 0)) | 0;
    h2 = times1High((s2 << 31) | (t2 >>> 1), (t2 << 31) | (s2 >>> 1));
    l2 = Math.imul((s2 << 31) | (t2 >>> 1), P1_LOW);
    const s3 = (l3 + Math.imul(words[i + 6]!, P2_LOW)) | 0;
    const t3 = (((h3 + times2High(words[i + 6]!, words[i + 7]!)) | 0) + (s3 >>> 0 < l3 >>> 0 ? 1 : 0)) | 0;
    h3 = times1High((s3 << 31) | (t3 >>> 1), (t3 << 31) | (s3 >>> 1));
    l3 = Math.imul((s3 << 31) | (t3 >>> 1), P1_LOW);
  }
  lanes.set([l0, h0, l1, h1, l2, h2, l3, h3]);
}

/**
 * XXH64 with seed 0 of data that comes in pieces; `low32()` is the content checksum of a zstd frame.
 * Source: the XXH64 algorithm description of the xxHash project; RFC 8878, section 3.1.1.
 */
export class Xxh64 {
  /** Four lanes, and a scratch pair at the end. */
  readonly #lanes = new Int32Array(10);
  readonly #pending = new Uint8Array(32);
  #pendingLength = 0;
  #total = 0;

  constructor() {
    const lanes = this.#lanes;
    add(lanes, 0, P1[0], P1[1]);
    add(lanes, 0, P2[0], P2[1]);
    add(lanes, 2, P2[0], P2[1]);
    add(lanes, 6, ~P1[0] + 1, ~P1[1]);
  }

  /** Takes the next bytes. */
  update(bytes: Uint8Array): this {
    this.#total += bytes.length;
    let at = 0;
    if (this.#pendingLength > 0) {
      at = Math.min(32 - this.#pendingLength, bytes.length);
      this.#pending.set(bytes.subarray(0, at), this.#pendingLength);
      this.#pendingLength += at;
      if (this.#pendingLength < 32) return this;
      this.#stripes(this.#pending, 0, 32);
    }
    const end = at + ((bytes.length - at) & ~31);
    this.#stripes(bytes, at, end);
    this.#pending.set(bytes.subarray(end));
    this.#pendingLength = bytes.length - end;
    return this;
  }

  #stripes(bytes: Uint8Array, start: number, end: number): void {
    if (start === end) return;
    const at = bytes.byteOffset + start;
    const isAligned = LITTLE_ENDIAN && at % 4 === 0;
    // A copy in steps, so that a large value does not need its size again.
    for (let from = start; from < end; from += COPY) {
      const to = Math.min(from + COPY, end);
      const part = isAligned
        ? new Int32Array(bytes.buffer, bytes.byteOffset + from, (to - from) / 4)
        : littleEndianWords(bytes.subarray(from, to));
      runLanes(this.#lanes, part);
    }
  }

  /** The four lanes as one, or P5 when there were fewer than 32 bytes. */
  #merged(): Int32Array {
    const hash = new Int32Array(10);
    if (this.#total < 32) {
      add(hash, 0, P5[0], P5[1]);
      return hash;
    }
    const rotations = [1, 7, 12, 18];
    const part = new Int32Array(2);
    for (let lane = 0; lane < 4; lane++) {
      part.set(this.#lanes.subarray(lane * 2, lane * 2 + 2));
      rotateLeft(part, 0, rotations[lane]!);
      add(hash, 0, part[0]!, part[1]!);
    }
    for (let lane = 0; lane < 4; lane++) {
      const mixed = new Int32Array(10);
      round(mixed, 0, this.#lanes[lane * 2]!, this.#lanes[lane * 2 + 1]!);
      hash[0] = hash[0]! ^ mixed[0]!;
      hash[1] = hash[1]! ^ mixed[1]!;
      multiply(hash, 0, P1);
      add(hash, 0, P4[0], P4[1]);
    }
    return hash;
  }

  #mixTail(hash: Int32Array): void {
    const tail = new DataView(this.#pending.buffer, 0, this.#pendingLength);
    let at = 0;
    for (; at + 8 <= tail.byteLength; at += 8) {
      const mixed = new Int32Array(10);
      round(mixed, 0, tail.getInt32(at, true), tail.getInt32(at + 4, true));
      hash[0] = hash[0]! ^ mixed[0]!;
      hash[1] = hash[1]! ^ mixed[1]!;
      rotateLeft(hash, 0, 27);
      multiply(hash, 0, P1);
      add(hash, 0, P4[0], P4[1]);
    }
    if (at + 4 <= tail.byteLength) {
      const mixed = Int32Array.of(tail.getInt32(at, true), 0);
      multiply(mixed, 0, P1);
      hash[0] = hash[0]! ^ mixed[0]!;
      hash[1] = hash[1]! ^ mixed[1]!;
      rotateLeft(hash, 0, 23);
      multiply(hash, 0, P2);
      add(hash, 0, P3[0], P3[1]);
      at += 4;
    }
    for (; at < tail.byteLength; at++) {
      const mixed = Int32Array.of(tail.getUint8(at), 0);
      multiply(mixed, 0, P5);
      hash[0] = hash[0]! ^ mixed[0]!;
      hash[1] = hash[1]! ^ mixed[1]!;
      rotateLeft(hash, 0, 11);
      multiply(hash, 0, P1);
    }
  }

  /** The hash of everything given so far. */
  digest(): bigint {
    const hash = this.#merged();
    add(hash, 0, this.#total | 0, Math.floor(this.#total / 2 ** 32));
    this.#mixTail(hash);
    xorShift(hash, 33);
    multiply(hash, 0, P2);
    xorShift(hash, 29);
    multiply(hash, 0, P3);
    xorShift(hash, 32);
    return (BigInt(hash[1]! >>> 0) << 32n) | BigInt(hash[0]! >>> 0);
  }

  /** Low 32 bits of the hash. */
  low32(): number {
    return Number(this.digest() & 0xffffffffn);
  }
}

/** XXH64 of `bytes` with seed 0. */
export const xxh64 = (bytes: Uint8Array): bigint => new Xxh64().update(bytes).digest();
