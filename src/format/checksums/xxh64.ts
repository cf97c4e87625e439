import { LITTLE_ENDIAN, runStripes } from './xxh64Lanes';

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

/** Bytes that are copied at a time, where alignment asks for a copy. */
const COPY = 64 * 1024;

/** A copy of `bytes` as 32-bit words, whatever their alignment and the machine's byte order. */
function littleEndianWords(bytes: Uint8Array): Int32Array {
  if (LITTLE_ENDIAN) return new Int32Array(bytes.slice().buffer);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int32Array.from({ length: bytes.length / 4 }, (_, i) => view.getInt32(i * 4, true));
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
    const isAligned = LITTLE_ENDIAN && at % 8 === 0;
    // A copy in steps, so that a large value does not need its size again.
    for (let from = start; from < end; from += COPY) {
      const to = Math.min(from + COPY, end);
      const part = isAligned
        ? new Int32Array(bytes.buffer, bytes.byteOffset + from, (to - from) / 4)
        : littleEndianWords(bytes.subarray(from, to));
      runStripes(this.#lanes, part);
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
