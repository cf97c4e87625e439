/** A point in CSS pixels of the network picture. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where the units of the picture stand. */
export interface NetworkGeometry {
  readonly columns: readonly (readonly Point[])[];
  /** Centre of each column, also of those that list no unit. */
  readonly columnX: readonly number[];
  readonly side: number;
}

/** A line of the picture: `linear{layer + 1}.kernel[input, output]`. */
export interface Edge {
  readonly layer: number;
  readonly input: number;
  readonly output: number;
}

const MAX_SIDE = 44;
const MIN_SIDE = 20;
const GAP = 8;
const MAX_PITCH = 62;

/** Most units a column of `height` px can show. */
export const unitsThatFit = (height: number): number => Math.max(1, Math.min(12, Math.floor(height / (MIN_SIDE + GAP))));

interface Box {
  readonly width: number;
  readonly height: number;
  /** Room for names before the first and after the last column, px. */
  readonly left: number;
  readonly right: number;
}

/** Places `counts[c]` units in each column, columns evenly across, units evenly down the middle. */
export function placeUnits(counts: readonly number[], { width, height, left, right }: Box): NetworkGeometry {
  const most = Math.max(1, ...counts);
  const pitch = Math.min(MAX_PITCH, height / most);
  const side = Math.round(Math.min(MAX_SIDE, Math.max(MIN_SIDE, pitch - GAP)));
  const first = left + side / 2;
  const last = Math.max(first + 1, width - right - side / 2);
  const columnX = counts.map((_, c) => (counts.length === 1 ? width / 2 : first + ((last - first) * c) / (counts.length - 1)));
  const columns = counts.map((count, c) =>
    Array.from({ length: count }, (_, r) => ({ x: Math.round(columnX[c]!), y: Math.round(height / 2 + (r - (count - 1) / 2) * pitch) })),
  );
  return { columns, columnX, side };
}

/** Height of the curve from `a` to `b` at `x`: a cubic that leaves and arrives level, control points half-way across. */
function curveY(a: Point, b: Point, x: number): number {
  let low = 0;
  let high = 1;
  const share = (x - a.x) / (b.x - a.x);
  const at = (t: number) => 1.5 * t * (1 - t) * (1 - t) + 1.5 * t * t * (1 - t) + t ** 3;
  for (let i = 0; i < 14; i++) {
    const middle = (low + high) / 2;
    if (at(middle) < share) low = middle;
    else high = middle;
  }
  const rise = low * low * (3 - 2 * low);
  return a.y + (b.y - a.y) * rise;
}

/** The line nearest to `pointer`, if one is within 6 px. */
export function edgeAt({ columns, side }: NetworkGeometry, pointer: Point): Edge | null {
  const layer = columns.findIndex((column, c) => {
    const [from, to] = [column[0], columns[c + 1]?.[0]];
    return from !== undefined && to !== undefined && pointer.x > from.x + side / 2 && pointer.x < to.x - side / 2;
  });
  if (layer < 0) return null;
  let best: Edge | null = null;
  let distance = 6;
  columns[layer]!.forEach((from, input) => {
    columns[layer + 1]!.forEach((to, output) => {
      const away = Math.abs(curveY({ x: from.x + side / 2, y: from.y }, { x: to.x - side / 2, y: to.y }, pointer.x) - pointer.y);
      if (away < distance) {
        distance = away;
        best = { layer, input, output };
      }
    });
  });
  return best;
}
