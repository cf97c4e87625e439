import { BackwardBits } from './bits';
import { zstdError } from './error';
import { buildFseTable, type FseTable, readFseTable, rleTable } from './fse';

/** What a field's codes mean: a baseline and a number of extra bits; and the table used when a block describes none. */
interface Field {
  readonly name: string;
  readonly baselines: Int32Array;
  readonly bitCounts: Uint8Array;
  readonly maxAccuracyLog: number;
  readonly predefined: FseTable;
}

/** Baselines of a field whose first `direct` codes stand for themselves plus `first`, and whose later codes have these extra bits. */
function makeField(name: string, first: number, direct: number, extraBits: number[], counts: number[], accuracyLog: number): Field {
  const bitCounts = Uint8Array.from([...new Array<number>(direct).fill(0), ...extraBits]);
  const baselines = new Int32Array(bitCounts.length);
  let baseline = first;
  bitCounts.forEach((bits, code) => {
    baselines[code] = baseline;
    baseline += 2 ** bits;
  });
  return { name, baselines, bitCounts, maxAccuracyLog: 9, predefined: buildFseTable(counts, accuracyLog) };
}

const repeat = (value: number, times: number): number[] => new Array<number>(times).fill(value);

/* Codes and predefined distributions: RFC 8878, sections 3.1.1.3.2.1.1 and 3.1.1.3.2.2. */
const LITERAL_LENGTHS = makeField(
  'literal lengths',
  0,
  16,
  [1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
  [4, 3, ...repeat(2, 11), 1, 1, 1, ...repeat(2, 9), 3, 2, ...repeat(1, 5), ...repeat(-1, 4)],
  6,
);
const MATCH_LENGTHS = makeField(
  'match lengths',
  3,
  32,
  [1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
  [1, 4, 3, ...repeat(2, 6), ...repeat(1, 37), ...repeat(-1, 7)],
  6,
);
/** Codes above 27 reach behind the largest window that is accepted. */
const OFFSETS: Field = {
  name: 'offsets',
  baselines: Int32Array.from({ length: 28 }, (_, code) => 2 ** code),
  bitCounts: Uint8Array.from({ length: 28 }, (_, code) => code),
  maxAccuracyLog: 8,
  predefined: buildFseTable([...repeat(1, 6), 2, 2, 2, ...repeat(1, 15), ...repeat(-1, 5)], 5),
};
const MAX_OFFSET_CODE = 31;

/** Tables that a later block may repeat, and the three last offsets. */
export class SequenceState {
  literalLengths: FseTable | undefined;
  offsets: FseTable | undefined;
  matchLengths: FseTable | undefined;
  readonly recent: [number, number, number] = [1, 4, 8];
}

/** Where a block's output goes: `output[position...]`, at most to `limit`; matches reach back to `frameStart` and at most `window`. */
export interface BlockOutput {
  readonly output: Uint8Array;
  position: number;
  readonly limit: number;
  readonly frameStart: number;
  readonly window: number;
}

/** Reads the sequences section at `bytes[start, end)` and carries it out. Source: RFC 8878, section 3.1.1.3.2. */
export function runSequences(
  bytes: Uint8Array,
  start: number,
  end: number,
  literals: Uint8Array,
  state: SequenceState,
  target: BlockOutput,
): void {
  if (start >= end) throw zstdError('a block lacks its sequences');
  const { count, at: countEnd } = readCount(bytes, start);
  let literalPosition = 0;
  if (count > 0) {
    if (countEnd >= end) throw zstdError('a sequences section is cut off');
    const modes = bytes[countEnd]!;
    if ((modes & 3) !== 0) throw zstdError('a sequences section uses reserved bits');
    let at = countEnd + 1;
    const next = (field: Field, maxCode: number, mode: number, previous: FseTable | undefined): FseTable => {
      const read = readTable(bytes, at, end, field, maxCode, mode & 3, previous);
      at = read.end;
      return read.table;
    };
    state.literalLengths = next(LITERAL_LENGTHS, 35, modes >> 6, state.literalLengths);
    state.offsets = next(OFFSETS, MAX_OFFSET_CODE, modes >> 4, state.offsets);
    state.matchLengths = next(MATCH_LENGTHS, 52, modes >> 2, state.matchLengths);
    literalPosition = carryOut(new BackwardBits(bytes, at, end), count, literals, state, target);
  } else if (countEnd !== end) throw zstdError('a block has bytes behind its sequences');
  copyLiterals(literals, literalPosition, literals.length - literalPosition, target);
}

function readCount(bytes: Uint8Array, at: number): { count: number; at: number } {
  const b0 = bytes[at]!;
  if (b0 < 128) return { count: b0, at: at + 1 };
  if (b0 < 255) return { count: ((b0 - 128) << 8) + bytes[at + 1]!, at: at + 2 };
  return { count: bytes[at + 1]! + (bytes[at + 2]! << 8) + 0x7f00, at: at + 3 };
}

function readTable(
  bytes: Uint8Array,
  at: number,
  end: number,
  field: Field,
  maxCode: number,
  mode: number,
  previous: FseTable | undefined,
): { table: FseTable; end: number } {
  if (mode === 0) return { table: field.predefined, end: at };
  if (mode === 1) {
    const code = bytes[at]!;
    if (at >= end || code > maxCode) throw zstdError(`the code of ${field.name} is out of range`);
    return { table: rleTable(code), end: at + 1 };
  }
  if (mode === 2) return readFseTable(bytes, at, end, { maxAccuracyLog: field.maxAccuracyLog, maxSymbol: maxCode });
  if (previous === undefined) throw zstdError(`a block repeats the table of ${field.name}, but there is none before it`);
  return { table: previous, end: at };
}

/** Decodes and applies `count` sequences. Returns how many literals they took. */
function carryOut(bits: BackwardBits, count: number, literals: Uint8Array, state: SequenceState, target: BlockOutput): number {
  const lengths = state.literalLengths!;
  const offsets = state.offsets!;
  const matches = state.matchLengths!;
  let lengthState = bits.read(lengths.accuracyLog);
  let offsetState = bits.read(offsets.accuracyLog);
  let matchState = bits.read(matches.accuracyLog);
  let literalPosition = 0;
  for (let i = 0; i < count; i++) {
    const offsetCode = offsets.symbols[offsetState]!;
    if (offsetCode >= OFFSETS.bitCounts.length) throw zstdError('a match reaches behind the window');
    const offsetValue = OFFSETS.baselines[offsetCode]! + bits.read(offsetCode);
    const matchCode = matches.symbols[matchState]!;
    const matchLength = MATCH_LENGTHS.baselines[matchCode]! + bits.read(MATCH_LENGTHS.bitCounts[matchCode]!);
    const lengthCode = lengths.symbols[lengthState]!;
    const literalLength = LITERAL_LENGTHS.baselines[lengthCode]! + bits.read(LITERAL_LENGTHS.bitCounts[lengthCode]!);
    const offset = resolveOffset(state.recent, offsetValue, literalLength);
    copyLiterals(literals, literalPosition, literalLength, target);
    literalPosition += literalLength;
    copyMatch(offset, matchLength, target);
    if (i + 1 < count) {
      lengthState = lengths.baselines[lengthState]! + bits.read(lengths.bitCounts[lengthState]!);
      matchState = matches.baselines[matchState]! + bits.read(matches.bitCounts[matchState]!);
      offsetState = offsets.baselines[offsetState]! + bits.read(offsets.bitCounts[offsetState]!);
    }
  }
  if (bits.remaining !== 0) throw zstdError(`${bits.remaining} bits are left over behind the sequences`);
  return literalPosition;
}

/** Values 1 to 3 name a recent offset; which one depends on whether literals come first. Source: RFC 8878, section 3.1.1.5. */
function resolveOffset(recent: [number, number, number], value: number, literalLength: number): number {
  if (value > 3) {
    recent[2] = recent[1];
    recent[1] = recent[0];
    recent[0] = value - 3;
    return recent[0];
  }
  const index = literalLength === 0 ? value : value - 1;
  if (index === 0) return recent[0];
  const offset = index === 3 ? recent[0] - 1 : recent[index]!;
  if (index !== 1) recent[2] = recent[1];
  recent[1] = recent[0];
  recent[0] = offset;
  return offset;
}

/** Copies shorter than this are quicker byte by byte. */
const BULK = 32;

function copyLiterals(literals: Uint8Array, from: number, length: number, target: BlockOutput): void {
  const { output, position } = target;
  if (from + length > literals.length) throw zstdError('the sequences take more literals than there are');
  if (position + length > target.limit) throw zstdError('a block holds more than it may');
  if (length >= BULK) output.set(literals.subarray(from, from + length), position);
  else for (let i = 0; i < length; i++) output[position + i] = literals[from + i]!;
  target.position = position + length;
}

function copyMatch(offset: number, length: number, target: BlockOutput): void {
  const { output, position } = target;
  const from = position - offset;
  if (offset <= 0 || from < target.frameStart || offset > target.window) throw zstdError(`a match reaches ${offset} bytes back, too far`);
  if (position + length > target.limit) throw zstdError('a block holds more than it may');
  if (length >= BULK && offset >= length) output.copyWithin(position, from, from + length);
  else for (let i = 0; i < length; i++) output[position + i] = output[from + i]!;
  target.position = position + length;
}
