import { expect, test } from 'vitest';
import { DEFAULT_EXPERIMENT } from '#linnet/core';
import { parseExperiment } from './experiment';

test('the default experiment is one, also after a trip through JSON', () => {
  expect(parseExperiment(JSON.parse(JSON.stringify(DEFAULT_EXPERIMENT)))).toEqual(DEFAULT_EXPERIMENT);
});

test('every problem is named at once', () => {
  const { data, model, optimizer } = DEFAULT_EXPERIMENT;
  const wrong = {
    ...DEFAULT_EXPERIMENT,
    data: { ...data, noise: 2, features: ['x1', 'x1'] },
    model: { ...model, hidden: [{ width: 0, activation: 'relu' }] },
    optimizer: { ...optimizer, name: 'adamish', extra: 1 },
  };
  expect(() => parseExperiment(wrong)).toThrow(
    /data\.noise is 2, expected a number from 0 to 1; data\.features .*; model\.hidden .*; optimizer\.name is "adamish".*; optimizer\.extra is not known/,
  );
});

test('another version is refused by name', () => {
  expect(() => parseExperiment({ ...DEFAULT_EXPERIMENT, version: 2 })).toThrow('The experiment has version 2');
  expect(() => parseExperiment(null)).toThrow('version');
});
