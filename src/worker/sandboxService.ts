import * as Comlink from 'comlink';
import {
  type CheckpointInfo,
  type CheckpointRef,
  type Comparison,
  type DisplayNode,
  type EngineInfo,
  type Experiment,
  type ExportFormat,
  type FolderInfo,
  type FolderStep,
  type ForeignArrays,
  LinnetError,
  type MetricsChunk,
  type ModelLeaves,
  type ParameterSpread,
  type RunInfo,
  type SessionState,
  type StorageInfo,
  toLinnetError,
} from '#linnet/core';
import {
  confusionCounts,
  describeModel,
  exportStep,
  Folders,
  incomingWeights,
  jaxScript,
  modelCode,
  modelLeaves,
  modelOutputs,
  Pictures,
  parameterSpread,
  predictRow,
  type RunLibrary,
  Sandbox,
  shownUnits,
} from '#linnet/sandbox';
import { locate } from './inspection/upload';
import type { Appearance, CanvasName, NetworkLayout, OwnData, SandboxApi, SandboxEvents, Upload } from './protocol';

/** Finds what the sandbox stands on. */
export interface Foundations {
  startEngine(backend: 'auto' | 'cpu'): Promise<EngineInfo>;
  openLibrary(): Promise<RunLibrary>;
  /** This page's protocol version. */
  readonly protocol: number;
}

/** Time between heartbeats, ms. */
const HEARTBEAT_MS = 1000;

/** The sandbox as the page's calls reach it: finds the right part for each call, keeps uploads and pictures. */
export class SandboxService implements SandboxApi {
  readonly #foundations: Foundations;
  readonly #folders = new Folders();
  #sandbox: Sandbox | null = null;
  readonly #pictures = new Pictures(
    () => this.#sandbox?.subject ?? null,
    // A picture that cannot be painted is not worth a stop: the next one may be, and numbers are shown anyway.
    (error) => console.warn(toLinnetError(error, 'InternalError').message),
  );

  constructor(foundations: Foundations) {
    this.#foundations = foundations;
  }

  async start(options: { protocol: number; backend?: 'auto' | 'cpu' }, events: SandboxEvents): Promise<EngineInfo> {
    if (options.protocol !== this.#foundations.protocol) {
      throw new LinnetError(
        'UnsupportedFormatError',
        `The page speaks version ${options.protocol} of the protocol and the worker version ${this.#foundations.protocol}. Reload the page to get both from one release.`,
      );
    }
    const engine = await this.#foundations.startEngine(options.backend ?? 'auto');
    const library = await this.#foundations.openLibrary();
    const listener = {
      state: (state: SessionState) => events.state(state),
      metrics: (chunk: MetricsChunk) => events.metrics(chunk),
      checkpoints: (list: CheckpointInfo[]) => events.checkpoints(list),
      changed: () => this.#pictures.request(),
      taken: (...run: Parameters<Pictures['keep']>) => this.#pictures.keep(...run),
      engine: (info: EngineInfo) => events.engine(info),
    };
    this.#sandbox = new Sandbox(engine, library, listener, (backend) => this.#foundations.startEngine(backend));
    events.heartbeat();
    setInterval(() => events.heartbeat(), HEARTBEAT_MS);
    // What is saved is looked over while the first run is being made; a look that fails is tried again at the next start.
    library.lookOver().catch((error: unknown) => console.warn(toLinnetError(error, 'StorageError').message));
    return engine;
  }

  get #started(): Sandbox {
    if (this.#sandbox !== null) return this.#sandbox;
    throw new LinnetError('InvalidArgumentError', 'The sandbox was not started: call start first.');
  }

  newRun(experiment: Experiment, ownData?: OwnData): Promise<RunInfo> {
    return this.#started.newRun(experiment, ownData);
  }
  updateOptimizer(optimizer: Experiment['optimizer']): Promise<void> {
    return this.#started.updateOptimizer(optimizer);
  }
  play(options?: { speed?: 1 | 10 | 'max'; patience?: number }): Promise<void> {
    return this.#started.play(options);
  }
  pause(): Promise<void> {
    return this.#started.pause();
  }
  step(count: number): Promise<void> {
    return this.#started.step(count);
  }
  epoch(): Promise<void> {
    return this.#started.epoch();
  }
  reset(): Promise<RunInfo> {
    return this.#started.reset();
  }

  save(options?: { name?: string; note?: string }): Promise<CheckpointInfo> {
    return this.#started.save(options);
  }
  async listRuns(): ReturnType<SandboxApi['listRuns']> {
    const runs = await this.#started.library.list();
    return runs.map(({ record, name, latest, checkpoints }) => ({
      run: { ...record.run, name, experiment: record.experiment },
      latestStep: latest.step,
      savedAtMs: latest.savedAt,
      checkpoints,
    }));
  }
  listCheckpoints(run: string): Promise<CheckpointInfo[]> {
    return this.#started.library.checkpoints(run);
  }
  takeOver(): Promise<RunInfo> {
    return this.#started.takeOver();
  }
  recover(backend: 'auto' | 'cpu'): Promise<void> {
    return this.#started.recover(backend);
  }
  restore(run: string, step: number): Promise<RunInfo> {
    return this.#started.restore(run, step);
  }
  lookAt(step: number | null): Promise<void> {
    return this.#started.lookAt(step, step !== null && this.#pictures.knows(step));
  }
  branch(run: string, step: number): Promise<RunInfo> {
    return this.#started.branch(run, step);
  }
  annotate(run: string, step: number, change: { name?: string | null; note?: string | null }): Promise<void> {
    return this.#started.changeCheckpoints(run, () => this.#started.library.annotate(run, step, change));
  }
  renameRun(run: string, name: string): Promise<void> {
    return this.#started.renameRun(run, name);
  }
  remove(run: string, step: number): Promise<void> {
    return this.#started.changeCheckpoints(run, () => this.#started.library.remove(run, step));
  }
  undoRemove(run: string, step: number): Promise<void> {
    return this.#started.changeCheckpoints(run, () => this.#started.library.undoRemove(run, step));
  }
  metricsOf(run: string): Promise<MetricsChunk> {
    return this.#started.metricsOf(run);
  }

  compare(first: CheckpointRef, second: CheckpointRef): Promise<Comparison> {
    return this.#started.library.compare(first, second);
  }
  async exportCheckpoint(run: string, step: number, format: ExportFormat): Promise<{ name: string; blob: Blob }> {
    const file = await this.#file(run, step, format);
    this.#started.backedUp();
    return file;
  }
  checkpointFile(run: string, step: number): Promise<{ name: string; blob: Blob }> {
    return this.#file(run, step, 'orbax');
  }
  async #file(run: string, step: number, format: ExportFormat): Promise<{ name: string; blob: Blob }> {
    const { library } = this.#started;
    return exportStep(await library.open(run, step), (await library.nameOf(run)) ?? run, step, format);
  }

  keepFolder(handle: FileSystemDirectoryHandle): Promise<void> {
    return this.#folders.keep(handle);
  }
  folders(): Promise<FolderInfo[]> {
    return this.#folders.list();
  }
  forgetFolder(name: string): Promise<void> {
    return this.#folders.forget(name);
  }
  folderSteps(name: string): Promise<FolderStep[]> {
    return this.#folders.steps(name);
  }
  async writeToFolder(name: string, run: string, step: number): Promise<FolderStep> {
    const { library } = this.#started;
    const written = await this.#folders.write(name, await library.open(run, step), (await library.nameOf(run)) ?? run, step);
    this.#started.backedUp();
    return written;
  }
  folderFiles(name: string, path: string): Promise<Upload> {
    return this.#folders.open(name, path);
  }

  async modelLeaves(): Promise<ModelLeaves | null> {
    return this.#started.hasSession ? modelLeaves(this.#started.session.trainer.form) : null;
  }
  load(arrays: ForeignArrays): ReturnType<SandboxApi['load']> {
    return this.#started.load(arrays);
  }
  async importRun(upload: Upload): Promise<RunInfo> {
    const { step } = await locate(upload);
    return this.#started.importStep(step.path);
  }

  async attachCanvas(name: CanvasName, canvas: OffscreenCanvas): Promise<void> {
    this.#pictures.attach(name, canvas);
  }
  async resizeCanvas(name: CanvasName, width: number, height: number): Promise<void> {
    this.#pictures.resize(name, width, height);
  }
  async setAppearance(appearance: Appearance): Promise<void> {
    this.#pictures.setAppearance(appearance);
  }
  async setNetworkLayout(layout: NetworkLayout): Promise<void> {
    this.#pictures.setLayout(layout);
  }
  async thumbnail(run: string, step: number): Promise<ImageBitmap | null> {
    const picture = await this.#pictures.thumbnail(run, step);
    return picture === null ? null : Comlink.transfer(picture, [picture]);
  }
  async incomingWeights(layer: number, output: number): Promise<Float32Array> {
    return incomingWeights(await this.#started.view(), layer, output);
  }
  async parameterSpread(): Promise<ParameterSpread[]> {
    return parameterSpread(await this.#started.view());
  }
  async shownUnits(room: readonly number[]): Promise<number[][]> {
    return shownUnits(await this.#started.view(), room);
  }
  async predict(row: Float32Array): Promise<Float32Array> {
    return predictRow(await this.#started.view(), row);
  }
  async logits(inputs: Float32Array): Promise<Float32Array> {
    return modelOutputs(await this.#started.view(), inputs);
  }
  async confusion(): Promise<number[][]> {
    return confusionCounts(await this.#started.view());
  }
  async continueInJax(run: string, step: number): Promise<string> {
    const { library } = this.#started;
    return jaxScript(await library.open(run, step), (await library.nameOf(run)) ?? run);
  }
  async describeModel(): Promise<DisplayNode> {
    return describeModel(await this.#started.view());
  }
  async modelCode(): Promise<string> {
    return modelCode(this.#started.session.info);
  }

  async hidden(): Promise<void> {
    this.#sandbox?.hidden();
  }

  async checkLibrary(): Promise<StorageInfo> {
    await this.#started.library.lookOver({ deep: true });
    return this.#started.storage();
  }
  storage(): Promise<StorageInfo> {
    return this.#started.storage();
  }
  requestPersistence(): Promise<boolean> {
    return this.#started.requestPersistence();
  }
}
