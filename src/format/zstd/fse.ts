import { bitsAt } from './bits';
import { zstdError } from './error';

/** A finite state entropy decoding table: for each state its symbol, the bits to read for the next state, and what to add to them. */
export interface FseTable {
  readonly accuracyLog: number;
  readonly symbols: Uint8Array;
  readonly bitCounts: Uint8Array;
  readonly baselines: Uint16Array;
}

/** Whatever is read, the same symbol without any bit. */
export const rleTable = (symbol: number): FseTable => ({
  accuracyLog: 0,
  symbols: Uint8Array.of(symbol),
  bitCounts: new Uint8Array(1),
  baselines: new Uint16Array(1),
});

/** Table of the normalized `counts` (-1: less than one), which sum to 2^accuracyLog. Source: RFC 8878, section 4.1.1. */
export function buildFseTable(counts: ArrayLike<number>, accuracyLog: number): FseTable {
  const size = 1 << accuracyLog;
  const symbols = new Uint8Array(size);
  const next = new Uint16Array(counts.length);
  let high = size - 1;
  for (let symbol = 0; symbol < counts.length; symbol++) {
    next[symbol] = Math.max(counts[symbol]!, 1);
    if (counts[symbol] === -1) symbols[high--] = symbol;
  }
  const step = (size >> 1) + (size >> 3) + 3;
  let position = 0;
  for (let symbol = 0; symbol < counts.length; symbol++) {
    for (let i = 0; i < counts[symbol]!; i++) {
      symbols[position] = symbol;
      do position = (position + step) & (size - 1);
      while (position > high);
    }
  }
  if (position !== 0) throw zstdError('an FSE table does not add up');
  const bitCounts = new Uint8Array(size);
  const baselines = new Uint16Array(size);
  for (let state = 0; state < size; state++) {
    const value = next[symbols[state]!]!++;
    const bits = accuracyLog - (31 - Math.clz32(value));
    bitCounts[state] = bits;
    baselines[state] = (value << bits) - size;
  }
  return { accuracyLog, symbols, bitCounts, baselines };
}

/** Reads a table description at `start`. Returns the table and where the description ends. Source: RFC 8878, section 4.1.1. */
export function readFseTable(
  bytes: Uint8Array,
  start: number,
  end: number,
  limits: { maxAccuracyLog: number; maxSymbol: number },
): { table: FseTable; end: number } {
  let at = start * 8;
  const accuracyLog = bitsAt(bytes, at, 4) + 5;
  if (accuracyLog > limits.maxAccuracyLog) throw zstdError(`an FSE table has accuracy ${accuracyLog}, at most ${limits.maxAccuracyLog}`);
  at += 4;
  const counts: number[] = [];
  let remaining = (1 << accuracyLog) + 1;
  let threshold = 1 << accuracyLog;
  while (remaining > 1 && counts.length <= limits.maxSymbol && at <= end * 8) {
    const spare = 2 * threshold - 1 - remaining;
    const bitCount = 32 - Math.clz32(threshold);
    const short = bitsAt(bytes, at, bitCount - 1);
    let value = short;
    if (short < spare) at += bitCount - 1;
    else {
      value = bitsAt(bytes, at, bitCount);
      if (value >= threshold) value -= spare;
      at += bitCount;
    }
    const count = value - 1;
    counts.push(count);
    remaining -= Math.abs(count);
    while (remaining < threshold && threshold > 1) threshold >>= 1;
    if (count === 0) at = readZeroRun(bytes, at, end, counts);
  }
  const tableEnd = (at + 7) >>> 3;
  if (remaining !== 1 || counts.length > limits.maxSymbol + 1 || tableEnd > end) throw zstdError('an FSE table is malformed');
  return { table: buildFseTable(counts, accuracyLog), end: tableEnd };
}

/** After a count of zero: two bits at a time say how many more zeros follow; three means that more bits come. */
function readZeroRun(bytes: Uint8Array, at: number, end: number, counts: number[]): number {
  for (;;) {
    if (at > end * 8) throw zstdError('an FSE table is cut off');
    const zeros = bitsAt(bytes, at, 2);
    for (let i = 0; i < zeros; i++) counts.push(0);
    at += 2;
    if (zeros < 3) return at;
  }
}
