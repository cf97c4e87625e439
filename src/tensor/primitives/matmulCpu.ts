import type { Elements } from '../elements';

/** Rows of the right matrix that stay in the cache while a block of the left one passes. */
const K_BLOCK = 256;

/** `out = a b` for row-major `a` [m, k] and `b` [k, n]. float32 products are summed in float32 in the order of k; integers wrap. */
export function matmulBlocked(a: Elements, b: Elements, out: Elements, size: readonly [number, number, number]): void {
  out.fill(0);
  if (a instanceof Float32Array && b instanceof Float32Array && out instanceof Float32Array) multiplyFloat32(a, b, out, size);
  else multiplyPlain(a, b, out, size);
}

/** Four rows of `b` at a time, so that each element of `out` is loaded and stored once per four products. */
function multiplyFloat32(a: Float32Array, b: Float32Array, out: Float32Array, [m, k, n]: readonly [number, number, number]): void {
  for (let k0 = 0; k0 < k; k0 += K_BLOCK) {
    const kEnd = Math.min(k, k0 + K_BLOCK);
    for (let i = 0; i < m; i++) {
      const row = i * n;
      let p = k0;
      for (; p + 3 < kEnd; p += 4) {
        const at = i * k + p;
        const a0 = a[at]!;
        const a1 = a[at + 1]!;
        const a2 = a[at + 2]!;
        const a3 = a[at + 3]!;
        const b0 = p * n;
        const b1 = b0 + n;
        const b2 = b1 + n;
        const b3 = b2 + n;
        for (let j = 0; j < n; j++) out[row + j]! += a0 * b[b0 + j]! + a1 * b[b1 + j]! + a2 * b[b2 + j]! + a3 * b[b3 + j]!;
      }
      for (; p < kEnd; p++) {
        const value = a[i * k + p]!;
        const from = p * n;
        for (let j = 0; j < n; j++) out[row + j]! += value * b[from + j]!;
      }
    }
  }
}

function multiplyPlain(a: Elements, b: Elements, out: Elements, [m, k, n]: readonly [number, number, number]): void {
  const isFloat = out instanceof Float64Array || out instanceof Float32Array;
  for (let i = 0; i < m; i++) {
    for (let p = 0; p < k; p++) {
      const value = a[i * k + p]!;
      for (let j = 0; j < n; j++) out[i * n + j]! += isFloat ? value * b[p * n + j]! : Math.imul(value, b[p * n + j]!);
    }
  }
}
