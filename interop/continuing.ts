import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ActivationName, DEFAULT_EXPERIMENT, type Experiment } from '#linnet/core';
import { openMemoryLibrary } from '#linnet/store';
import type { OwnRows } from '../src/sandbox/data/load';
import { startEngine } from '../src/sandbox/engine';
import { exportStep } from '../src/sandbox/exporting';
import { RunLibrary } from '../src/sandbox/runLibrary';
import { Sandbox } from '../src/sandbox/sandbox';

type Change = { readonly [Part in Exclude<keyof Experiment, 'version'>]?: Partial<Experiment[Part]> };

/** A run that Python goes on with. */
interface Continuing {
  readonly name: string;
  readonly experiment: Experiment;
  /** Steps in Linnet before the checkpoint; the twenty after it cross the end of an epoch. */
  readonly steps: number;
  readonly own?: OwnRows;
  /** Whether two processes go on with it together, too. */
  readonly asProcesses?: boolean;
}

/** One run as Python gets it: the zip, its loss on the test set, and the losses that Linnet goes on with. */
export interface ContinuingCase {
  readonly name: string;
  readonly zip: string;
  readonly losses: readonly number[];
  readonly testLoss: number;
  readonly asProcesses: boolean;
}

/** Steps that Linnet and Python go on from the same checkpoint. */
const NEXT_STEPS = 20;

const experimentWith = ({ data, model, optimizer, training }: Change): Experiment => ({
  ...DEFAULT_EXPERIMENT,
  data: { ...DEFAULT_EXPERIMENT.data, ...data },
  model: { ...DEFAULT_EXPERIMENT.model, ...model },
  optimizer: { ...DEFAULT_EXPERIMENT.optimizer, ...optimizer },
  training: { ...DEFAULT_EXPERIMENT.training, ...training },
});

const hidden = (activation: ActivationName, ...widths: number[]) => widths.map((width) => ({ width, activation }));

/** Rows that no one else has, of three classes. */
function ownRows(): OwnRows {
  const values = Float32Array.from({ length: 90 * 4 }, (_, i) =>
    i % 4 === 3 ? Math.floor(i / 4) % 3 : Math.sin(i * i + (Math.floor(i / 4) % 3)),
  );
  return { name: 'mine.csv', columns: ['a', '"""b"""', 'c\n', 'class'], values, classNames: ['x', 'y', 'z'], task: 'classification' };
}

/** Every optimiser, schedule, activation and initialiser at least once, with dropout, batch norm, decay and clipping, in both counter layouts. */
const RUNS: readonly Continuing[] = [
  { name: 'spiral, adam', steps: 30, asProcesses: true, experiment: experimentWith({}) },
  {
    name: 'digits, batch norm and dropout',
    asProcesses: true,
    steps: 25,
    experiment: experimentWith({
      data: { name: 'digits', trainFraction: 0.6 },
      model: { hidden: hidden('relu', 32, 16), batchNorm: true, dropout: 0.2, initializer: 'heNormal' },
      training: { batchSize: 64, seed: 7, prng: 'original' },
    }),
  },
  {
    name: 'moons, adamw, cosine, clipped',
    steps: 40,
    experiment: experimentWith({
      data: { name: 'moons', noise: 0.2, features: ['x1', 'x2', 'x1*x2', 'sin(x1)'] },
      model: { hidden: hidden('gelu', 16, 8), initializer: 'glorotNormal' },
      optimizer: { name: 'adamw', learningRate: 0.02, schedule: 'cosine', scheduleSteps: 100, weightDecay: 0.05, clipNorm: 0.5 },
      training: { batchSize: 24, seed: 3 },
    }),
  },
  {
    name: 'iris, momentum and decay, uneven batches',
    steps: 17,
    experiment: experimentWith({
      data: { name: 'iris', standardize: true },
      model: { hidden: hidden('silu', 10), initializer: 'glorotUniform' },
      optimizer: { name: 'momentum', learningRate: 0.05, weightDecay: 0.01 },
      training: { batchSize: 9, seed: 4294967295 },
    }),
  },
  {
    name: 'diabetes, a regression with rmsprop',
    steps: 12,
    experiment: experimentWith({
      data: { name: 'diabetes', standardize: true },
      model: { hidden: hidden('sigmoid', 16, 16), dropout: 0.1, initializer: 'orthogonal' },
      optimizer: { name: 'rmsprop', learningRate: 0.003, schedule: 'warmupCosine', scheduleSteps: 60, clipNorm: 1 },
      training: { batchSize: 32, seed: 11, prng: 'original' },
    }),
  },
  {
    name: '../"""own rows""" \\ ünï',
    steps: 9,
    own: ownRows(),
    experiment: experimentWith({
      data: { name: 'csv' },
      model: { hidden: hidden('leakyRelu', 8, 8), useBias: false },
      optimizer: { name: 'nesterov', learningRate: 0.02, schedule: 'exponential', scheduleSteps: 40 },
      training: { batchSize: 16, seed: 1 },
    }),
  },
  ...(['sgd', 'nadam', 'adagrad', 'lion', 'lamb'] as const).map((rule) => ({
    name: `circles, ${rule}`,
    steps: 10,
    experiment: experimentWith({
      data: { name: 'circles', samples: 200 },
      model: { hidden: [...hidden('elu', 8), ...hidden('linear', 4)], batchNorm: rule === 'sgd' },
      optimizer: { name: rule, learningRate: 0.01, schedule: rule === 'sgd' ? 'linear' : 'constant', weightDecay: 0.001 },
    }),
  })),
];

/** Trains each run, exports it for JAX into `directory`, and trains on; returns what Python must find. */
export async function writeContinuing(directory: string): Promise<ContinuingCase[]> {
  await mkdir(directory, { recursive: true });
  const silent = { state() {}, metrics() {}, checkpoints() {}, changed() {} };
  const sandbox = new Sandbox(await startEngine('cpu'), new RunLibrary(await openMemoryLibrary()), silent);
  const cases: ContinuingCase[] = [];
  for (const [i, { name, experiment, steps, own, asProcesses = false }] of RUNS.entries()) {
    const { id } = await sandbox.newRun(experiment, own);
    await sandbox.step(steps);
    await sandbox.save();
    const { blob } = await exportStep(await sandbox.library.open(id, steps), name, steps, 'jax');
    const zip = join(directory, `${i}.zip`);
    await writeFile(zip, new Uint8Array(await blob.arrayBuffer()));
    const { trainer } = sandbox.session;
    const { loss: testLoss } = await trainer.test();
    const losses = Array.from(await trainer.run(NEXT_STEPS).data());
    cases.push({ name, zip, losses, testLoss, asProcesses });
  }
  return cases;
}

/** Where Python's losses are further from Linnet's than 1e-4 of them plus 1e-5. */
export function compareLosses(
  { losses, testLoss }: ContinuingCase,
  found: { readonly losses: number[]; readonly testLoss: number },
): string[] {
  if (found.losses.length !== losses.length) return [`${found.losses.length} losses instead of ${losses.length}`];
  const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-4 * Math.abs(b) + 1e-5;
  const wrong = losses.flatMap((loss, i) =>
    isNear(found.losses[i]!, loss) ? [] : [`loss ${i + 1}: ${found.losses[i]} instead of ${loss}`],
  );
  return isNear(found.testLoss, testLoss) ? wrong : [...wrong, `test loss: ${found.testLoss} instead of ${testLoss}`];
}
