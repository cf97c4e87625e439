import { expect, test } from 'vitest';
import type { DisplayNode } from '#linnet/core';
import { canUnfold, nodeKey, unfoldedAtFirst } from './folding';

const array = { dtype: 'float32', shape: [], summary: '', text: '', statistics: null };
const node = (path: DisplayNode['path'], children: readonly DisplayNode[] = []): DisplayNode => ({
  path,
  type: 'x',
  text: '',
  sizes: '',
  array: null,
  children,
});
const layer = (name: string, count: number) =>
  node(
    [name],
    Array.from({ length: count }, (_, i) => ({ ...node([name, i]), array })),
  );

test('a small tree is unfolded, of a large one the first level', () => {
  const small = node([], [layer('a', 3), layer('b', 3), node(['settings'], [node(['settings', 'x'])])]);
  expect([...unfoldedAtFirst(small)]).toEqual(['[]', '["a"]', '["b"]']);
  const large = node([], [layer('a', 30), layer('b', 30)]);
  expect([...unfoldedAtFirst(large)]).toEqual(['[]']);
  expect(unfoldedAtFirst(node([])).size).toBe(0);
});

test('parts without children fold only when they hold an array', () => {
  expect(canUnfold(node(['a']))).toBe(false);
  expect(canUnfold(layer('a', 1))).toBe(true);
  expect(canUnfold({ ...node(['a']), array })).toBe(true);
});

test('keys tell numbers and names apart', () => {
  expect(nodeKey(node([0]))).not.toBe(nodeKey(node(['0'])));
});
