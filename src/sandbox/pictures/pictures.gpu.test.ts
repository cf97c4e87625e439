import { expect, onTestFinished, test, vi } from 'vitest';
import { DEFAULT_EXPERIMENT } from '#linnet/core';
import { openMemoryLibrary } from '#linnet/store';
import { currentBackend } from '#linnet/tensor';
import { startEngine } from '../engine';
import { RunLibrary } from '../runLibrary';
import { Sandbox } from '../sandbox';
import { Pictures, SETTLE_MS } from './pictures';

const APPEARANCE = {
  diverging: Uint8Array.from({ length: 1024 }, (_, i) => (i % 4 === 3 ? 255 : i >> 2)),
  sequential: new Uint8Array(1024),
  ink: '#000',
  field: '#fff',
  classColors: ['#00f', '#f80'],
  gain: { surface: 1, neurons: 1 },
  devicePixelRatio: 1,
  showTestPoints: false,
  reducedMotion: false,
};
const EXPERIMENT = {
  ...DEFAULT_EXPERIMENT,
  data: { ...DEFAULT_EXPERIMENT.data, samples: 40 },
  model: { ...DEFAULT_EXPERIMENT.model, hidden: [{ width: 4, activation: 'tanh' as const }] },
};
const LAYOUT = {
  columns: [[{ x: 10, y: 40 }], [{ x: 60, y: 30 }], [{ x: 110, y: 40 }]],
  units: [[0], [3], [1]],
  side: 20,
};

async function open() {
  let isOver = false;
  onTestFinished(() => {
    isOver = true;
  });
  const pictures: Pictures = new Pictures(
    () => sandbox.subject,
    (error) => {
      // The next test takes the device away, perhaps from under a picture.
      if (!isOver) throw error;
    },
  );
  const sandbox = new Sandbox(await startEngine(), new RunLibrary(await openMemoryLibrary()), {
    state: () => {},
    metrics: () => {},
    checkpoints: () => {},
    changed: () => pictures.request(),
    taken: (...run) => pictures.keep(...run),
  });
  pictures.setAppearance(APPEARANCE);
  pictures.setLayout(LAYOUT);
  const canvas = new OffscreenCanvas(1, 1);
  pictures.attach('surface', canvas);
  const painted = (): string => canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height).data.join();
  return { pictures, sandbox, painted };
}

/** Checkpoints of the run that is scrubbed along. */
const CHECKPOINTS = 200;

test(`looking along ${CHECKPOINTS} checkpoints asks neither the device nor the library: each was kept as it was saved`, async () => {
  const { pictures, sandbox, painted } = await open();
  pictures.resize('surface', 60, 40);
  const { id } = await sandbox.newRun(EXPERIMENT);
  await expect.poll(() => new Set(painted().split(',')).size).toBeGreaterThan(10);
  for (let i = 0; i < CHECKPOINTS; i++) {
    await sandbox.step(1);
    await sandbox.save();
  }
  const steps = (await sandbox.library.checkpoints(id)).map(({ step }) => step);
  expect(steps.length).toBeGreaterThanOrEqual(CHECKPOINTS);
  await expect.poll(() => steps.every((step) => pictures.knows(step))).toBe(true);
  await expect.poll(() => pictures.isBusy).toBe(false);
  const { submits } = currentBackend().stats();
  const opened = vi.spyOn(sandbox.library, 'open');
  // Who scrubs rests nowhere, however slow this machine is: what is looked at for long is painted finely.
  const later = globalThis.setTimeout;
  const timeouts = vi
    .spyOn(globalThis, 'setTimeout')
    .mockImplementation(((run: () => void, ms?: number) => (ms === SETTLE_MS ? 0 : later(run, ms))) as typeof setTimeout);
  const seen = new Set<string>();
  for (const step of steps) {
    await sandbox.lookAt(step, pictures.knows(step));
    await expect.poll(() => pictures.isBusy, { interval: 2 }).toBe(false);
    seen.add(painted());
  }
  timeouts.mockRestore();
  expect(seen.size).toBeGreaterThan(0.9 * steps.length);
  expect(opened).not.toHaveBeenCalled();
  expect(currentBackend().stats().submits).toBe(submits);
  // Who stays gets the fine picture, which is computed from the arrays.
  const coarse = painted();
  await sandbox.lookAt(steps.at(-2)!, true);
  await expect.poll(() => pictures.isBusy, { interval: 2 }).toBe(false);
  await expect.poll(() => opened.mock.calls.length).toBeGreaterThan(0);
  await expect.poll(painted).not.toBe(coarse);
}, 60_000);

test('after a restart the other checkpoints are developed while one is looked at', async () => {
  const { pictures, sandbox, painted } = await open();
  const { id } = await sandbox.newRun(EXPERIMENT);
  for (let i = 0; i < 4; i++) {
    await sandbox.step(3);
    await sandbox.save();
  }
  pictures.resize('surface', 60, 40);
  await sandbox.restore(id, 12);
  await expect.poll(() => new Set(painted().split(',')).size).toBeGreaterThan(10);
  expect([3, 6, 9].map((step) => pictures.knows(step))).toEqual([false, false, false]);
  await sandbox.lookAt(6);
  await expect.poll(() => [3, 6, 9, 12].every((step) => pictures.knows(step))).toBe(true);
});

test('a canvas that nobody sees costs nothing', async () => {
  const { pictures, sandbox } = await open();
  pictures.resize('surface', 60, 40);
  await sandbox.newRun(EXPERIMENT);
  await expect.poll(() => pictures.isBusy).toBe(false);
  pictures.resize('surface', 0, 0);
  const { submits } = currentBackend().stats();
  pictures.request();
  await expect.poll(() => pictures.isBusy).toBe(false);
  expect(currentBackend().stats().submits).toBe(submits);
});

test('a canvas that was resized, or whose units moved, is painted again at once with what was known', async () => {
  const { pictures, sandbox, painted } = await open();
  pictures.resize('surface', 60, 40);
  await sandbox.newRun(EXPERIMENT);
  await expect.poll(() => new Set(painted().split(',')).size).toBeGreaterThan(10);
  pictures.setLayout({ ...LAYOUT, units: LAYOUT.units.map((column) => [...column]), side: 24 });
  pictures.resize('surface', 50, 30);
  expect(new Set(painted().split(',')).size).toBeGreaterThan(10);
});

test('while a new run has no picture yet, its data are shown, and nothing of the run before', async () => {
  const { pictures, sandbox, painted } = await open();
  const edges = new OffscreenCanvas(1, 1);
  const lines = (): boolean =>
    edges
      .getContext('2d')!
      .getImageData(0, 0, edges.width, edges.height)
      .data.some((value) => value > 0);
  pictures.attach('edges', edges);
  pictures.resize('edges', 120, 80);
  pictures.resize('surface', 60, 40);
  await sandbox.newRun(EXPERIMENT);
  await expect.poll(() => lines() && new Set(painted().split(',')).size > 10).toBe(true);
  const before = painted();
  // The layout is still that of the former model, so that nothing can be computed yet.
  await sandbox.newRun({ ...EXPERIMENT, model: { ...EXPERIMENT.model, hidden: [] } });
  await expect.poll(lines).toBe(false);
  expect(painted()).not.toBe(before);
  expect(new Set(painted().split(',')).size).toBeGreaterThan(4);
});

test('thumbnails of the run that was open before are still known', async () => {
  const { pictures, sandbox } = await open();
  const first = await sandbox.newRun(EXPERIMENT);
  await sandbox.step(3);
  await sandbox.save();
  await expect.poll(() => pictures.thumbnail(first.id, 3)).not.toBeNull();
  await sandbox.newRun({ ...EXPERIMENT, training: { ...EXPERIMENT.training, seed: 5 } });
  expect(await pictures.thumbnail(first.id, 3)).not.toBeNull();
  expect(await pictures.thumbnail('another run', 3)).toBeNull();
});
