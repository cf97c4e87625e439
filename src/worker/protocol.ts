import type {
  CheckpointInfo,
  CheckpointRef,
  Comparison,
  DisplayNode,
  EngineInfo,
  Experiment,
  ExportFormat,
  FolderInfo,
  FolderStep,
  ForeignArrays,
  MetricsChunk,
  ModelLeaves,
  ParameterSpread,
  RunInfo,
  SessionState,
  StorageInfo,
} from '#linnet/core';

/** Raised whenever page and worker could misunderstand each other; both sides compare it at start. */
export const PROTOCOL_VERSION = 1;

/** What the worker tells the page. State at most once a frame while training; the rest when it changes. */
export interface SandboxEvents {
  state(state: SessionState): void;
  metrics(chunk: MetricsChunk): void;
  /** The list of checkpoints of the present run changed. */
  checkpoints(list: CheckpointInfo[]): void;
  /** Another device, or the CPU, took the place of one that was lost; the run goes on there. */
  engine(engine: EngineInfo): void;
  /** Every second, while the worker is alive. */
  heartbeat(): void;
}

/**
 * Pictures the worker paints on canvases that the page handed over. `surface`: the answer over the plane, with data points and the
 * contour at p = 0.5. `edges` and `neurons` lie on each other, equally large, under the page's own buttons: lines for weights, and on
 * top of their ends one map per unit.
 */
export type CanvasName = 'surface' | 'neurons' | 'edges';

/** Colours and sizes the worker needs to paint; tables are 256 RGBA entries. */
export interface Appearance {
  readonly diverging: Uint8Array;
  readonly sequential: Uint8Array;
  /** CSS colours. */
  readonly ink: string;
  readonly field: string;
  readonly classColors: readonly string[];
  /** Share of the tables' range in use (1 = all): less behind data points and in small maps, so that points and lines stay readable. */
  readonly gain: { readonly surface: number; readonly neurons: number };
  readonly devicePixelRatio: number;
  readonly showTestPoints: boolean;
  readonly reducedMotion: boolean;
}

/**
 * Where the network picture has its units, in CSS pixels of the `edges` and `neurons` canvases: one list of centres per column, inputs
 * first, outputs last. A column may list fewer units than the layer has or none (an image has no input
 * column): lines are drawn between listed units only, from the right edge of one map to the left edge of the next, as cubic curves that
 * leave and arrive level, with both control points half-way across (the page finds the line under the pointer by the same curve). The page draws the inputs' maps itself; the worker paints those of columns 1 and
 * up, centred on the listed points: the unit's output over the plane when the run has a surface, else its incoming weights (8 x 8 for
 * digits) as a heat map.
 */
export interface NetworkLayout {
  readonly columns: readonly (readonly { readonly x: number; readonly y: number }[])[];
  /** Which unit of its layer stands at each centre: a column may show a few of many. */
  readonly units: readonly (readonly number[])[];
  /** Side of one unit's square map, CSS pixels; corners are rounded by 8. */
  readonly side: number;
}

/** The person's own data: rows of numbers, the last column being the label (class index, or a value for regression). */
export interface OwnData {
  readonly name: string;
  readonly columns: readonly string[];
  /** Row-major, `columns.length` values a row. */
  readonly values: Float32Array;
  readonly classNames: readonly string[];
  readonly task: 'classification' | 'regression';
}

/** A dropped or picked upload: files with their paths. */
export interface Upload {
  readonly name: string;
  readonly files: readonly { readonly path: string; readonly blob: Blob }[];
}

/** The sandbox as the page sees it, through Comlink: every call is asynchronous, every error arrives as a LinnetError. */
export interface SandboxApi {
  /** Finds a device and opens the store. The first call. `backend: 'cpu'` skips WebGPU. */
  start(options: { protocol: number; backend?: 'auto' | 'cpu' }, events: SandboxEvents): Promise<EngineInfo>;
  /** Starts a new run of `experiment`, paused at step 0. */
  newRun(experiment: Experiment, ownData?: OwnData): Promise<RunInfo>;
  /** Changes that keep the run (learning rate, schedule, decay, clipping); others need a new run. */
  updateOptimizer(optimizer: Experiment['optimizer']): Promise<void>;
  /** Trains until paused, or until the test loss has not become better for `patience` steps. */
  play(options?: { speed?: 1 | 10 | 'max'; patience?: number }): Promise<void>;
  pause(): Promise<void>;
  /** Trains exactly `count` steps, then pauses. */
  step(count: number): Promise<void>;
  epoch(): Promise<void>;
  /** Back to step 0 of the same experiment, as a new run. */
  reset(): Promise<RunInfo>;

  save(options?: { name?: string; note?: string }): Promise<CheckpointInfo>;
  listRuns(): Promise<{ run: RunInfo; latestStep: number | null; savedAtMs: number | null; checkpoints: number }[]>;
  listCheckpoints(run: string): Promise<CheckpointInfo[]>;
  /** Continues the run from this checkpoint, bit for bit. Later checkpoints stay. */
  restore(run: string, step: number): Promise<RunInfo>;
  /** Takes the open run over from the tab that trains it or took it further; it goes on here from what was saved last. */
  takeOver(): Promise<RunInfo>;
  /** Goes on after a lost device: on another one, or on the CPU. */
  recover(backend: 'auto' | 'cpu'): Promise<void>;
  /** Shows a checkpoint without changing the run; null returns to the present. */
  lookAt(step: number | null): Promise<void>;
  /** A new run that starts at this checkpoint. */
  branch(run: string, step: number): Promise<RunInfo>;
  annotate(run: string, step: number, change: { name?: string | null; note?: string | null }): Promise<void>;
  renameRun(run: string, name: string): Promise<void>;
  /** Into the bin, for seven days. */
  remove(run: string, step: number): Promise<void>;
  undoRemove(run: string, step: number): Promise<void>;
  metricsOf(run: string): Promise<MetricsChunk>;

  /** How two saved checkpoints differ, leaf by leaf: parameters, optimiser and random streams. */
  compare(first: CheckpointRef, second: CheckpointRef): Promise<Comparison>;
  /** `<run name>/<step>/…` as a zip of Orbax items, for JAX with a script and the rows; the other formats hold the parameters alone. */
  exportCheckpoint(run: string, step: number, format: ExportFormat): Promise<{ name: string; blob: Blob }>;
  /** The Orbax zip of a checkpoint to look into here: it does not leave the browser, and is no backup. */
  checkpointFile(run: string, step: number): Promise<{ name: string; blob: Blob }>;
  /** Every array that the present model and its optimiser want, for matching an upload against; null without a run. */
  modelLeaves(): Promise<ModelLeaves | null>;
  /** A new run of the present experiment that starts with arrays of an upload, as the inspector read and checked them. */
  load(arrays: ForeignArrays): Promise<{ run: RunInfo; loaded: string[]; zeroed: string[]; fresh: string[] }>;
  /** Restores a whole run that Linnet saved, as a run of its own. The inspector has read every byte of it before. */
  importRun(upload: Upload): Promise<RunInfo>;
  /** Keeps a folder of this computer as a place for checkpoints, also for later visits. */
  keepFolder(handle: FileSystemDirectoryHandle): Promise<void>;
  /** The kept folders, and whether each may be used in this visit. */
  folders(): Promise<FolderInfo[]>;
  forgetFolder(name: string): Promise<void>;
  /** The steps in a kept folder. */
  folderSteps(name: string): Promise<FolderStep[]>;
  /** Writes a step into a kept folder as `<run name>/<step>/…`, as Orbax has it, and checks every byte there. */
  writeToFolder(name: string, run: string, step: number): Promise<FolderStep>;
  /** The files of a step in a kept folder, to be looked into like an upload. */
  folderFiles(name: string, path: string): Promise<Upload>;

  /** Takes over a canvas; a later one of the same name replaces it (the page mounts a view anew). The page sends its size right after. */
  attachCanvas(name: CanvasName, canvas: OffscreenCanvas): Promise<void>;
  /** Size in CSS pixels; times `Appearance.devicePixelRatio` it is the canvas's own. Repaints at once; at 0 by 0 nobody sees it, and it rests. */
  resizeCanvas(name: CanvasName, width: number, height: number): Promise<void>;
  setAppearance(appearance: Appearance): Promise<void>;
  /** A small decision surface at a checkpoint of the present run; null for other runs and where there is no plane. */
  thumbnail(run: string, step: number): Promise<ImageBitmap | null>;
  setNetworkLayout(layout: NetworkLayout): Promise<void>;
  /** `linear{layer+1}.kernel[:, output]`, at the checkpoint looked at. */
  incomingWeights(layer: number, output: number): Promise<Float32Array>;
  /** Which units to show where column `c` (inputs first) has room for `room[c]`: of wider hidden layers the strongest, strongest first. */
  shownUnits(room: readonly number[]): Promise<number[][]>;
  /** How the values of each Param are spread, and those of its gradients on the batch that comes next, at the checkpoint looked at. */
  parameterSpread(): Promise<ParameterSpread[]>;
  /** Class probabilities for one row of the data set's columns, e.g. a digit drawn by hand (64 values, 0 to 16); scaled here as training rows are. */
  predict(row: Float32Array): Promise<Float32Array>;
  /** The model's outputs before any softmax, `[rows, outputs]` row-major, for rows of its inputs as training feeds them. */
  logits(inputs: Float32Array): Promise<Float32Array>;
  /** Counts[true class][predicted class] over the test set. */
  confusion(): Promise<number[][]>;
  /** Python (Flax NNX, Optax, Orbax) that restores this checkpoint and trains on. */
  continueInJax(run: string, step: number): Promise<string>;
  /** Modules, Variables and their arrays with statistics and heat maps, at the checkpoint looked at. */
  describeModel(): Promise<DisplayNode>;
  /** The model as NNX code in TypeScript. */
  modelCode(): Promise<string>;

  /** The page went out of sight: what is new is saved. */
  hidden(): Promise<void>;

  storage(): Promise<StorageInfo>;
  /** Reads every byte of every checkpoint; `storage` lists what is not as it was saved. Nothing is repaired or deleted. */
  checkLibrary(): Promise<StorageInfo>;
  requestPersistence(): Promise<boolean>;
}
