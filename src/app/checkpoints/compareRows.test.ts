import { describe, expect, test } from 'vitest';
import type { ComparedLeaf } from '#linnet/core';
import { compareGroups } from './compareRows';

const changed = (leaf: string, largest: number, notFinite = 0): ComparedLeaf => ({
  leaf,
  kind: 'values',
  first: 'float32[2]',
  second: 'float32[2]',
  values: { elements: 2, changed: 1, notFinite, largest },
});

describe('groups of a comparison', () => {
  const differences: ComparedLeaf[] = [
    changed('model/linear1.bias.value', 0.1),
    changed('model/linear1.kernel', 3),
    changed('optimizer/opt_state.0.mu.linear1.kernel', 0.01),
    changed('model/linear2.kernel', 0.5, 1),
    { leaf: 'model/norm1.scale', kind: 'only in second', second: 'float32[8]' },
  ];
  const pathsOf = (order: 'tree' | 'largest') =>
    compareGroups({ differences, sameLeaves: 2 }, order).map(({ item, leaves }) => [item, leaves.map(({ path }) => path)]);

  test('stand by item, in the order of the checkpoint', () => {
    expect(pathsOf('tree')).toEqual([
      ['model', ['linear1.bias', 'linear1.kernel', 'linear2.kernel', 'norm1.scale']],
      ['optimizer', ['opt_state.0.mu.linear1.kernel']],
    ]);
  });

  test('or largest first: structure before what is not finite before sizes', () => {
    expect(pathsOf('largest')[0]).toEqual(['model', ['norm1.scale', 'linear2.kernel', 'linear1.kernel', 'linear1.bias']]);
  });

  test('a checkpoint without items is one group', () => {
    expect(compareGroups({ differences: [changed('w', 1)], sameLeaves: 0 }, 'tree').map(({ item }) => item)).toEqual(['']);
  });
});
