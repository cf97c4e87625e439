import { BackwardBits, bitsAt } from './bits';
import { zstdError } from './error';
import { readFseTable } from './fse';

/** A Huffman decoding table: what the next `maxBits` bits stand for (times 16), plus how many of them are used. */
export interface HuffmanTable {
  readonly maxBits: number;
  readonly entries: Uint16Array;
}

const MAX_BITS = 11;

/** Reads a Huffman tree description at `start`. Source: RFC 8878, section 4.2.1. */
export function readHuffmanTable(bytes: Uint8Array, start: number, end: number): { table: HuffmanTable; end: number } {
  if (start >= end) throw zstdError('a Huffman tree is cut off');
  const header = bytes[start]!;
  if (header >= 128) {
    const count = header - 127;
    const treeEnd = start + 1 + ((count + 1) >> 1);
    if (treeEnd > end) throw zstdError('a Huffman tree is cut off');
    const weights = Array.from({ length: count }, (_, i) => (bytes[start + 1 + (i >> 1)]! >> (i % 2 === 0 ? 4 : 0)) & 15);
    return { table: buildHuffmanTable(weights), end: treeEnd };
  }
  const treeEnd = start + 1 + header;
  if (treeEnd > end) throw zstdError('a Huffman tree is cut off');
  return { table: buildHuffmanTable(readWeights(bytes, start + 1, treeEnd)), end: treeEnd };
}

/** Weights written by two FSE states in turn, until the bits run out. */
function readWeights(bytes: Uint8Array, start: number, end: number): number[] {
  const { table, end: tableEnd } = readFseTable(bytes, start, end, { maxAccuracyLog: 6, maxSymbol: MAX_BITS + 1 });
  const bits = new BackwardBits(bytes, tableEnd, end);
  const states = [bits.read(table.accuracyLog), bits.read(table.accuracyLog)];
  const weights: number[] = [];
  for (let turn = 0; ; turn ^= 1) {
    const state = states[turn]!;
    weights.push(table.symbols[state]!);
    if (weights.length > 254) throw zstdError('a Huffman tree has more than 256 symbols');
    const bitCount = table.bitCounts[state]!;
    if (bits.remaining < bitCount) {
      weights.push(table.symbols[states[turn ^ 1]!]!);
      return weights;
    }
    states[turn] = table.baselines[state]! + bits.read(bitCount);
  }
}

/** Table of all symbols' weights but the last, which follows from the others. */
function buildHuffmanTable(weights: number[]): HuffmanTable {
  let sum = 0;
  for (const weight of weights) {
    if (weight > MAX_BITS) throw zstdError(`a Huffman weight is ${weight}, at most ${MAX_BITS}`);
    sum += (1 << weight) >> 1;
  }
  const maxBits = 32 - Math.clz32(sum);
  const rest = (1 << maxBits) - sum;
  if (sum === 0 || maxBits > MAX_BITS || (rest & (rest - 1)) !== 0) throw zstdError('the weights of a Huffman tree do not add up');
  const all = [...weights, 32 - Math.clz32(rest)];
  const entries = new Uint16Array(1 << maxBits);
  let at = 0;
  for (let weight = 1; weight <= maxBits; weight++) {
    all.forEach((candidate, symbol) => {
      if (candidate !== weight) return;
      const end = at + ((1 << weight) >> 1);
      entries.fill((symbol << 4) | (maxBits + 1 - weight), at, end);
      at = end;
    });
  }
  return { maxBits, entries };
}

/** Bits that must be left for two codes in one turn. */
const WINDOW = 2 * MAX_BITS;

/**
 * The 32 bits of which the highest is the one below bit `position`: what a code begins with stands on top. Fewer than 8 of the lowest are
 * zeros. A whole load is quicker than four bytes put together.
 */
const topBits = (view: DataView, position: number): number => view.getInt32(((position + 7) >>> 3) - 4, true) << (-position & 7);

/** A stretch of a block that is read from its end. */
export interface StreamPlace {
  readonly start: number;
  readonly end: number;
}

/** Decodes one stream of `bytes` into all of `output`. */
export function decodeHuffmanStream(table: HuffmanTable, bytes: Uint8Array, place: StreamPlace, output: Uint8Array): void {
  const stream = new BackwardBits(bytes, place.start, place.end);
  finishStream(table, stream, stream.position, output, 0, output.length);
}

/** Decodes what is left of a stream from bit `position` on into `output[from, to)`. The stream must end there. */
function finishStream(table: HuffmanTable, stream: BackwardBits, at: number, output: Uint8Array, from: number, to: number): void {
  const { maxBits, entries } = table;
  const { bytes, start: front } = stream;
  const mask = (1 << maxBits) - 1;
  let position = at;
  for (let i = from; i < to; i++) {
    const left = position - front;
    // Near the front, the missing bits of the code count as zeros.
    const code =
      left >= maxBits ? bitsAt(bytes, position - maxBits, maxBits) : left > 0 ? (bitsAt(bytes, front, left) << (maxBits - left)) & mask : 0;
    const entry = entries[code]!;
    output[i] = entry >>> 4;
    position -= entry & 15;
  }
  if (position !== front) throw zstdError('a Huffman stream does not end where its literals do');
}

/**
 * Decodes four streams, each into a quarter of `output`, two symbols of each a turn: their codes do not wait for each other, which is
 * what makes this several times faster than one after another. `bytes` is the front of its buffer.
 */
export function decodeFourHuffmanStreams(
  table: HuffmanTable,
  bytes: Uint8Array,
  places: readonly [StreamPlace, StreamPlace, StreamPlace, StreamPlace],
  output: Uint8Array,
): void {
  const { entries } = table;
  const shift = 32 - table.maxBits;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [a, b, c, d] = places.map(({ start, end }) => new BackwardBits(bytes, start, end)) as [
    BackwardBits,
    BackwardBits,
    BackwardBits,
    BackwardBits,
  ];
  const quarter = (output.length + 3) >> 2;
  const [fromB, fromC, fromD] = [quarter, 2 * quarter, 3 * quarter];
  const [frontA, frontB, frontC, frontD] = [a.start + WINDOW, b.start + WINDOW, c.start + WINDOW, d.start + WINDOW];
  let [atA, atB, atC, atD] = [a.position, b.position, c.position, d.position];
  let i = 0;
  // The last quarter is the shortest.
  for (const pairs = output.length - fromD - 1; i < pairs; i += 2) {
    if (atA < frontA || atB < frontB || atC < frontC || atD < frontD) break;
    const bitsA = topBits(view, atA);
    const bitsB = topBits(view, atB);
    const bitsC = topBits(view, atC);
    const bitsD = topBits(view, atD);
    const a1 = entries[bitsA >>> shift]!;
    const b1 = entries[bitsB >>> shift]!;
    const c1 = entries[bitsC >>> shift]!;
    const d1 = entries[bitsD >>> shift]!;
    const a2 = entries[(bitsA << (a1 & 15)) >>> shift]!;
    const b2 = entries[(bitsB << (b1 & 15)) >>> shift]!;
    const c2 = entries[(bitsC << (c1 & 15)) >>> shift]!;
    const d2 = entries[(bitsD << (d1 & 15)) >>> shift]!;
    output[i] = a1 >>> 4;
    output[i + 1] = a2 >>> 4;
    output[fromB + i] = b1 >>> 4;
    output[fromB + i + 1] = b2 >>> 4;
    output[fromC + i] = c1 >>> 4;
    output[fromC + i + 1] = c2 >>> 4;
    output[fromD + i] = d1 >>> 4;
    output[fromD + i + 1] = d2 >>> 4;
    atA -= (a1 & 15) + (a2 & 15);
    atB -= (b1 & 15) + (b2 & 15);
    atC -= (c1 & 15) + (c2 & 15);
    atD -= (d1 & 15) + (d2 & 15);
  }
  finishStream(table, a, atA, output, i, fromB);
  finishStream(table, b, atB, output, fromB + i, fromC);
  finishStream(table, c, atC, output, fromC + i, fromD);
  finishStream(table, d, atD, output, fromD + i, output.length);
}
