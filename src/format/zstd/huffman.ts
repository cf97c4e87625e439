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

/** Bits looked at in one turn: enough for two codes, and within four bytes wherever they begin. */
const WINDOW = 24;

/** Decodes one stream `bytes[start, end)` into all of `output`. */
export function decodeHuffmanStream(table: HuffmanTable, bytes: Uint8Array, start: number, end: number, output: Uint8Array): void {
  const { maxBits, entries } = table;
  const stream = new BackwardBits(bytes, start, end);
  const front = stream.start;
  const shift = WINDOW - maxBits;
  const mask = (1 << maxBits) - 1;
  let position = stream.position;
  let i = 0;
  // Two symbols a turn while the window lies inside the stream.
  for (const pairs = output.length - 1; i < pairs && position - WINDOW >= front; i += 2) {
    const at = (position - WINDOW) >>> 3;
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    const bits = word >>> ((position - WINDOW) & 7);
    const first = entries[(bits >>> shift) & mask]!;
    const second = entries[((bits << (first & 15)) >>> shift) & mask]!;
    output[i] = first >>> 4;
    output[i + 1] = second >>> 4;
    position -= (first & 15) + (second & 15);
  }
  for (; i < output.length; i++) {
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
