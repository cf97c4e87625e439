import { PLANE_RADIUS } from '../data/generated';

/** Points of a regular grid over the plane, seen as a picture: rows from top to bottom. */
export interface Grid {
  readonly width: number;
  readonly height: number;
  /** Row-major `[height * width, 2]` coordinates of the cells' centres. */
  readonly points: Float32Array;
}

/** Half the height of the plane that pictures show; their width follows from their aspect. */
export const HALF_HEIGHT = PLANE_RADIUS;

/** A grid of `height` rows over a picture `aspect` times as wide as high. */
export function makeGrid(height: number, aspect: number): Grid {
  const width = Math.max(1, Math.round(height * aspect));
  const points = new Float32Array(2 * width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const at = 2 * (row * width + column);
      points[at] = HALF_HEIGHT * aspect * ((2 * (column + 0.5)) / width - 1);
      points[at + 1] = HALF_HEIGHT * (1 - (2 * (row + 0.5)) / height);
    }
  }
  return { width, height, points };
}

/** Where the point (x, y) of the plane lies in a picture of this size. */
export function toPicture(x: number, y: number, width: number, height: number): [x: number, y: number] {
  const scale = height / (2 * HALF_HEIGHT);
  return [width / 2 + x * scale, height / 2 - y * scale];
}

/** Line segments where a field over a grid changes sign, in units of cells: `[x0, y0, x1, y1, …]`. */
export function zeroContour(values: Float32Array, width: number, height: number): number[] {
  const segments: number[] = [];
  for (let row = 0; row + 1 < height; row++) {
    for (let column = 0; column + 1 < width; column++) {
      const at = row * width + column;
      const [a, b, c, d] = [values[at]!, values[at + 1]!, values[at + width]!, values[at + width + 1]!];
      const crossings: number[] = [];
      if (a * b < 0) crossings.push(column + a / (a - b), row);
      if (b * d < 0) crossings.push(column + 1, row + b / (b - d));
      if (c * d < 0) crossings.push(column + c / (c - d), row + 1);
      if (a * c < 0) crossings.push(column, row + a / (a - c));
      segments.push(...crossings.slice(0, crossings.length - (crossings.length % 4)));
    }
  }
  return segments;
}
