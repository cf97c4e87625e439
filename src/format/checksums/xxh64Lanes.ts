/** A way to take all of `words`, which are whole stripes of 32 bytes, into the four `lanes`: low and high halves in turn, low half first. */
export type RunLanes = (lanes: Int32Array, words: Int32Array) => void;

/** Whether numbers in memory begin with their low byte, as the algorithm reads them. */
export const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const lowHalf = (prime: bigint): number => Number(BigInt.asIntN(32, prime));
const highHalf = (prime: bigint): number => lowHalf(prime >> 32n);

const P1_LOW = lowHalf(P1);
const P1_HIGH = highHalf(P1);
const P2_LOW = lowHalf(P2);
const P2_HIGH = highHalf(P2);

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

/** The rounds in 32-bit integers, the four lanes side by side: they do not wait for each other. Fast on every engine. */
export const runInHalves: RunLanes = (lanes, words) => {
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
};

/**
 * The same in BigInts, each result cut to 64 bits at once: V8 then computes in machine words, several times faster than in halves. Other
 * engines make an object of each number. For machines whose numbers begin with their low byte.
 */
export const runInBigInts: RunLanes = (halves, pairs) => {
  const lanes = new BigUint64Array(halves.buffer, halves.byteOffset, 4);
  const words = new BigUint64Array(pairs.buffer, pairs.byteOffset, pairs.length >> 1);
  let [a, b, c, d] = [lanes[0]!, lanes[1]!, lanes[2]!, lanes[3]!];
  for (let i = 0; i + 3 < words.length; i += 4) {
    a = BigInt.asUintN(64, a + BigInt.asUintN(64, words[i]! * P2));
    a = BigInt.asUintN(64, BigInt.asUintN(64, BigInt.asUintN(64, a << 31n) | BigInt.asUintN(64, a >> 33n)) * P1);
    b = BigInt.asUintN(64, b + BigInt.asUintN(64, words[i + 1]! * P2));
    b = BigInt.asUintN(64, BigInt.asUintN(64, BigInt.asUintN(64, b << 31n) | BigInt.asUintN(64, b >> 33n)) * P1);
    c = BigInt.asUintN(64, c + BigInt.asUintN(64, words[i + 2]! * P2));
    c = BigInt.asUintN(64, BigInt.asUintN(64, BigInt.asUintN(64, c << 31n) | BigInt.asUintN(64, c >> 33n)) * P1);
    d = BigInt.asUintN(64, d + BigInt.asUintN(64, words[i + 3]! * P2));
    d = BigInt.asUintN(64, BigInt.asUintN(64, BigInt.asUintN(64, d << 31n) | BigInt.asUintN(64, d >> 33n)) * P1);
  }
  lanes[0] = a;
  lanes[1] = b;
  lanes[2] = c;
  lanes[3] = d;
};

/** Full pieces that one way takes before it is the other's turn: together long enough for a coarse clock. */
const GROUP = 8;
/** Turns of each way until the faster is known. The first only lets the engine compile both. */
const TURNS = 4;
/** 32-bit words of a piece that is worth timing. */
const TRIAL_WORDS = 16 * 1024;

/** Which way is faster here: known after a few megabytes. The result is the same whichever runs. */
class Choice {
  /** The quickest turn counts: others may have been interrupted by whatever else the machine does. */
  readonly #ways: readonly { readonly run: RunLanes; bestMs: number }[] = [
    { run: runInHalves, bestMs: Number.POSITIVE_INFINITY },
    { run: runInBigInts, bestMs: Number.POSITIVE_INFINITY },
  ];
  #pieces = 0;
  #turnMs = 0;
  #chosen: RunLanes | undefined = LITTLE_ENDIAN ? undefined : runInHalves;

  run(lanes: Int32Array, words: Int32Array): void {
    if (this.#chosen !== undefined) this.#chosen(lanes, words);
    else if (words.length < TRIAL_WORDS) runInHalves(lanes, words);
    else this.#try(lanes, words);
  }

  #try(lanes: Int32Array, words: Int32Array): void {
    const turn = Math.floor(this.#pieces / GROUP);
    const way = this.#ways[turn % 2]!;
    const start = performance.now();
    way.run(lanes, words);
    this.#turnMs += performance.now() - start;
    if (++this.#pieces % GROUP !== 0) return;
    if (turn >= 2) way.bestMs = Math.min(way.bestMs, this.#turnMs);
    this.#turnMs = 0;
    if (turn + 1 === 2 * TURNS) this.#chosen = this.#ways.reduce((a, b) => (b.bestMs < a.bestMs ? b : a)).run;
  }
}

const choice = new Choice();

/** Takes whole stripes into the lanes, the fastest way there is. */
export const runStripes: RunLanes = (lanes, words) => choice.run(lanes, words);
