import { beforeAll, expect, test } from 'vitest';
import { DEFAULT_EXPERIMENT, type EngineInfo, flattenWithPath, typedView } from '#linnet/core';
import { openMemoryLibrary } from '#linnet/store';
import { currentBackend, type Array as JaxArray } from '#linnet/tensor';
import { startEngine } from './engine';
import { parameterSpread } from './parameterSpread';
import { RunLibrary } from './runLibrary';
import { Sandbox } from './sandbox';

let engine: EngineInfo;
beforeAll(async () => {
  engine = await startEngine('cpu');
});

const EXPERIMENT = {
  ...DEFAULT_EXPERIMENT,
  data: { ...DEFAULT_EXPERIMENT.data, samples: 60 },
  model: { ...DEFAULT_EXPERIMENT.model, hidden: [{ width: 5, activation: 'tanh' as const }], dropout: 0.3, batchNorm: true },
  optimizer: { ...DEFAULT_EXPERIMENT.optimizer, name: 'sgd' as const, learningRate: 0.5 },
};

async function values(sandbox: Sandbox): Promise<Map<string, Float32Array>> {
  const { leaves } = flattenWithPath(sandbox.session.trainer.form.model);
  const pairs = leaves.map(async ([path, leaf]) => {
    const host = await (leaf as JaxArray).toHost();
    return [path.filter((part) => part !== 'value').join('.'), typedView(host) as Float32Array] as const;
  });
  return new Map(await Promise.all(pairs));
}

test('gradients are those that the next step takes, and looking at them changes nothing', async () => {
  const listener = { state: () => {}, metrics: () => {}, checkpoints: () => {}, changed: () => {} };
  const sandbox = new Sandbox(engine, new RunLibrary(await openMemoryLibrary()), listener);
  await sandbox.newRun(EXPERIMENT);
  await sandbox.step(3);
  const before = await values(sandbox);
  const { liveBytes } = currentBackend().stats();
  const spread = await parameterSpread(await sandbox.view());
  expect(currentBackend().stats().liveBytes).toBe(liveBytes);
  expect(await values(sandbox)).toEqual(before);
  expect(spread.map(({ path }) => path.join('.')).sort()).toEqual(
    ['linear1.bias', 'linear1.kernel', 'linear2.bias', 'linear2.kernel', 'norm1.bias', 'norm1.scale'].sort(),
  );
  await sandbox.step(1);
  const after = await values(sandbox);
  for (const { path, values: own, gradients } of spread) {
    const [was, is] = [before.get(path.join('.'))!, after.get(path.join('.'))!];
    expect(own.min).toBeCloseTo(Math.min(...was), 6);
    expect(own.histogram.reduce((sum, count) => sum + count, 0)).toBe(was.length);
    const slopes = Array.from(was, (value, i) => (value - is[i]!) / 0.5);
    expect(gradients.max).toBeCloseTo(Math.max(...slopes), 4);
    expect(gradients.min).toBeCloseTo(Math.min(...slopes), 4);
  }
});
