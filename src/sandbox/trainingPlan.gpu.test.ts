import { expect, test } from 'vitest';
import { DEFAULT_EXPERIMENT, type Experiment, flattenWithPath, type HostArray, hostArraysEqual } from '#linnet/core';
import { openMemoryLibrary } from '#linnet/store';
import { init, type Array as JaxArray } from '#linnet/tensor';
import { startEngine } from './engine';
import { RunLibrary } from './runLibrary';
import { Sandbox } from './sandbox';
import { continuation } from './trainingPlan';
import { disposeTree } from './trainingState';

const SILENT = { state() {}, metrics() {}, checkpoints() {}, changed() {} };

/** Layers wide enough for every way to compute a matmul. */
const WIDE: Experiment = {
  ...DEFAULT_EXPERIMENT,
  data: { ...DEFAULT_EXPERIMENT.data, name: 'digits' },
  model: { ...DEFAULT_EXPERIMENT.model, hidden: [{ width: 48, activation: 'tanh' }] },
  training: { ...DEFAULT_EXPERIMENT.training, batchSize: 64 },
};

/** Every bit of the state, and the history. */
async function everything({ session }: Sandbox): Promise<[string, HostArray][]> {
  const state = session.trainer.snapshot();
  const arrays = flattenWithPath(state).leaves.map(async ([path, leaf]): Promise<[string, HostArray]> => {
    return [path.join('.'), await (leaf as JaxArray).toHost()];
  });
  const found = await Promise.all(arrays);
  disposeTree(state);
  return found;
}

/** The loops of the steps: dispatches replayed, or one workgroup. */
const loopsOf = (sandbox: Sandbox): unknown => (sandbox.session.trainer.plan!.steps as { readonly loops: unknown }).loops;

test.each([
  ['replayed', WIDE, { matmulTiles: 'workgroup' }],
  ['in one workgroup', DEFAULT_EXPERIMENT, { maxWorkgroupBytes: 1024 }],
] as const)(
  'a run %s goes on with its plan where the compiler would choose otherwise, to the same bits',
  async (_, experiment, facts) => {
    const engine = await startEngine();
    const first = new Sandbox(engine, new RunLibrary(await openMemoryLibrary()), SILENT);
    const { id } = await first.newRun(experiment);
    await first.step(3);
    await first.save();
    await first.step(4);
    const straight = await everything(first);
    const { plan } = first.session.trainer;
    const loops = loopsOf(first);
    const history = first.session.metrics.toJson();
    expect(plan).not.toBeNull();

    // The same adapter, measured differently: left alone, the compiler makes other choices here.
    await init({ facts });
    const second = new Sandbox(engine, first.library, SILENT);
    await second.newRun(experiment);
    expect(second.session.trainer.plan).not.toEqual(plan);
    await second.restore(id, 3);
    expect(second.state().deviation).toBeUndefined();
    expect(loopsOf(second)).toEqual(loops);
    await second.step(4);
    const resumed = await everything(second);
    for (const [i, [path, array]] of straight.entries()) expect(hostArraysEqual(resumed[i]![1], array), path).toBe(true);
    expect(second.session.metrics.toJson()).toEqual(history);
  },
  120_000,
);

test('a run that cannot go on with the same bits says so', async () => {
  const { description } = await startEngine();
  const here = { backend: 'webgpu', description };
  const unknown = { steps: { version: 99 }, test: { version: 99 } };
  expect(continuation({ plan: null, engine: here, step: 5 })).toEqual({ plan: null });
  expect(continuation({ plan: unknown, engine: here, step: 5 })).toMatchObject({
    plan: null,
    deviation: expect.stringMatching(/^From step 5 on this run is not bit-identical .*plan/),
  });
  const elsewhere = continuation({ plan: null, engine: { backend: 'webgpu', description: 'another adapter' }, step: 5 });
  expect(elsewhere.deviation).toMatch(/trained on another adapter, and goes on on /);
  await init({ backend: 'cpu' });
  expect(continuation({ plan: unknown, engine: here, step: 5 })).toMatchObject({ plan: null, deviation: expect.stringContaining('CPU') });
});
