import { expect, test } from 'vitest';
import { asJaxArray, CheckpointPath, openTree } from '#linnet/checkpoint';
import { concatBytes, hostArray } from '#linnet/core';
import { memoryStore } from '#linnet/store';
import type { StepContent } from './stepContent';
import { writeStep } from './stepItems';

test('the files of a step are made of the arrays themselves, not of copies', async () => {
  const kernel = hostArray('float32', [512, 512], new Uint8Array(Float32Array.from({ length: 512 * 512 }, (_, i) => Math.sin(i)).buffer));
  const small = asJaxArray(hostArray('uint32', [2], new Uint8Array(8).fill(3)));
  const content = { model: { kernel: asJaxArray(kernel) }, optimizer: { step: small }, rngs: { key: small }, record: { step: 7 } };
  const files = await writeStep(content as unknown as StepContent);
  const pieces = [...files].flatMap(([key, held]) => (key.startsWith('model/d/') ? held.pieces : []));
  const shared = pieces.filter(({ buffer }) => buffer === kernel.data.buffer);
  expect(shared.reduce((sum, { byteLength }) => sum + byteLength, 0)).toBe(kernel.data.byteLength);

  const store = memoryStore();
  for (const [key, held] of files) await store.write(`7/${key}`, concatBytes(held.pieces));
  const tree = await openTree(new CheckpointPath(store, '7/model'));
  expect((await tree.readArray(tree.leaves[0]!)).data).toEqual(kernel.data);
});
