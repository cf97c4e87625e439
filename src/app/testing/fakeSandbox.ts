import * as Comlink from 'comlink';
import type { CheckpointInfo, DisplayNode, Experiment, InspectReport, LeafInfo, MetricsChunk, RunInfo, SessionState } from '#linnet/core';
import { LinnetError } from '#linnet/core';
import type { Appearance, NetworkLayout, SandboxApi, SandboxEvents, WorkerHost } from '#linnet/worker';

/** Classes of the sets that have some. */
const CLASSES: Record<string, string[]> = {
  digits: [...'0123456789'],
  iris: ['setosa', 'versicolor', 'virginica'],
  wine: ['0', '1', '2'],
  'breast-cancer': ['malignant', 'benign'],
};
const SAVE_EVERY = 50;
const PLANE = ['spiral', 'moons', 'circles', 'xor', 'gauss', 'plane', 'regress-gauss', 'points'];

function inputNames(experiment: Experiment): string[] {
  if (PLANE.includes(experiment.data.name)) return [...experiment.data.features];
  if (experiment.data.name === 'digits') return Array.from({ length: 64 }, (_, i) => `pixel ${i}`);
  return ['sepal length', 'sepal width', 'petal length', 'petal width'];
}

function describeRun(id: string, experiment: Experiment, parent: RunInfo['parent']): RunInfo {
  const featureNames = inputNames(experiment);
  const regression = ['plane', 'regress-gauss', 'diabetes'].includes(experiment.data.name);
  const classNames = regression ? [] : (CLASSES[experiment.data.name] ?? ['class 0', 'class 1']);
  const widths = [featureNames.length, ...experiment.model.hidden.map(({ width }) => width), Math.max(1, classNames.length)];
  const layers = widths.slice(1).map((outputs, i) => ({ name: `linear${i + 1}`, inputs: widths[i]!, outputs }));
  return {
    id,
    name: `${experiment.data.name[0]!.toUpperCase()}${experiment.data.name.slice(1)} ${id}`,
    experiment,
    parameterCount: layers.reduce((sum, { inputs, outputs }) => sum + (inputs + 1) * outputs, 0),
    layers,
    classNames,
    featureNames,
    hasSurface: PLANE.includes(experiment.data.name),
    parent,
    dataSource: experiment.data.name === 'digits' ? '1,797 images' : '',
  };
}

const FOREIGN: readonly LeafInfo[] = [
  ['linear1', 'kernel', [2, 8]],
  ['linear1', 'bias', [8]],
  ['linear2', 'kernel', [8, 12]],
  ['linear3', 'kernel', [8, 2]],
  ['ema', 'kernel', [2, 8]],
].map(([layer, name, shape]) => ({
  path: [layer as string, name as string],
  kind: 'array',
  dtype: 'float32',
  shape: shape as number[],
  byteLength: 4 * (shape as number[]).reduce((a, b) => a * b, 1),
  text: null,
}));

/** The model of `run` with a formula's weights. */
function fakeModel({ layers }: RunInfo): DisplayNode {
  const kernel = (layer: string, height: number, width: number): DisplayNode => {
    const values = Float32Array.from({ length: height * width }, (_, i) => Math.sin(i * 3.3 + height));
    const statistics = { mean: 0.02, std: 0.7, min: -1, max: 1, zeros: 0, nans: 0, infinities: 0, histogram: new Uint32Array(22).fill(2) };
    const shape = [height, width];
    const summary = `float32(${shape.join(', ')}) ≈0.02 ±0.7 [≥-1.0, ≤1.0] nonzero:${values.length}`;
    const array = { dtype: 'float32', shape, summary, text: 'Array([…])', statistics: { ...statistics, tile: { width, height, values } } };
    return { path: [layer, 'kernel'], type: 'Param', text: '', sizes: `${values.length}`, array, children: [] };
  };
  const children = layers.map(
    ({ name, inputs, outputs }): DisplayNode => ({
      path: [name],
      type: 'Linear',
      text: '',
      sizes: `Param: ${inputs * outputs}`,
      array: null,
      children: [
        kernel(name, inputs, outputs),
        { path: [name, 'in_features'], type: 'number', text: String(inputs), sizes: '', array: null, children: [] },
      ],
    }),
  );
  return { path: [], type: 'MLP', text: '', sizes: '', array: null, children };
}

/** A stand-in for the worker, for looking at the page and for tests of it: it pretends to train by a formula and paints a formula's picture. */
export class FakeSandbox implements SandboxApi {
  #events: SandboxEvents | null = null;
  #runs = new Map<string, { run: RunInfo; checkpoints: CheckpointInfo[]; metrics: [number, number, number, number][] }>();
  #present = '';
  #state: SessionState = {
    status: 'ready',
    run: null,
    step: 0,
    epoch: 0,
    stepsPerSecond: 0,
    trainLoss: null,
    testLoss: null,
    testAccuracy: null,
    gpuBytes: 3_100_000,
    save: { type: 'none' },
    lookingAt: null,
    problem: null,
  };
  #timer: ReturnType<typeof setInterval> | undefined;
  #canvases = new Map<string, OffscreenCanvas>();
  #appearance: Appearance | null = null;
  #layout: NetworkLayout | null = null;

  async start(_: unknown, events: SandboxEvents) {
    this.#events = events;
    setInterval(() => events.heartbeat(), 1000);
    return { backend: 'webgpu' as const, description: 'formula adapter', fallbackReason: null };
  }

  #here() {
    return this.#runs.get(this.#present)!;
  }

  #set(patch: Partial<SessionState>): void {
    this.#state = { ...this.#state, ...patch };
    this.#events?.state(this.#state);
  }

  async newRun(experiment: Experiment, _own?: unknown, parent: RunInfo['parent'] = null): Promise<RunInfo> {
    clearInterval(this.#timer);
    const id = String(this.#runs.size + 1);
    const run = describeRun(id, experiment, parent);
    this.#runs.set(id, { run, checkpoints: [], metrics: [] });
    this.#present = id;
    this.#set({
      status: 'ready',
      run,
      step: 0,
      epoch: 0,
      trainLoss: null,
      testLoss: null,
      testAccuracy: null,
      save: { type: 'none' },
      lookingAt: null,
      problem: null,
    });
    this.#paint();
    return run;
  }

  async updateOptimizer() {}

  #advance(count: number): void {
    const { run, metrics } = this.#here();
    const rows: [number, number, number, number][] = [];
    for (let i = 0; i < count; i++) {
      const step = this.#state.step + 1;
      const base = 0.7 / (1 + step / 60) + 0.004;
      const train = base * (1 + 0.5 * Math.sin(step * 12.9898) * Math.cos(step * 4.1));
      const diverged = run.experiment.optimizer.learningRate > 5 && step >= 240;
      const tested = step % 10 === 0;
      rows.push([
        step,
        diverged ? Number.NaN : train,
        tested ? base * 1.2 + 0.004 : Number.NaN,
        tested ? Math.min(1, 0.5 + step / 800) : Number.NaN,
      ]);
      this.#state = {
        ...this.#state,
        step,
        epoch: step / 11,
        trainLoss: train,
        testLoss: base * 1.2 + 0.004,
        testAccuracy: Math.min(1, 0.5 + step / 800),
      };
      if (diverged) break;
      if (step % SAVE_EVERY === 0) this.#keep('auto', null, null);
    }
    metrics.push(...rows);
    this.#events?.metrics(this.#chunk(rows));
    if (rows.some(([, loss]) => Number.isNaN(loss))) this.#diverge();
    else this.#set({});
    this.#paint();
  }

  #diverge(): void {
    clearInterval(this.#timer);
    const latest = this.#here().checkpoints.at(-1)?.step ?? 0;
    this.#set({
      status: 'stopped',
      trainLoss: Number.NaN,
      testLoss: Number.NaN,
      problem: {
        kind: 'InternalError',
        message: 'The gradient of linear2.kernel became NaN: learning rate 30 is too high.',
        safe: `All checkpoints up to ${latest}, re-read and verified.`,
        todo: 'Go back and use a smaller rate.',
        actions: ['goBack'],
      },
    });
  }

  #chunk(rows: [number, number, number, number][]): MetricsChunk {
    const column = (i: number) => Float64Array.from(rows, (row) => row[i]!);
    return { run: this.#present, steps: column(0), trainLoss: column(1), testLoss: column(2), testAccuracy: column(3) };
  }

  #keep(kind: 'auto' | 'manual', name: string | null, note: string | null): CheckpointInfo {
    const here = this.#here();
    const { step, trainLoss, testLoss, testAccuracy } = this.#state;
    const info: CheckpointInfo = {
      run: this.#present,
      step,
      savedAtMs: Date.now(),
      byteLength: 6200,
      kind,
      name,
      note,
      trainLoss,
      testLoss,
      testAccuracy,
      isBest: false,
    };
    const list = [...here.checkpoints.filter((one) => one.step !== step), info].sort((a, b) => a.step - b.step);
    const best = Math.min(...list.map((one) => one.testLoss ?? Number.POSITIVE_INFINITY));
    here.checkpoints = list.map((one) => ({ ...one, isBest: one.testLoss === best }));
    this.#set({ save: { type: 'saved', step, persistent: false } });
    this.#events?.checkpoints(here.checkpoints);
    return info;
  }

  async play(options?: { speed?: 1 | 10 | 'max' }) {
    clearInterval(this.#timer);
    const perTick = options?.speed === 1 ? 1 : options?.speed === 10 ? 5 : 13;
    this.#set({ status: 'training', stepsPerSecond: perTick * 30, lookingAt: null });
    this.#timer = setInterval(() => this.#advance(perTick), 33);
  }

  async pause() {
    clearInterval(this.#timer);
    this.#set({ status: 'paused', stepsPerSecond: 0 });
  }

  async step(count: number) {
    await this.pause();
    this.#advance(count);
  }

  async epoch() {
    await this.step(11);
  }

  reset = () => this.newRun(this.#here().run.experiment);

  async save(options?: { name?: string; note?: string }) {
    return this.#keep('manual', options?.name ?? null, options?.note ?? null);
  }

  async listRuns() {
    return [...this.#runs.values()].reverse().map(({ run, checkpoints }) => ({
      run,
      latestStep: checkpoints.at(-1)?.step ?? null,
      savedAtMs: checkpoints.at(-1)?.savedAtMs ?? null,
      checkpoints: checkpoints.length,
    }));
  }

  listCheckpoints = async (run: string) => this.#runs.get(run)?.checkpoints ?? [];

  async restore(run: string, step: number) {
    this.#present = run;
    const here = this.#here();
    const found = here.checkpoints.find((one) => one.step === step);
    if (found === undefined) throw new LinnetError('CheckpointNotFoundError', `Step ${step} is not saved.`);
    here.metrics = here.metrics.filter(([at]) => at <= step);
    clearInterval(this.#timer);
    this.#set({
      status: 'paused',
      run: here.run,
      step,
      trainLoss: found.trainLoss,
      testLoss: found.testLoss,
      testAccuracy: found.testAccuracy,
      problem: null,
      lookingAt: null,
    });
    this.#paint();
    return here.run;
  }

  async lookAt(step: number | null) {
    this.#set({ lookingAt: step });
    this.#paint();
  }

  async branch(run: string, step: number) {
    const experiment = this.#runs.get(run)!.run.experiment;
    const branched = await this.newRun(experiment, undefined, { run, step });
    this.#state = { ...this.#state, step };
    this.#keep('auto', null, null);
    return branched;
  }

  async annotate(run: string, step: number, change: { name?: string | null; note?: string | null }) {
    const here = this.#runs.get(run)!;
    here.checkpoints = here.checkpoints.map((one) => (one.step === step ? { ...one, ...change } : one));
    this.#events?.checkpoints(here.checkpoints);
  }

  async renameRun(run: string, name: string) {
    const here = this.#runs.get(run)!;
    here.run = { ...here.run, name };
    if (run === this.#present) this.#set({ run: here.run });
  }

  #binned: CheckpointInfo[] = [];
  async remove(run: string, step: number) {
    const here = this.#runs.get(run)!;
    this.#binned.push(...here.checkpoints.filter((one) => one.step === step));
    here.checkpoints = here.checkpoints.filter((one) => one.step !== step);
  }

  async undoRemove(run: string, step: number) {
    const here = this.#runs.get(run)!;
    here.checkpoints = [...here.checkpoints, ...this.#binned.filter((one) => one.run === run && one.step === step)].sort(
      (a, b) => a.step - b.step,
    );
  }

  metricsOf = async (run: string) => this.#chunk(this.#runs.get(run)?.metrics ?? []);
  exportCheckpoint = async (run: string, step: number, format: string) => ({
    name: `run-${run}-${step}.${format === 'orbax' ? 'zip' : format}`,
    blob: new Blob([format]),
  });

  async inspect(upload: { name: string; files: readonly { path: string }[] }): Promise<InspectReport> {
    if (!/ckpt|zip|safetensors/.test(upload.name))
      throw new LinnetError('UnsupportedFormatError', `${upload.name} is neither an Orbax checkpoint, a safetensors nor an npz file.`);
    const row = (status: 'fits' | 'missing' | 'unexpected' | 'shape', path: string, saved: string | null, wanted: string | null) => ({
      status,
      path,
      saved,
      wanted,
      reason: null,
    });
    return {
      id: 'u1',
      name: upload.name,
      description: 'Orbax checkpoint (OCDBT, zarr v2)',
      byteLength: 40_300,
      findings: [],
      items: [
        { name: 'model', leaves: FOREIGN },
        {
          name: 'optimizer',
          leaves: Array.from({ length: 10_000 }, (_, i) => ({ ...FOREIGN[0]!, path: ['opt_state', i % 100, `w${i}`] })),
        },
      ],
      match: [
        row('fits', 'linear1.kernel', 'float32[2, 8]', 'float32[2, 8]'),
        row('fits', 'linear1.bias', 'float32[8]', 'float32[8]'),
        row('shape', 'linear2.kernel', 'float32[8, 12]', 'float32[8, 8]'),
        row('missing', 'linear2.bias', null, 'float32[8]'),
        row('unexpected', 'ema.kernel', 'float32[2, 8]', null),
      ],
    };
  }

  async leafStatistics() {
    const values = Float32Array.from({ length: 512 }, (_, i) => Math.sin(i * 1.7) * Math.cos(i * 0.31));
    return {
      mean: 0.016,
      std: 0.1721,
      min: -0.572,
      max: 0.767,
      zeros: 0,
      nans: 0,
      infinities: 0,
      histogram: Uint32Array.from({ length: 22 }, (_, i) => Math.round(80 * Math.exp(-((i - 10) ** 2) / 20))),
      tile: { width: 32, height: 16, values },
    };
  }

  async load() {
    return {
      run: await this.newRun(this.#here().run.experiment),
      loaded: ['linear1.kernel', 'linear1.bias'],
      kept: ['linear2.kernel', 'linear2.bias'],
      dropped: ['ema.kernel'],
    };
  }

  async closeUpload() {}

  async attachCanvas(name: string, canvas: OffscreenCanvas) {
    this.#canvases.set(name, canvas);
  }

  async resizeCanvas(name: string, width: number, height: number) {
    const canvas = this.#canvases.get(name)!;
    const ratio = this.#appearance?.devicePixelRatio ?? 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    this.#paint();
  }

  async setAppearance(appearance: Appearance) {
    this.#appearance = appearance;
    this.#paint();
  }

  async setNetworkLayout(layout: NetworkLayout) {
    this.#layout = layout;
    this.#paint();
  }

  #value(x: number, y: number, phase: number): number {
    const sharpness = Math.min(3, (this.#state.lookingAt ?? this.#state.step) / 300);
    return Math.tanh(sharpness * Math.sin(Math.atan2(x, y) - Math.hypot(x, y) * 1.3 + phase)) * 0.9 + 0.1 * Math.sin(x + phase);
  }

  #map(
    context: OffscreenCanvasRenderingContext2D,
    left: number,
    top: number,
    width: number,
    height: number,
    cells: number,
    phase: number,
    gain: number,
  ): void {
    const table = this.#appearance!.diverging;
    const rows = Math.max(1, Math.round((cells * height) / width));
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < cells; column++) {
        const value = this.#value(((column + 0.5) / cells - 0.5) * 12, (0.5 - (row + 0.5) / rows) * 12 * (height / width), phase) * gain;
        const entry = 4 * Math.round((value + 1) * 127.5);
        context.fillStyle = `rgb(${table[entry]} ${table[entry + 1]} ${table[entry + 2]})`;
        context.fillRect(left + (column * width) / cells, top + (row * height) / rows, width / cells + 1, height / rows + 1);
      }
    }
  }

  #paint(): void {
    const look = this.#appearance;
    if (look === null) return;
    const surface = this.#canvases.get('surface');
    if (surface !== undefined) this.#map(surface.getContext('2d')!, 0, 0, surface.width, surface.height, 60, 0, look.gain.surface);
    const [edges, neurons] = [this.#canvases.get('edges'), this.#canvases.get('neurons')];
    if (edges === undefined || neurons === undefined || this.#layout === null) return;
    const { columns, side } = this.#layout;
    const ratio = look.devicePixelRatio;
    const lines = edges.getContext('2d')!;
    const maps = neurons.getContext('2d')!;
    lines.clearRect(0, 0, edges.width, edges.height);
    maps.clearRect(0, 0, neurons.width, neurons.height);
    columns.forEach((column, c) => {
      column.forEach(({ x, y }, r) => {
        if (c > 0)
          this.#map(maps, (x - side / 2) * ratio, (y - side / 2) * ratio, side * ratio, side * ratio, 12, c + r * 1.3, look.gain.neurons);
        columns[c + 1]?.forEach((to, output) => {
          const weight = Math.sin(c * 7.1 + r * 3.3 + output * 5.7);
          lines.strokeStyle = look.classColors[weight < 0 ? 0 : 1]!;
          lines.globalAlpha = 0.15 + 0.8 * weight * weight;
          lines.lineWidth = ratio * (0.6 + 4.2 * weight * weight);
          const [x0, x1] = [(x + side / 2) * ratio, (to.x - side / 2) * ratio];
          lines.beginPath();
          lines.moveTo(x0, y * ratio);
          lines.bezierCurveTo((x0 + x1) / 2, y * ratio, (x0 + x1) / 2, to.y * ratio, x1, to.y * ratio);
          lines.stroke();
        });
      });
    });
  }

  weightAt = async (layer: number, input: number, output: number) => 2.4 * Math.sin(layer * 7.1 + input * 3.3 + output * 5.7);
  logits = async () => Float32Array.from([0, 0, 0, 3, 0, 0, 0, 0, 0, 1]);
  predict = async () => Float32Array.from([0, 0, 0.01, 0.95, 0, 0.004, 0, 0.001, 0.004, 0.03]);
  async confusion() {
    const count = this.#here().run.classNames.length;
    return Array.from({ length: count }, (_, i) =>
      Array.from({ length: count }, (__, j) => (i === j ? 33 + ((i * 7) % 9) : (i * 3 + j) % 11 === 0 ? 1 : 0)),
    );
  }
  continueInJax = async (run: string, step: number) =>
    `import orbax.checkpoint as ocp\n\nckptr = ocp.StandardCheckpointer()\nstate = ckptr.restore('run-${run}/${step}/model')  # the same order\n`;
  describeModel = async () => fakeModel(this.#here().run);
  modelCode = async () =>
    'class MLP extends nnx.Module {\n  constructor({ rngs }) {\n    super();\n    this.linear1 = new nnx.Linear(2, 8, { rngs });\n  }\n}\n';
  storage = async () => ({ usedBytes: 18_400_000, checkpoints: 212, persistent: false, lastBackupMs: null });
  async hidden(): Promise<void> {}
  requestPersistence = async () => false;
}

/** The fake behind the same wire as the worker. */
export function fakeHost(): WorkerHost {
  const { port1, port2 } = new MessageChannel();
  Comlink.expose(new FakeSandbox(), port1);
  return { endpoint: port2, terminate: () => port1.close(), onFailure: () => {} };
}
