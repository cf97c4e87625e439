import type { PreparedData, Rows } from '../data/prepared';
import { divergingColor, type PictureAppearance, writeDiverging } from './appearance';
import { type Grid, toPicture, zeroContour } from './grid';

type Context2D = OffscreenCanvasRenderingContext2D;

/** Radius of a data point, CSS pixels. */
const POINT_RADIUS = 3.3;
/** Width of the contour at p = 0.5, CSS pixels. */
const CONTOUR_WIDTH = 1.25;

/**
 * The model's answer over the grid as one value in [-1, 1] a cell: for two classes p(second) - p(first), for regression the prediction,
 * for more classes the margin of the winner over the runner-up, with the winner beside it.
 */
export interface Answer {
  readonly values: Float32Array;
  /** Winning class of each cell, when there are more than two. */
  readonly winners: Uint8Array | null;
}

/**
 * Numbers over the grid as an answer: predictions for regression (`classes` 0) and differences for two classes, one a cell, as they are;
 * logits `[cells, classes]` of more classes become winners and margins.
 */
export function answerOf(numbers: Float32Array, classes: number): Answer {
  if (classes <= 2) return { values: numbers, winners: null };
  const cells = numbers.length / classes;
  const values = new Float32Array(cells);
  const winners = new Uint8Array(cells);
  for (let cell = 0; cell < cells; cell++) {
    let [first, second] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let c = 0; c < classes; c++) {
      const logit = numbers[cell * classes + c]!;
      if (logit > first) {
        second = first;
        first = logit;
        winners[cell] = c;
      } else if (logit > second) second = logit;
    }
    let total = 0;
    for (let c = 0; c < classes; c++) total += Math.exp(numbers[cell * classes + c]! - first);
    values[cell] = (1 - Math.exp(second - first)) / total;
  }
  return { values, winners };
}

/** Probabilities of one row of logits. */
export function softmax(logits: Float32Array): Float32Array {
  const top = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp(logit - top));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** Paints the answer over the plane, the contour between two classes, and the data points. */
export class SurfacePainter {
  /** The points as they were painted last: they change with the run and the page's look, not with the model. */
  #points: { readonly key: readonly unknown[]; readonly picture: OffscreenCanvas } | null = null;

  paint(canvas: OffscreenCanvas, grid: Grid, answer: Answer, data: PreparedData, appearance: PictureAppearance): void {
    const context = canvas.getContext('2d')!;
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingQuality = 'high';
    context.drawImage(paintCells(grid, answer, appearance), 0, 0, canvas.width, canvas.height);
    if (answer.winners === null && data.dataset.task === 'classification') paintContour(context, grid, answer.values, appearance);
    context.drawImage(this.#pointsOf(canvas, data, appearance), 0, 0);
  }

  /** Paints the data alone. */
  paintData(canvas: OffscreenCanvas, data: PreparedData, appearance: PictureAppearance): void {
    const context = canvas.getContext('2d')!;
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(this.#pointsOf(canvas, data, appearance), 0, 0);
  }

  #pointsOf({ width, height }: OffscreenCanvas, data: PreparedData, appearance: PictureAppearance): OffscreenCanvas {
    const key = [data, appearance, width, height];
    if (this.#points?.key.every((part, i) => part === key[i])) return this.#points.picture;
    const picture = new OffscreenCanvas(width, height);
    const context = picture.getContext('2d')!;
    paintPoints(context, data, data.train, true, appearance);
    if (appearance.showTestPoints) paintPoints(context, data, data.test, false, appearance);
    this.#points = { key, picture };
    return picture;
  }
}

/** The answer alone, a pixel for each cell. */
export function paintCells(grid: Grid, { values, winners }: Answer, appearance: PictureAppearance): OffscreenCanvas {
  const picture = new OffscreenCanvas(grid.width, grid.height);
  const context = picture.getContext('2d')!;
  if (winners !== null) {
    context.fillStyle = appearance.field;
    context.fillRect(0, 0, grid.width, grid.height);
    values.forEach((value, i) => {
      context.globalAlpha = value * appearance.gain.surface * 0.7;
      context.fillStyle = appearance.classColors[winners[i]! % appearance.classColors.length]!;
      context.fillRect(i % grid.width, Math.floor(i / grid.width), 1, 1);
    });
    return picture;
  }
  const image = context.createImageData(grid.width, grid.height);
  values.forEach((value, i) => {
    writeDiverging(image.data, 4 * i, appearance.diverging, value, appearance.gain.surface);
  });
  context.putImageData(image, 0, 0);
  return picture;
}

function paintContour(context: Context2D, grid: Grid, values: Float32Array, { ink, devicePixelRatio }: PictureAppearance): void {
  const { width, height } = context.canvas;
  const segments = zeroContour(values, grid.width, grid.height);
  context.beginPath();
  for (let i = 0; i + 3 < segments.length; i += 4) {
    context.moveTo(((segments[i]! + 0.5) / grid.width) * width, ((segments[i + 1]! + 0.5) / grid.height) * height);
    context.lineTo(((segments[i + 2]! + 0.5) / grid.width) * width, ((segments[i + 3]! + 0.5) / grid.height) * height);
  }
  context.strokeStyle = ink;
  context.globalAlpha = 0.75;
  context.lineWidth = CONTOUR_WIDTH * devicePixelRatio;
  context.stroke();
  context.globalAlpha = 1;
}

function paintPoints(context: Context2D, { dataset }: PreparedData, rows: Rows, filled: boolean, appearance: PictureAppearance): void {
  const { width, height } = context.canvas;
  for (const row of rows.indices) {
    const [x, y] = toPicture(dataset.values[2 * row]!, dataset.values[2 * row + 1]!, width, height);
    const color = pointColor(dataset.task, dataset.labels[row]!, appearance);
    context.beginPath();
    context.arc(x, y, POINT_RADIUS * appearance.devicePixelRatio, 0, 2 * Math.PI);
    context.fillStyle = filled ? color : appearance.field;
    context.fill();
    context.lineWidth = (filled ? 1.1 : 1.6) * appearance.devicePixelRatio;
    context.strokeStyle = filled ? appearance.field : color;
    context.stroke();
  }
}

function pointColor(task: string, label: number, appearance: PictureAppearance): string {
  if (task === 'classification') return appearance.classColors[label % appearance.classColors.length]!;
  return divergingColor(appearance.diverging, label);
}
