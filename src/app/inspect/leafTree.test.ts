import { describe, expect, test } from 'vitest';
import type { LeafInfo } from '#linnet/core';
import { leafTree, openAtFirst, visibleRows } from './leafTree';

const leaf = (...path: (string | number)[]): LeafInfo => ({ path, kind: 'array', dtype: 'float32', shape: [2], byteLength: 8, text: null });
const names = (rows: ReturnType<typeof visibleRows>) => rows.map(({ node, level }) => `${level} ${node.name}`);

describe('tree of leaves', () => {
  const tree = leafTree([leaf('linear1', 'kernel'), leaf('linear1', 'bias'), leaf('mu', 0, 'kernel'), leaf('step')]);

  test('groups carry sums, rows carry their place', () => {
    const rows = visibleRows(tree, openAtFirst(tree));
    expect(names(rows)).toEqual(['1 linear1', '2 kernel', '2 bias', '1 mu', '2 0', '3 kernel', '1 step']);
    expect(rows[0]).toMatchObject({ position: 1, setSize: 3, expanded: true, node: { leaves: 2, byteLength: 16 } });
    expect(rows[6]).toMatchObject({ position: 3, setSize: 3, expanded: null });
  });

  test('closed groups hide what is below', () => {
    expect(names(visibleRows(tree, new Set()))).toEqual(['1 linear1', '1 mu', '1 step']);
  });

  test('a search shows the leaves found and the groups above, open', () => {
    expect(names(visibleRows(tree, new Set(), 'Bias'))).toEqual(['1 linear1', '2 bias']);
    expect(visibleRows(tree, new Set(), 'nowhere')).toEqual([]);
  });

  test('a variable and its value are one row, which keeps the whole path', () => {
    const flax = leafTree([leaf('linear1', 'kernel', 'value'), leaf('count', 'raw_value'), leaf('value')]);
    expect(names(visibleRows(flax, openAtFirst(flax)))).toEqual(['1 linear1', '2 kernel', '1 count', '1 value']);
    expect(flax[0]!.children[0]!.path).toEqual(['linear1', 'kernel', 'value']);
  });

  test('a number and its text are two keys, and hostile names are only names', () => {
    const odd = leafTree([leaf(0), leaf('0'), leaf('__proto__', 'polluted'), leaf('..'), leaf('')]);
    expect(odd.map((node) => node.name)).toEqual(['0', '0', '__proto__', '..', '']);
    expect(new Set(odd.map((node) => node.key)).size).toBe(5);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('10,000 leaves open on the first level only', () => {
    const big = leafTree(Array.from({ length: 10_000 }, (_, i) => leaf(`layer${i % 100}`, `w${i}`)));
    expect(openAtFirst(big).size).toBe(100);
    expect(visibleRows(big, new Set())).toHaveLength(100);
  });
});
