import { expect, test } from 'vitest';
import { DEFAULT_EXPERIMENT } from '#linnet/core';
import { generate } from './generated';
import { loadDataset } from './load';
import { prepare } from './prepared';

const experiment = (data: Partial<(typeof DEFAULT_EXPERIMENT)['data']>) => ({ data: { ...DEFAULT_EXPERIMENT.data, ...data } });

test('tables have the rows, columns and classes of their sources', async () => {
  for (const [name, rows, columns, classes] of [
    ['digits', 1797, 64, 10],
    ['iris', 150, 4, 3],
    ['wine', 178, 13, 3],
    ['breast-cancer', 569, 30, 2],
    ['diabetes', 442, 10, 0],
  ] as const) {
    const data = await loadDataset(experiment({ name }));
    expect([data.rows, data.columns, data.classNames.length], name).toEqual([rows, columns, classes]);
    expect(data.values.every(Number.isFinite) && data.labels.every(Number.isFinite)).toBe(true);
    expect(data.columnNames).toHaveLength(columns);
    if (classes > 0) expect(new Set(data.labels).size).toBe(classes);
  }
});

test('digits are pixels from 0 to 1; the first one is a zero', async () => {
  const data = await loadDataset(experiment({ name: 'digits' }));
  expect(Math.max(...data.values)).toBe(1);
  expect(data.labels[0]).toBe(0);
  expect(Array.from(data.values.subarray(0, 8), (v) => v * 16)).toEqual([0, 0, 5, 13, 9, 1, 0, 0]);
});

test('generated points depend on the seed and on nothing else, and noise moves them', () => {
  for (const name of ['moons', 'circles', 'spiral', 'xor', 'gauss', 'plane', 'regress-gauss'] as const) {
    const a = generate(name, 40, 0.1, 7);
    expect(generate(name, 40, 0.1, 7)).toEqual(a);
    expect(generate(name, 40, 0.1, 8).values).not.toEqual(a.values);
    expect(generate(name, 40, 0, 7).values).not.toEqual(a.values);
    expect(a.values.every((v) => Math.abs(v) < 7)).toBe(true);
  }
});

test('the split takes every row once, the same way each time', async () => {
  const data = await loadDataset(experiment({ name: 'iris' }));
  const prepared = prepare(data, experiment({ trainFraction: 0.8, standardize: true }));
  expect([prepared.train.count, prepared.test.count]).toEqual([120, 30]);
  expect([...prepared.train.indices, ...prepared.test.indices].sort((a, b) => a - b)).toEqual(Array.from({ length: 150 }, (_, i) => i));
  expect(prepare(data, experiment({ trainFraction: 0.8, standardize: true })).train.inputs).toEqual(prepared.train.inputs);
  const column = prepared.train.inputs.filter((_, i) => i % 4 === 2);
  const mean = column.reduce((a, b) => a + b, 0) / column.length;
  const deviation = Math.sqrt(column.reduce((a, b) => a + (b - mean) ** 2, 0) / column.length);
  expect(mean).toBeCloseTo(0, 5);
  expect(deviation).toBeCloseTo(1, 5);
});

test('features of two-dimensional data', async () => {
  const data = await loadDataset(experiment({ name: 'xor', samples: 10, noise: 0 }));
  const { train, inputNames } = prepare(data, experiment({ features: ['x1', 'x1*x2'] }));
  expect(inputNames).toEqual(['x1', 'x1*x2']);
  train.indices.forEach((row, i) => {
    const [x, y] = data.values.subarray(2 * row, 2 * row + 2);
    expect([...train.inputs.subarray(2 * i, 2 * i + 2)]).toEqual([x, Math.fround(x! * y!)]);
    expect(data.labels[row]).toBe(x! * y! > 0 ? 1 : 0);
  });
});

test('own rows are checked', async () => {
  const own = { name: 'mine.csv', columns: ['a', 'class'], classNames: ['no', 'yes'], task: 'classification' as const };
  const good = await loadDataset(experiment({ name: 'csv' }), { ...own, values: Float32Array.of(1, 0, 2, 1) });
  expect([good.rows, good.columns, [...good.labels]]).toEqual([2, 1, [0, 1]]);
  await expect(loadDataset(experiment({ name: 'csv' }))).rejects.toThrow('no rows came with it');
  await expect(loadDataset(experiment({ name: 'csv' }), { ...own, values: Float32Array.of(1, 0, 2, 2) })).rejects.toThrow(
    'class 2 in row 2',
  );
  await expect(loadDataset(experiment({ name: 'csv' }), { ...own, values: Float32Array.of(1, 0, Number.NaN, 1) })).rejects.toThrow(
    'row 2, column a',
  );
});
