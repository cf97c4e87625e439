import { featureRows } from '../data/features';
import { standardize } from '../data/prepared';
import { onDevice } from '../deviceRows';
import type { Session } from '../session';
import type { TrainingState } from '../trainingState';
import type { PictureAppearance } from './appearance';
import { type Grid, makeGrid } from './grid';
import { outputMaps, type PictureLayout, paintEdges, paintNeurons, type UnitMap, type Weights, weightMaps } from './networkPicture';
import { answerOf, paintSurface } from './surfacePicture';

export type PictureName = 'surface' | 'neurons' | 'edges';

/** Rows of the grid behind the surface, and side of the grid behind a unit's map. */
const SURFACE_ROWS = 96;
const UNIT_SIDE = 24;
/** Least time between two pictures, ms; with reduced motion surfaces refresh four times a second. */
const INTERVAL_MS = 66;
const REDUCED_INTERVAL_MS = 250;

/** What is painted: a run, with its present parameters or those of a checkpoint that is looked at. */
export interface Subject {
  readonly session: Session;
  readonly state: TrainingState | null;
}

/**
 * The pictures of the model: computed on the device, painted on canvases that the page handed over. Painting never waits in the way of
 * training: while one picture is being computed, further wishes are remembered as one.
 */
export class Pictures {
  readonly #canvases = new Map<PictureName, OffscreenCanvas>();
  readonly #sizes = new Map<PictureName, readonly [number, number]>();
  readonly #subject: () => Subject | null;
  readonly #failed: (error: unknown) => void;
  #appearance: PictureAppearance | null = null;
  #layout: PictureLayout | null = null;
  #busy = false;
  #wanted = false;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(subject: () => Subject | null, failed: (error: unknown) => void) {
    this.#subject = subject;
    this.#failed = failed;
  }

  attach(name: PictureName, canvas: OffscreenCanvas): void {
    this.#canvases.set(name, canvas);
    this.#fit(name);
    this.request();
  }

  /** New size in CSS pixels. */
  resize(name: PictureName, width: number, height: number): void {
    this.#sizes.set(name, [width, height]);
    this.#fit(name);
    this.request();
  }

  setAppearance(appearance: PictureAppearance): void {
    this.#appearance = appearance;
    for (const name of this.#canvases.keys()) this.#fit(name);
    this.request();
  }

  /** Gives a canvas its size in device pixels, once both it and the screen's ratio are known. */
  #fit(name: PictureName): void {
    const canvas = this.#canvases.get(name);
    const size = this.#sizes.get(name);
    if (canvas === undefined || size === undefined || this.#appearance === null) return;
    const [width, height] = size.map((length) => Math.max(1, Math.round(length * this.#appearance!.devicePixelRatio))) as [number, number];
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
  }

  setLayout(layout: PictureLayout): void {
    this.#layout = layout;
    this.request();
  }

  /** Something to see has changed: paints soon. */
  request(): void {
    this.#wanted = true;
    if (this.#busy || this.#canvases.size === 0 || this.#appearance === null) return;
    this.#busy = true;
    void this.#paintWhileWanted().finally(() => {
      this.#busy = false;
    });
  }

  async #paintWhileWanted(): Promise<void> {
    while (this.#wanted) {
      const interval = this.#appearance!.reducedMotion ? REDUCED_INTERVAL_MS : INTERVAL_MS;
      const early = this.#lastMs + interval - performance.now();
      if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
      this.#wanted = false;
      this.#lastMs = performance.now();
      const subject = this.#subject();
      if (subject === null) return;
      try {
        await this.#paint(subject, this.#appearance!);
      } catch (error) {
        this.#failed(error);
        return;
      }
    }
  }

  async #paint(subject: Subject, appearance: PictureAppearance): Promise<void> {
    const { session } = subject;
    const surface = this.#canvases.get('surface');
    const [neurons, edges] = [this.#canvases.get('neurons'), this.#canvases.get('edges')];
    const layout = this.#layout;
    // Everything is read at one step: the reads are submitted together before any of them is awaited.
    const grid = makeGrid(SURFACE_ROWS, surface === undefined ? 1 : surface.width / surface.height);
    const answer = surface !== undefined && session.info.hasSurface ? outputsOver(subject, grid) : null;
    const weights = layout !== null && (edges !== undefined || neurons !== undefined) ? readWeights(subject) : null;
    const maps = layout !== null && neurons !== undefined ? unitMaps(subject, weights!) : null;
    if (answer !== null) {
      const { dataset } = session.trainer.data;
      paintSurface(
        surface!,
        grid,
        answerOf((await answer).at(-1)!, dataset.task === 'regression' ? 0 : dataset.classNames.length),
        session.trainer.data,
        appearance,
      );
    }
    if (edges !== undefined && weights !== null) paintEdges(edges, await weights, layout!, appearance);
    if (maps !== null) paintNeurons(neurons!, await maps, layout!, appearance);
  }
}

/** Outputs of every layer over the grid, `[cells, units]` row-major each. */
async function outputsOver({ session, state }: Subject, grid: Grid): Promise<Float32Array[]> {
  const { trainer, info } = session;
  const rows = featureRows(grid.points, info.experiment.data.features);
  if (trainer.data.standardizer !== null) standardize(rows, trainer.data.standardizer);
  const inputs = onDevice(rows, [grid.width * grid.height, info.featureNames.length]);
  const layers = trainer.activations(inputs, state?.model);
  const values = await Promise.all(layers.map((layer) => layer.data()));
  for (const array of [inputs, ...layers]) array.dispose();
  return values as Float32Array[];
}

async function readWeights({ session, state }: Subject): Promise<Weights[]> {
  return Promise.all(
    session.info.layers.map(async ({ name, inputs, outputs }) => ({
      inputs,
      outputs,
      values: await session.trainer.kernel(name, state?.model),
    })),
  );
}

async function unitMaps(subject: Subject, weights: Promise<Weights[]>): Promise<UnitMap[][]> {
  if (!subject.session.info.hasSurface) return (await weights).map(weightMaps);
  const outputs = await outputsOver(subject, makeGrid(UNIT_SIDE, 1));
  return outputs.map((values, layer) => outputMaps(values, subject.session.info.layers[layer]!.outputs, UNIT_SIDE));
}
