/** Side of the drawing grid; the data set was made from bitmaps of this size. */
export const GRID = 32;
const SIDE = 8;
const BLOCK = GRID / SIDE;
/** The data set's digits fill most of the height of their bitmap. */
const FILL = 28;

/** Moves and scales the drawn part of a 32 x 32 bitmap (1 = ink) to fill the frame as the data set's digits do. An empty bitmap stays empty. */
export function centred(bitmap: Uint8Array): Uint8Array {
  let [left, top, right, bottom] = [GRID, GRID, -1, -1];
  bitmap.forEach((ink, i) => {
    if (ink === 0) return;
    const [x, y] = [i % GRID, Math.floor(i / GRID)];
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  });
  if (right < 0) return bitmap;
  const scale = Math.max(right - left + 1, bottom - top + 1) / FILL;
  const [cx, cy] = [(left + right + 1) / 2, (top + bottom + 1) / 2];
  return Uint8Array.from({ length: GRID * GRID }, (_, i) => {
    const x = Math.floor(cx + ((i % GRID) + 0.5 - GRID / 2) * scale);
    const y = Math.floor(cy + (Math.floor(i / GRID) + 0.5 - GRID / 2) * scale);
    return x < 0 || y < 0 || x >= GRID || y >= GRID ? 0 : bitmap[y * GRID + x]!;
  });
}

/** 64 values, 0 to 16: inked pixels in each 4 x 4 block, as the digits data set counts them. */
export function blockCounts(bitmap: Uint8Array): Float32Array {
  const counts = new Float32Array(SIDE * SIDE);
  bitmap.forEach((ink, i) => {
    const block = Math.floor(Math.floor(i / GRID) / BLOCK) * SIDE + Math.floor((i % GRID) / BLOCK);
    counts[block]! += ink;
  });
  return counts;
}

/** Inks a round pen of `radius` at every point from (x0, y0) to (x1, y1), in grid units. */
export function stroke(bitmap: Uint8Array, x0: number, y0: number, x1: number, y1: number, radius = 1.8): Uint8Array {
  const next = bitmap.slice();
  const steps = Math.max(1, Math.ceil(Math.hypot(x1 - x0, y1 - y0) * 2));
  for (let s = 0; s <= steps; s++) {
    const [cx, cy] = [x0 + ((x1 - x0) * s) / steps, y0 + ((y1 - y0) * s) / steps];
    for (let y = Math.max(0, Math.floor(cy - radius)); y <= Math.min(GRID - 1, cy + radius); y++) {
      for (let x = Math.max(0, Math.floor(cx - radius)); x <= Math.min(GRID - 1, cx + radius); x++) {
        if ((x + 0.5 - cx) ** 2 + (y + 0.5 - cy) ** 2 <= radius * radius) next[y * GRID + x] = 1;
      }
    }
  }
  return next;
}
