import type { Elements } from '../elements';

/** Rows and columns of a tile of the result, whose sums stay in registers. */
const TILE = 4;

/** `out = a b` for row-major `a` [m, k] and `b` [k, n]. Floats are summed in double precision in the order of k and rounded once; integers wrap. */
export function matmulBlocked(a: Elements, b: Elements, out: Elements, size: readonly [number, number, number]): void {
  if (out instanceof Float32Array || out instanceof Float64Array) multiplyFloats(a, b, out, size);
  else multiplyIntegers(a, b, out, size);
}

/** `count` lines of `length` elements, in groups of TILE: for each group, the TILE values at step 0, then at step 1, ... Short groups are filled with 0. */
function packLines(source: Elements, count: number, length: number, lineStride: number, stepStride: number): Float64Array {
  const packed = new Float64Array(Math.ceil(count / TILE) * TILE * length);
  for (let line = 0; line < count; line++) {
    let at = Math.floor(line / TILE) * TILE * length + (line % TILE);
    for (let step = 0, from = line * lineStride; step < length; step++, from += stepStride, at += TILE) packed[at] = source[from]!;
  }
  return packed;
}

function multiplyFloats(a: Elements, b: Elements, out: Float32Array | Float64Array, [m, k, n]: readonly [number, number, number]): void {
  const rows = packLines(a, m, k, k, 1);
  const columns = packLines(b, n, k, 1, n);
  const tile = new Float64Array(TILE * TILE);
  for (let i = 0; i < m; i += TILE) {
    for (let j = 0; j < n; j += TILE) {
      multiplyTile(rows, i * k, columns, j * k, k, tile);
      const [height, width] = [Math.min(TILE, m - i), Math.min(TILE, n - j)];
      for (let r = 0; r < height; r++) {
        for (let c = 0; c < width; c++) out[(i + r) * n + j + c] = tile[r * TILE + c]!;
      }
    }
  }
}

/** Sixteen sums of products at once: each loaded number is used four times. */
function multiplyTile(a: Float64Array, aStart: number, b: Float64Array, bStart: number, k: number, tile: Float64Array): void {
  let s00 = 0,
    s01 = 0,
    s02 = 0,
    s03 = 0;
  let s10 = 0,
    s11 = 0,
    s12 = 0,
    s13 = 0;
  let s20 = 0,
    s21 = 0,
    s22 = 0,
    s23 = 0;
  let s30 = 0,
    s31 = 0,
    s32 = 0,
    s33 = 0;
  for (let p = 0, i = aStart, j = bStart; p < k; p++, i += TILE, j += TILE) {
    const b0 = b[j]!;
    const b1 = b[j + 1]!;
    const b2 = b[j + 2]!;
    const b3 = b[j + 3]!;
    const a0 = a[i]!;
    s00 += a0 * b0;
    s01 += a0 * b1;
    s02 += a0 * b2;
    s03 += a0 * b3;
    const a1 = a[i + 1]!;
    s10 += a1 * b0;
    s11 += a1 * b1;
    s12 += a1 * b2;
    s13 += a1 * b3;
    const a2 = a[i + 2]!;
    s20 += a2 * b0;
    s21 += a2 * b1;
    s22 += a2 * b2;
    s23 += a2 * b3;
    const a3 = a[i + 3]!;
    s30 += a3 * b0;
    s31 += a3 * b1;
    s32 += a3 * b2;
    s33 += a3 * b3;
  }
  tile.set([s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33]);
}

function multiplyIntegers(a: Elements, b: Elements, out: Elements, [m, k, n]: readonly [number, number, number]): void {
  out.fill(0);
  for (let i = 0; i < m; i++) {
    for (let p = 0; p < k; p++) {
      const value = a[i * k + p]!;
      for (let j = 0; j < n; j++) out[i * n + j]! += Math.imul(value, b[p * n + j]!);
    }
  }
}
