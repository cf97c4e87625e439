import { expect, test } from 'vitest';
import { exportFile, openTree, path } from '#linnet/checkpoint';
import { type HostArray, hostArray } from '#linnet/core';
import { labelledRows } from './labelledRows';

const float32 = (shape: number[], values: number[]): HostArray =>
  hostArray('float32', shape, new Uint8Array(Float32Array.from(values).buffer));
const int32 = (values: number[]): HostArray => hostArray('int32', [values.length], new Uint8Array(Int32Array.from(values).buffer));

async function npz(tree: Record<string, HostArray>): Promise<File> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of exportFile(tree, 'npz')) pieces.push(piece.slice());
  return new File(pieces, 'mine.npz');
}

const npzRows = async (file: File) => labelledRows(file.name, await openTree(await path(file)));

test('x and y are rows with labels: whole numbers are classes, others a quantity', async () => {
  const x = float32([3, 2], [1, 2, 3, 4, 5, 6]);
  expect(await npzRows(await npz({ x, y: int32([7, 3, 7]) }))).toEqual({
    name: 'mine.npz',
    columns: ['x0', 'x1', 'y'],
    values: Float32Array.of(1, 2, 1, 3, 4, 0, 5, 6, 1),
    classNames: ['3', '7'],
    task: 'classification',
  });
  const regression = await npzRows(await npz({ data: x, target: float32([3, 1], [0.5, 0.25, 2]) }));
  expect(regression).toMatchObject({ task: 'regression', classNames: [], columns: ['data0', 'data1', 'target'] });
  expect(regression!.values.filter((_, i) => i % 3 === 2)).toEqual(Float32Array.of(0.5, 0.25, 2));
});

test('images become rows of pixels', async () => {
  const rows = await npzRows(await npz({ x: float32([2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]), y: int32([0, 1]) }));
  expect(rows!.columns).toHaveLength(5);
});

test('a checkpoint is no data set, and labels must be as many as rows', async () => {
  expect(await npzRows(await npz({ kernel: float32([2, 2], [1, 2, 3, 4]), bias: float32([2], [1, 2]) }))).toBeNull();
  expect(await npzRows(await npz({ x: float32([2, 1], [1, 2]), y: int32([0, 1]), z: int32([1]) }))).toBeNull();
  await expect(npzRows(await npz({ x: float32([2, 2], [1, 2, 3, 4]), y: int32([0, 1, 1]) }))).rejects.toThrow(
    'mine.npz: x has the shape [2,2] and y [3]; at least two rows with one label each are needed.',
  );
});
