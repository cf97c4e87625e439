import { jax } from 'linnet';
import { beforeAll, expect, test } from 'vitest';
import { firstMlp } from './01-first-mlp';
import { saveAndRestore } from './02-save-and-restore';
import { surgery } from './03-surgery';
import { batchNormAndDropout } from './04-batch-norm-and-dropout';
import { lora } from './05-lora';
import { schedules } from './06-schedules';

beforeAll(() => jax.init({ backend: 'cpu' }));

test('a first MLP learns two moons', async () => {
  const { losses, accuracy, table } = await firstMlp();
  expect(losses[2]!).toBeLessThan(losses[0]!);
  expect(accuracy).toBeGreaterThan(0.97);
  expect(table).toContain('Total Parameters: 82 (328 B)');
});

test('a restored run goes on as the original does, bit for bit', async () => {
  const { original, resumed, step } = await saveAndRestore();
  expect(resumed).toBe(original);
  expect(step).toBe(21);
});

test('an old checkpoint fits a new model after surgery', async () => {
  const { complaint, gap, isInjected } = await surgery();
  expect(complaint).toMatch(/missing: hidden\.bias; out\.bias/);
  expect(gap).toBe(0);
  expect(isInjected).toBe(true);
});

test('batch norm and dropout keep their own state', async () => {
  const { accuracy, agree, masksDrawn, statistics } = await batchNormAndDropout();
  expect(accuracy).toBeGreaterThan(0.9);
  expect(agree).toBe(true);
  expect(masksDrawn).toBe(100);
  expect(statistics).toEqual(['norm/mean', 'norm/var']);
});

test('LoRA adapts a frozen model', async () => {
  const { before, after, isBaseFrozen, trained } = await lora();
  expect(after).toBeLessThan(before * 0.7);
  expect(isBaseFrozen).toBe(true);
  expect(trained).toEqual(['hidden/lora/lora_a', 'hidden/lora/lora_b', 'out/lora/lora_a', 'out/lora/lora_b']);
});

test('schedules, clipping and injected hyperparameters', async () => {
  const { first, last, rates, isStopped } = await schedules();
  expect(last).toBeLessThan(first);
  expect(rates[0]).toBe(0);
  expect(rates[1]).toBeCloseTo(0.05, 6);
  expect(rates[2]).toBeCloseTo(0.001, 6);
  expect(isStopped).toBe(true);
});
