import { type Shape, sizeOf, stridesOf } from '#linnet/core';

/** NumPy's print options by default: characters in a line, items at each end of a shortened axis, size from which axes are shortened. */
const LINE_WIDTH = 75;
const EDGE_ITEMS = 3;
const THRESHOLD = 1000;

export interface ArrayTextOptions {
  /** What stands before the array on its first line; later lines are indented by its length. */
  readonly prefix: string;
  /** What stands right after it. */
  readonly suffix: string;
}

/** Positions along an axis that are written; null stands for dots. */
function positionsOf(length: number, isShortened: boolean): (number | null)[] {
  const all = Array.from({ length }, (_, i) => i);
  return isShortened && length > 2 * EDGE_ITEMS ? [...all.slice(0, EDGE_ITEMS), null, ...all.slice(-EDGE_ITEMS)] : all;
}

/** Whether an array of `shape` is written with dots. */
export const isShortened = (shape: Shape): boolean => sizeOf(shape) > THRESHOLD;

/** Flat indexes of the elements that are written, in order. */
export function writtenIndexes(shape: Shape): number[] {
  const strides = stridesOf(shape);
  const short = isShortened(shape);
  return shape.reduce<number[]>(
    (starts, length, axis) =>
      starts.flatMap((start) => positionsOf(length, short).flatMap((at) => (at === null ? [] : [start + at * strides[axis]!]))),
    [0],
  );
}

/** Joins words to lines, breaking before a word that would go past `width`. */
class Lines {
  private done = '';
  private line: string;

  constructor(
    private readonly indent: string,
    private readonly width: number,
  ) {
    this.line = indent;
  }

  add(word: string): void {
    const isFull = this.line.length + word.length > this.width && this.line.length > this.indent.length;
    if (isFull) {
      this.done += `${this.line.trimEnd()}\n`;
      this.line = this.indent;
    }
    this.line += word;
  }

  addSeparator(separator: string): void {
    this.line += separator;
  }

  toString(): string {
    return this.done + this.line;
  }
}

const SEPARATOR = ', ';

/** An array in brackets as `numpy.array2string(separator=', ')` writes it. `element(i)` is the text of the element at flat index i. */
export function arrayText(shape: Shape, element: (index: number) => string, { prefix, suffix }: ArrayTextOptions): string {
  if (sizeOf(shape) === 0) return '[]';
  const strides = stridesOf(shape);
  const short = isShortened(shape);

  const write = (axis: number, start: number, indent: string, width: number): string => {
    if (axis === shape.length) return element(start);
    const positions = positionsOf(shape[axis]!, short);
    const at = (position: number): string => write(axis + 1, start + position * strides[axis]!, `${indent} `, width - 1);
    const body = axis === shape.length - 1 ? row(positions, at, indent, width) : block(positions, at, indent, shape.length - axis);
    return `[${body.slice(indent.length)}]`;
  };
  return write(0, 0, ` ${' '.repeat(prefix.length)}`, LINE_WIDTH - suffix.length);
}

function row(positions: readonly (number | null)[], at: (position: number) => string, indent: string, width: number): string {
  // Room for the bracket or the comma that follows.
  const lines = new Lines(indent, width - 1);
  for (const [i, position] of positions.entries()) {
    if (i > 0) lines.addSeparator(SEPARATOR);
    lines.add(position === null ? '...' : at(position));
  }
  return lines.toString();
}

function block(positions: readonly (number | null)[], at: (position: number) => string, indent: string, axesLeft: number): string {
  const separator = SEPARATOR.trimEnd() + '\n'.repeat(axesLeft - 1);
  return positions.map((position) => indent + (position === null ? '...' : at(position))).join(separator);
}

/** `text` of an array as JAX's repr: `Array(…, dtype=float32)`, the dtype on its own column where the line is full. */
export function jaxRepr(text: string, shape: Shape, dtype: string, isWeak: boolean): string {
  const prefix = 'Array(';
  const ending = isWeak ? `dtype=${dtype}, weak_type=True)` : `dtype=${dtype})`;
  if (sizeOf(shape) === 0) return `${prefix}[], shape=${pythonShape(shape)}, ${ending}`;
  const lastLine = text.length - text.lastIndexOf('\n') + 1;
  const space = lastLine + ending.length + 1 > LINE_WIDTH ? ' '.repeat(prefix.length) : ' ';
  return `${prefix}${text},${space}${ending}`;
}

/** A shape as a Python tuple: `(4, 4)`, `(3,)`, `()`. */
export const pythonShape = (shape: Shape): string => (shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`);
