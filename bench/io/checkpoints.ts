import { CheckpointPath, openTree } from '../../src/checkpoint';
import { loadWithoutTarget } from '../../src/checkpoint/load';
import type { HostArray } from '../../src/core';
import type { StepContent } from '../../src/sandbox';
import { writeInto } from '../../src/sandbox/stepWriter';
import type { Library } from '../../src/store';

const ARRAYS = 16;

/** The bytes as float32 arrays of equal size, in memory of their own, as they come from the device. */
export function treeOf(bytes: Uint8Array): HostArray[] {
  const each = bytes.byteLength / ARRAYS;
  return Array.from({ length: ARRAYS }, (_, i) => ({ dtype: 'float32', shape: [each / 4], data: bytes.slice(i * each, (i + 1) * each) }));
}

/** Arrays as a step that the thread that saves is given. */
export function contentOf(arrays: readonly HostArray[], step: number): StepContent {
  const model = Object.fromEntries(arrays.map((array, i) => [`layer${i}`, { ...array, valueType: 'jax.Array' }]));
  const little = { dtype: 'uint32', shape: [2], data: new Uint8Array(8) } as const;
  return { model, optimizer: { step: little }, rngs: { key: little }, record: { step } } as unknown as StepContent;
}

/** What the thread that saves does with a step: encoded as Orbax has it, written, read back. */
export const saveTree = (library: Library, step: number, arrays: readonly HostArray[]): Promise<unknown> =>
  writeInto(library, { run: 'run', step, content: contentOf(arrays, step), options: {} }, () => {});

/** All arrays of a saved step, decoded. */
export async function loadTree(library: Library, step: number): Promise<unknown> {
  const place = new CheckpointPath(await library.openStep('run', step));
  return loadWithoutTarget(await openTree(place.join('model')));
}
