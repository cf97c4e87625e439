import { expect, test } from 'vitest';
import { accessPath } from './accessPath';

test('paths are code', () => {
  expect(accessPath('model', [])).toBe('model');
  expect(accessPath('model', ['linear1', 'kernel'])).toBe('model.linear1.kernel');
  expect(accessPath('model', ['layers', 0, 'a b', '0'])).toBe('model.layers[0]["a b"]["0"]');
});
