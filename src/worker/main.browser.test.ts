import * as Comlink from 'comlink';
import { expect, test } from 'vitest';
import { DEFAULT_EXPERIMENT, type MetricsChunk, type SessionState } from '#linnet/core';
import { NO_REPAIRS } from './inspection/matchTree';
import { Inspector, type InspectorHost } from './inspector';
import { PROTOCOL_VERSION, type SandboxApi, type SandboxEvents } from './protocol';
import { installWireErrors } from './wireErrors';

installWireErrors();

/** What these tests need of a page; the engine's own types know no DOM. */
interface CanvasElement {
  width: number;
  height: number;
  transferControlToOffscreen(): OffscreenCanvas;
  getContext(kind: '2d'): OffscreenCanvasRenderingContext2D;
}
const { document } = globalThis as unknown as { document: { createElement(name: 'canvas'): CanvasElement } };

function spawn(): { worker: Worker; api: Comlink.Remote<SandboxApi> } {
  const worker = new Worker(new URL('./main.ts', import.meta.url), { type: 'module' });
  return { worker, api: Comlink.wrap<SandboxApi>(worker) };
}

function spawnInspector(): InspectorHost {
  const worker = new Worker(new URL('./inspect.ts', import.meta.url), { type: 'module' });
  return { endpoint: worker, terminate: () => worker.terminate() };
}

function listen() {
  const states: SessionState[] = [];
  const chunks: MetricsChunk[] = [];
  let heartbeats = 0;
  const events: SandboxEvents = {
    state: (state) => void states.push(state),
    metrics: (chunk) => void chunks.push(chunk),
    checkpoints() {},
    engine() {},
    heartbeat: () => {
      heartbeats++;
    },
  };
  return { events: Comlink.proxy(events), states, chunks, heartbeats: () => heartbeats };
}

const DIGITS = {
  ...DEFAULT_EXPERIMENT,
  data: { ...DEFAULT_EXPERIMENT.data, name: 'digits' as const },
  model: { ...DEFAULT_EXPERIMENT.model, hidden: [{ width: 32, activation: 'relu' as const }] },
};

test('a worker trains digits on the CPU to 95 %, saves, dies; another one restores the run', async () => {
  const first = spawn();
  const seen = listen();
  const engine = await first.api.start({ protocol: PROTOCOL_VERSION, backend: 'cpu' }, seen.events);
  expect(engine.backend).toBe('cpu');
  const run = await first.api.newRun(DIGITS);
  await first.api.step(300);
  // Events come over a port of their own: they may arrive a little after the call's answer.
  await expect.poll(() => seen.states.at(-1)?.status).toBe('paused');
  const state = seen.states.at(-1)!;
  expect(state.step).toBe(300);
  expect(state.testAccuracy).toBeGreaterThan(0.95);
  const saved = await first.api.save({ name: 'good' });
  expect([saved.step, saved.name, saved.kind]).toEqual([300, 'good', 'manual']);
  expect(seen.heartbeats()).toBeGreaterThan(0);
  expect(seen.chunks.every(({ run: id }) => id === run.id)).toBe(true);
  first.worker.terminate();

  const second = spawn();
  const after = listen();
  await second.api.start({ protocol: PROTOCOL_VERSION, backend: 'cpu' }, after.events);
  const runs = await second.api.listRuns();
  expect(runs.find((entry) => entry.run.id === run.id)).toMatchObject({ latestStep: 300, run: { layers: run.layers } });
  expect((await second.api.restore(run.id, 300)).id).toBe(run.id);
  const asBefore = { step: 300, testAccuracy: state.testAccuracy, trainLoss: state.trainLoss };
  await expect.poll(() => after.states.at(-1)).toMatchObject(asBefore);
  const { name, blob } = await second.api.exportCheckpoint(run.id, 300, 'orbax');
  expect(name).toMatch(/^Digits, adam 0\.01-300\.zip$/);
  expect(blob.size).toBeGreaterThan(10_000);
  const upload = { name, files: [{ path: name, blob }] };
  const { inspector, report } = await Inspector.open(upload, () => {}, spawnInspector);
  expect(report.ownStep).toBe(300);
  const { rows, optimizerFits } = await inspector.match('model', (await second.api.modelLeaves())!, NO_REPAIRS);
  expect([rows.every((row) => row.status === 'fits'), optimizerFits]).toEqual([true, true]);
  expect(await inspector.check()).toEqual({ findings: [], unchecked: [] });
  const imported = await second.api.importRun(upload);
  expect(imported.experiment).toEqual(DIGITS);
  await expect.poll(() => after.states.at(-1)).toMatchObject({ ...asBefore, run: { id: imported.id } });
  const arrays = await inspector.arrays('model', (await second.api.modelLeaves())!, NO_REPAIRS);
  expect((await second.api.load(arrays)).loaded).toHaveLength(rows.length);
  inspector.close();
  await expect(inspector.check()).rejects.toMatchObject({ kind: 'AbortedError' });
  second.worker.terminate();
}, 60_000);

test('errors arrive with their kind; the worker goes on', async () => {
  const { worker, api } = spawn();
  const { events } = listen();
  await expect(api.start({ protocol: 0 }, events)).rejects.toMatchObject({ kind: 'UnsupportedFormatError' });
  await api.start({ protocol: PROTOCOL_VERSION, backend: 'cpu' }, events);
  await expect(api.play()).rejects.toMatchObject({ kind: 'InvalidArgumentError' });
  const junk = new Blob(['this is no checkpoint at all, only text']);
  const upload = { name: 'junk.zip', files: [{ path: 'junk.zip', blob: junk }] };
  await expect(Inspector.open(upload, () => {}, spawnInspector)).rejects.toMatchObject({ kind: 'UnsupportedFormatError' });
  await expect(api.importRun(upload)).rejects.toMatchObject({ kind: 'UnsupportedFormatError' });
  const run = await api.newRun({ ...DEFAULT_EXPERIMENT, data: { ...DEFAULT_EXPERIMENT.data, samples: 60 } });
  await api.step(2);
  expect(run.hasSurface).toBe(true);
  worker.terminate();
}, 30_000);

test('the pictures of a run are painted on canvases that the page handed over', async () => {
  const { worker, api } = spawn();
  const { events } = listen();
  await api.start({ protocol: PROTOCOL_VERSION, backend: 'cpu' }, events);
  const table = Uint8Array.from({ length: 1024 }, (_, i) => (i % 4 === 3 ? 255 : i >> 2));
  const ink = '#000';
  await api.setAppearance({
    diverging: table,
    sequential: table,
    ink,
    field: '#fff',
    classColors: ['#00f', '#f80'],
    gain: { surface: 1, neurons: 1 },
    devicePixelRatio: 1,
    showTestPoints: true,
    reducedMotion: false,
  });
  const canvases = (['surface', 'neurons', 'edges'] as const).map((name) => [name, document.createElement('canvas')] as const);
  for (const [name, canvas] of canvases) {
    const offscreen = canvas.transferControlToOffscreen();
    await api.attachCanvas(name, Comlink.transfer(offscreen, [offscreen]));
    await api.resizeCanvas(name, 120, 120);
  }
  await api.setNetworkLayout({
    columns: [
      [{ x: 10, y: 40 }],
      [
        { x: 60, y: 30 },
        { x: 60, y: 80 },
      ],
      [{ x: 110, y: 40 }],
    ],
    units: [[0], [0, 1], [0]],
    side: 20,
  });
  const { data, model } = DEFAULT_EXPERIMENT;
  await api.newRun({
    ...DEFAULT_EXPERIMENT,
    data: { ...data, samples: 40 },
    model: { ...model, hidden: [{ width: 2, activation: 'tanh' }] },
  });
  const colours = (canvas: CanvasElement): number => {
    const copy = document.createElement('canvas');
    copy.width = copy.height = 120;
    const context = copy.getContext('2d');
    context.drawImage(canvas as unknown as CanvasImageSource, 0, 0);
    return new Set(new Uint32Array(context.getImageData(0, 0, 120, 120).data.buffer)).size;
  };
  await expect.poll(() => canvases.every(([, canvas]) => colours(canvas) > 10), { timeout: 10_000 }).toBe(true);
  worker.terminate();
}, 30_000);

test('an inspector that hangs is ended, and says so; the page goes on', async () => {
  const hanging = new Blob(['onmessage = () => { for (;;); };'], { type: 'text/javascript' });
  let ended = 0;
  const spawnHanging = (): InspectorHost => {
    const worker = new Worker(URL.createObjectURL(hanging));
    return {
      endpoint: worker,
      terminate: () => {
        ended++;
        worker.terminate();
      },
    };
  };
  const upload = { name: 'hostile.zip', files: [{ path: 'hostile.zip', blob: new Blob(['x']) }] };
  await expect(Inspector.open(upload, () => {}, spawnHanging)).rejects.toMatchObject({
    kind: 'LimitExceededError',
    message: expect.stringMatching(/"hostile\.zip" gave no sign of life for 10 s \(finding out what it is\)/),
  });
  expect(ended).toBeGreaterThan(0);
}, 30_000);
