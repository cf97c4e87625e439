import { type Shape, sizeOf, stridesOf } from '#linnet/core';
import type { CodeWriter } from './codeWriter';

/**
 * Which element of an array of `shape` is meant, as WGSL expressions: a flat index, or one coordinate per axis. Each is made from the
 * other when it is asked for. Equal positions have equal `flat()` texts, which is how the compiler knows that two values meet.
 */
export class Position {
  readonly shape: Shape;
  readonly #code: CodeWriter;
  #flat: string | undefined;
  #coordinates: readonly string[] | undefined;

  private constructor(code: CodeWriter, shape: Shape, flat: string | undefined, coordinates: readonly string[] | undefined) {
    this.#code = code;
    this.shape = shape;
    this.#flat = flat;
    this.#coordinates = coordinates;
  }

  static fromFlat(code: CodeWriter, shape: Shape, flat: string): Position {
    return new Position(code, shape, sizeOf(shape) === 1 ? '0u' : flat, undefined);
  }

  /** Coordinates on axes of length 1 are taken as 0. */
  static fromCoordinates(code: CodeWriter, shape: Shape, coordinates: readonly string[]): Position {
    const named = coordinates.map((coordinate, axis) => (shape[axis] === 1 ? '0u' : code.name(coordinate)));
    return new Position(code, shape, code.flatOf(shape, named), named);
  }

  /** Both are known: `flat` is the row-major index of `coordinates`. */
  static of(code: CodeWriter, shape: Shape, flat: string, coordinates: readonly string[]): Position {
    const position = new Position(code, shape, sizeOf(shape) === 1 ? '0u' : flat, coordinates);
    code.rememberFlat(shape, coordinates, flat);
    return position;
  }

  flat(): string {
    if (this.#flat === undefined) {
      const strides = stridesOf(this.shape);
      const terms: string[] = [];
      this.#coordinates!.forEach((coordinate, axis) => {
        if (coordinate === '0u') return;
        terms.push(strides[axis] === 1 ? coordinate : `${coordinate} * ${strides[axis]}u`);
      });
      this.#flat = terms.length === 0 ? '0u' : this.#code.name(terms.join(' + '));
      this.#code.rememberFlat(this.shape, this.#coordinates!, this.#flat);
    }
    return this.#flat;
  }

  coordinates(): readonly string[] {
    if (this.#coordinates === undefined) {
      this.#coordinates = splitIndex(this.#code, this.#flat!, this.shape);
      this.#code.rememberFlat(this.shape, this.#coordinates, this.#flat!);
    }
    return this.#coordinates;
  }

  /** The same element after a reshape to `shape`. */
  reshaped(shape: Shape): Position {
    if (this.#coordinates === undefined) return Position.fromFlat(this.#code, shape, this.#flat!);
    const coordinates = reshapeCoordinates(this.#code, this.#coordinates, this.shape, shape);
    const flat = this.#flat ?? this.#code.flatOf(shape, coordinates);
    if (flat !== undefined) this.#code.rememberFlat(shape, coordinates, flat);
    return new Position(this.#code, shape, flat, coordinates);
  }
}

/** Coordinates of the row-major index `flat` in `shape`. */
export function splitIndex(code: CodeWriter, flat: string, shape: Shape): string[] {
  const strides = stridesOf(shape);
  const outermost = shape.findIndex((dim) => dim !== 1);
  return shape.map((dim, axis) => {
    if (dim === 1) return '0u';
    const quotient = strides[axis] === 1 ? flat : `${flat} / ${strides[axis]}u`;
    if (axis === outermost) return code.name(quotient);
    return code.name(strides[axis] === 1 ? `${flat} % ${dim}u` : `(${quotient}) % ${dim}u`);
  });
}

/** Coordinates after a reshape; axes that pass through keep theirs, runs that merge or split go through a partial index. */
function reshapeCoordinates(code: CodeWriter, coordinates: readonly string[], from: Shape, to: Shape): string[] {
  const result = new Array<string>(to.length).fill('0u');
  const source = from.flatMap((dim, axis) => (dim === 1 ? [] : [axis]));
  const target = to.flatMap((dim, axis) => (dim === 1 ? [] : [axis]));
  let s = 0;
  let t = 0;
  while (s < source.length && t < target.length) {
    const sourceRun = [source[s++]!];
    const targetRun = [target[t++]!];
    let a = from[sourceRun[0]!]!;
    let b = to[targetRun[0]!]!;
    while (a !== b) {
      if (a < b) {
        sourceRun.push(source[s++]!);
        a *= from[sourceRun.at(-1)!]!;
      } else {
        targetRun.push(target[t++]!);
        b *= to[targetRun.at(-1)!]!;
      }
    }
    const runShape = sourceRun.map((axis) => from[axis]!);
    const partial = Position.fromCoordinates(
      code,
      runShape,
      sourceRun.map((axis) => coordinates[axis]!),
    ).flat();
    const parts = splitIndex(
      code,
      partial,
      targetRun.map((axis) => to[axis]!),
    );
    targetRun.forEach((axis, i) => {
      result[axis] = parts[i]!;
    });
  }
  return result;
}
