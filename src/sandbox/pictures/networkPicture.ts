import { divergingColor, type PictureAppearance, writeDiverging } from './appearance';

/** Where the network picture has its units, CSS pixels: one list of centres per column, inputs first, outputs last. */
export interface PictureLayout {
  readonly columns: readonly (readonly { readonly x: number; readonly y: number }[])[];
  /** Which unit of its layer stands at each centre. */
  readonly units: readonly (readonly number[])[];
  /** Side of one unit's square map, CSS pixels. */
  readonly side: number;
}

/** A matrix of weights `[inputs, outputs]`, row-major. */
export interface Weights {
  readonly inputs: number;
  readonly outputs: number;
  readonly values: Float32Array;
}

/** One unit's map: a small square field of values, scaled to [-1, 1]. */
export interface UnitMap {
  readonly side: number;
  readonly values: Float32Array;
}

const MAX_LINE_WIDTH = 4;
const MIN_LINE_WIDTH = 0.4;
/** Corners of a unit's map are rounded by this, CSS pixels. */
const CORNER = 8;

const largest = (values: Float32Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;

/** Paints one line per weight between the units shown: colour by sign, width by size relative to the largest that is shown of its layer. */
export function paintEdges(
  canvas: OffscreenCanvas,
  layers: readonly Weights[],
  { columns, side }: PictureLayout,
  appearance: PictureAppearance,
): void {
  const context = canvas.getContext('2d')!;
  const ratio = appearance.devicePixelRatio;
  context.clearRect(0, 0, canvas.width, canvas.height);
  layers.forEach(({ inputs, outputs, values }, layer) => {
    const most = largest(values);
    const from = columns[layer] ?? [];
    const to = columns[layer + 1] ?? [];
    for (let i = 0; i < Math.min(inputs, from.length); i++) {
      for (let o = 0; o < Math.min(outputs, to.length); o++) {
        const weight = values[i * outputs + o]! / most;
        const [x0, x1] = [(from[i]!.x + side / 2) * ratio, (to[o]!.x - side / 2) * ratio];
        const [y0, y1] = [from[i]!.y * ratio, to[o]!.y * ratio];
        const bend = (x1 - x0) / 2;
        context.beginPath();
        context.moveTo(x0, y0);
        context.bezierCurveTo(x0 + bend, y0, x1 - bend, y1, x1, y1);
        context.lineWidth = Math.max(MIN_LINE_WIDTH, Math.abs(weight) * MAX_LINE_WIDTH) * ratio;
        context.globalAlpha = 0.25 + 0.75 * Math.abs(weight);
        context.strokeStyle = divergingColor(appearance.diverging, weight);
        context.stroke();
      }
    }
  });
  context.globalAlpha = 1;
}

/** Paints the maps of the units of columns 1 and up, centred on the listed points. */
export function paintNeurons(
  canvas: OffscreenCanvas,
  maps: readonly (readonly UnitMap[])[],
  { columns, side }: PictureLayout,
  appearance: PictureAppearance,
): void {
  const context = canvas.getContext('2d')!;
  const ratio = appearance.devicePixelRatio;
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = 'high';
  maps.forEach((units, layer) => {
    (columns[layer + 1] ?? []).forEach(({ x, y }, unit) => {
      const map = units[unit];
      if (map === undefined) return;
      const corner = [(x - side / 2) * ratio, (y - side / 2) * ratio] as const;
      context.save();
      context.beginPath();
      context.roundRect(...corner, side * ratio, side * ratio, CORNER * ratio);
      context.clip();
      context.drawImage(mapPicture(map, appearance), ...corner, side * ratio, side * ratio);
      context.restore();
    });
  });
}

function mapPicture({ side, values }: UnitMap, appearance: PictureAppearance): OffscreenCanvas {
  const picture = new OffscreenCanvas(side, side);
  const context = picture.getContext('2d')!;
  const image = context.createImageData(side, side);
  for (let i = 0; i < side * side; i++) writeDiverging(image.data, 4 * i, appearance.diverging, values[i] ?? 0, appearance.gain.neurons);
  context.putImageData(image, 0, 0);
  return picture;
}

/** The maps of units from their outputs over a square grid, `[cells, units]` row-major; each layer is scaled by its largest output. */
export function outputMaps(outputs: Float32Array, units: number, side: number): UnitMap[] {
  const most = largest(outputs);
  return Array.from({ length: units }, (_, unit) => ({
    side,
    values: Float32Array.from({ length: side * side }, (_cell, cell) => outputs[cell * units + unit]! / most),
  }));
}

/** The maps of units from their incoming weights: the first layer's of an image keep its form, others are laid out in a square. */
export function weightMaps({ inputs, outputs, values }: Weights): UnitMap[] {
  const most = largest(values);
  const side = Math.ceil(Math.sqrt(inputs));
  return Array.from({ length: outputs }, (_, unit) => ({
    side,
    values: Float32Array.from({ length: side * side }, (_cell, cell) => (cell < inputs ? values[cell * outputs + unit]! / most : 0)),
  }));
}
