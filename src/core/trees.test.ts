import { describe, expect, test } from 'vitest';
import { LinnetError } from './errors';
import { hostArray } from './hostArray';
import {
  describeStructure,
  flatten,
  flattenWithPath,
  formatPath,
  mapTree,
  mapWithPath,
  structuresEqual,
  treeNode,
  unflatten,
} from './trees';

describe('trees', () => {
  test('dictionary keys are sorted, sequences keep their order, null has no leaf', () => {
    const { leaves, structure } = flatten({ b: [3, 4], a: 1, c: null });
    expect(leaves).toEqual([1, 3, 4]);
    expect(describeStructure(structure)).toBe('{a: *, b: [*, *], c: None}');
    expect(unflatten(structure, [10, 20, 30])).toEqual({ a: 10, b: [20, 30], c: null });
  });

  test('paths name every step', () => {
    const { leaves } = flattenWithPath({ linear1: { kernel: 1 }, list: [{ x: 2 }] });
    expect(leaves.map(([path]) => formatPath(path))).toEqual(['linear1.kernel', 'list.0.x']);
  });

  test('classes take part by the tree protocol', () => {
    class Pair {
      constructor(
        readonly first: unknown,
        readonly second: unknown,
      ) {}
      [treeNode]() {
        return {
          keys: ['first', 'second'],
          children: [this.first, this.second],
          rebuild: ([a, b]: readonly unknown[]) => new Pair(a, b),
          tag: Pair,
        };
      }
    }
    const doubled = mapTree<Pair>((x: number) => 2 * x, new Pair(1, [2, 3]));
    expect(doubled).toBeInstanceOf(Pair);
    expect([doubled.first, doubled.second]).toEqual([2, [4, 6]]);
  });

  test('host arrays and class instances without the protocol are leaves', () => {
    const array = hostArray('float32', [1], new Uint8Array(4));
    const date = new Date(0);
    expect(flatten({ array, date }).leaves).toEqual([array, date]);
  });

  test('maps keep their order and key kinds', () => {
    const map = new Map<unknown, unknown>([
      ['b', 1],
      [0, 2],
    ]);
    expect(mapTree((x: number) => x + 1, map)).toEqual(
      new Map<unknown, unknown>([
        ['b', 2],
        [0, 3],
      ]),
    );
  });

  test('a key named __proto__ is data', () => {
    const hostile = JSON.parse('{"__proto__": {"polluted": 1}}');
    const copy = mapTree<Record<string, unknown>>((x: number) => x, hostile);
    expect(Object.keys(copy)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('mapping several trees checks that their structures agree', () => {
    expect(mapTree((a: number, b: number) => a + b, { x: 1 }, { x: 2 })).toEqual({ x: 3 });
    expect(() => mapTree((a: number) => a, { x: 1 }, { y: 2 })).toThrow(
      /Tree 2 of 2 has another structure: \{y: \*\} instead of \{x: \*\}/,
    );
  });

  test('isLeaf stops the walk', () => {
    expect(mapWithPath((path) => formatPath(path), { a: { b: 1 }, c: null }, { isLeaf: (value) => value === null })).toEqual({
      a: { b: 'a.b' },
      c: 'c',
    });
  });

  test('a tree that contains itself is refused', () => {
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    expect(() => flatten(loop)).toThrow(LinnetError);
  });

  test('structures differ by keys and container type', () => {
    const of = (tree: unknown) => flatten(tree).structure;
    expect(structuresEqual(of({ a: [1] }), of({ a: [2] }))).toBe(true);
    expect(structuresEqual(of({ a: [1] }), of({ a: { 0: 1 } }))).toBe(false);
    expect(structuresEqual(of({ a: null }), of({ a: 1 }))).toBe(false);
  });

  test('unflatten wants as many leaves as the structure has', () => {
    expect(() => unflatten(flatten([1, 2]).structure, [1])).toThrow(/2 leaves, but 1/);
  });
});
