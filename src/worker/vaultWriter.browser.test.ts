import { expect, test } from 'vitest';
import type { MarkedHostArray } from '#linnet/checkpoint';
import type { StepContent, StepToWrite } from '#linnet/sandbox';
import { VaultWriter } from './vaultWriter';
import { installWireErrors } from './wireErrors';

installWireErrors();

const ELEMENTS = 3000;

const array = (seed: number): MarkedHostArray => ({
  dtype: 'float32',
  shape: [ELEMENTS],
  data: new Uint8Array(Float32Array.from({ length: ELEMENTS }, (_, i) => i * seed).buffer),
  valueType: 'jax.Array',
});

function stepOf(run: string, step: number): StepToWrite {
  const trees = { model: { a: { value: array(step) } }, optimizer: { count: array(1) }, rngs: { key: array(2) } };
  const content = { ...trees, record: { step } } as unknown as StepContent;
  return { run, step, content, options: { metrics: {}, kind: 'test' } };
}

test('step after step is written by the other thread, which says how far it is; refusals come back and end nothing', async () => {
  const run = `vault ${crypto.randomUUID()}`;
  const writer = new VaultWriter();
  const garbage: unknown[] = [];
  for (let step = 0; step < 60; step++) {
    const seen: [number, number][] = [];
    const what = stepOf(run, step);
    const { model } = what.content as { model: { a: { value: MarkedHostArray } } };
    const info = await writer.write(what, (done, total) => void seen.push([done, total]));
    expect(info).toMatchObject({ run, step, kind: 'test' });
    // The arrays were handed over, not copied.
    expect(model.a.value.data.byteLength).toBe(0);
    expect(info.byteLength).toBeGreaterThan(4 * ELEMENTS);
    await expect.poll(() => seen.at(-1)).toEqual([info.byteLength, info.byteLength]);
    expect(seen.every(([done], i) => i === 0 || done >= seen[i - 1]![0])).toBe(true);
    // What nobody holds is collected now and then; the thread must outlive that.
    garbage.push(new Uint8Array(16 << 20).fill(step));
    if (garbage.length > 3) garbage.length = 0;
    if (step % 20 === 10) await expect(writer.write(stepOf(run, step), () => {})).rejects.toMatchObject({ kind: 'CheckpointExistsError' });
  }
}, 120_000);
