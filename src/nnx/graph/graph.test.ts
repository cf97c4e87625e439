import { describe, expect, test } from 'vitest';
import { hostArray } from '#linnet/core';
import * as nnx from '../index';

const array = (...shape: number[]) => {
  const size = shape.reduce((a, b) => a * b, 1);
  return hostArray('float32', shape, new Uint8Array(size * 4));
};

class Leafy extends nnx.Module {
  [name: string]: any;
}

function tree(entries: Record<string, unknown>): Leafy {
  return Object.assign(new Leafy(), entries);
}

const names = (state: nnx.State) => nnx.toFlatState(state).paths.map((path) => path.join('/'));

describe('traversal', () => {
  test('sorts attributes and gives a shared Variable its first path', () => {
    const shared = new nnx.Param(array(2));
    const model = tree({ w: shared, v: shared, a: new nnx.Param(array(1)) });
    expect(names(nnx.state(model))).toEqual(['a', 'v']);
    const [graphdef, state] = nnx.split(model);
    const merged = nnx.merge(graphdef, state);
    expect(merged.w).toBe(merged.v);
    expect(merged.w).not.toBe(shared);
    expect(Object.keys(merged)).toEqual(['w', 'v', 'a']);
  });

  test('restores cycles', () => {
    const model = tree({ p: new nnx.Param(array(1)) });
    model.self = model;
    model.list = [model, { back: model }];
    const copy = nnx.clone(model);
    expect(copy.self).toBe(copy);
    expect(copy.list[1].back).toBe(copy);
    expect(names(nnx.state(model))).toEqual(['p']);
  });

  test('list positions are integers in numeric order and plain containers without arrays are static', () => {
    const layers = Array.from({ length: 11 }, () => tree({ w: new nnx.Param(array(1)) }));
    const model = tree({ layers, dims: [1, 2, 3] });
    const paths = nnx.toFlatState(nnx.state(model)).paths;
    expect(paths.map((path) => path[1])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(nnx.clone(model).dims).toBe(model.dims);
  });

  test('tying removes the later path', () => {
    const a = tree({ kernel: new nnx.Param(array(1)) });
    const b = tree({ kernel: new nnx.Param(array(1)), bias: new nnx.Param(array(1)) });
    const model = tree({ linear1: a, linear2: b });
    b.kernel = a.kernel;
    expect(names(nnx.state(model))).toEqual(['linear1/kernel', 'linear2/bias']);
    expect(nnx.findDuplicates(model)).toEqual([
      [
        ['linear1', 'kernel'],
        ['linear2', 'kernel'],
      ],
    ]);
    model.linear2 = a;
    expect(names(nnx.state(model))).toEqual(['linear1/kernel']);
  });

  test('a bare array is a leaf', () => {
    const model = tree({ stats: array(3), inner: { deep: array(2) } });
    expect(names(nnx.state(model))).toEqual(['inner/deep', 'stats']);
    const next = array(3);
    nnx.update(model, { stats: next });
    expect(model.stats).toBe(next);
  });

  test('iterGraph visits children first and each object once', () => {
    const inner = tree({ w: new nnx.Param(array(1)) });
    const model = tree({ a: inner, b: inner, n: 3 });
    expect([...nnx.iterGraph(model)].map(([path]) => path.join('/'))).toEqual(['a/w', 'a', 'n', '']);
    expect([...nnx.iterModules(model)].map(([path]) => path.join('/'))).toEqual(['a', '']);
    expect([...nnx.iterChildren(model)].map(([name]) => name)).toEqual(['a', 'b']);
  });
});

describe('GraphDef', () => {
  test('is equal for one architecture with other values, and differs with static values and sharing', () => {
    const make = (n: number, tied = false) => {
      const w = new nnx.Param(array(2));
      return tree({ n, w, v: tied ? w : new nnx.Param(array(2)) });
    };
    expect(nnx.graphdef(make(1)).equals(nnx.graphdef(make(1)))).toBe(true);
    expect(nnx.graphdef(make(1)).equals(nnx.graphdef(make(2)))).toBe(false);
    expect(nnx.graphdef(make(1)).equals(nnx.graphdef(make(1, true)))).toBe(false);
  });
});

describe('split, merge, update', () => {
  const model = () => tree({ a: new nnx.Param(array(2)), b: new nnx.BatchStat(array(3)), c: new nnx.Param(array(2, 2)) });

  test('filters partition, the first match wins, and the rest must be selected', () => {
    const [, params, rest] = nnx.split(model(), nnx.Param, '...');
    expect([names(params), names(rest)]).toEqual([['a', 'c'], ['b']]);
    expect(() => nnx.split(model(), nnx.Param)).toThrow(/No filter selects b\./);
    expect(() => nnx.split(model(), '...', nnx.Param)).toThrow(/must come last/);
    expect(names(nnx.state(model(), nnx.BatchStat))).toEqual(['b']);
    const [x, y] = nnx.state(model(), nnx.PathContains('c'), nnx.Not(nnx.Param));
    expect([names(x!), names(y!)]).toEqual([['c'], ['b']]);
  });

  test('merge names every path that does not fit', () => {
    const [graphdef, state] = nnx.split(model());
    state.delete('a');
    state.set('extra', new nnx.Param(array(1)));
    state.set('c', new nnx.Param(array(4)));
    expect(() => nnx.merge(graphdef, state)).toThrow(
      'nnx.merge: the state does not fit. missing: a. unexpected: extra float32[1]. of another shape: c: expected float32[2, 2], found float32[4]. Nothing was changed.',
    );
  });

  test('update is partial and changes nothing when something does not fit', () => {
    const target = model();
    const before = target.a.value;
    expect(() => nnx.update(target, { a: array(2), z: array(1) })).toThrow(/unexpected: z float32\[1\]/);
    expect(target.a.value).toBe(before);
    expect(() => nnx.update(target, { a: array(3) })).toThrow(expect.objectContaining({ kind: 'ShapeError' }));
    const next = array(2);
    nnx.update(target, { a: { value: next } });
    expect(target.a.value).toBe(next);
  });

  test('a null without a place is passed over', () => {
    const target = model();
    nnx.update(target, { bias: null });
    expect(() => nnx.update(target, { bias: 0 })).toThrow(/unexpected: bias/);
  });

  test('states are snapshots', () => {
    const target = model();
    const before = nnx.state(target);
    const kept = before.a.value;
    target.a.value = array(2);
    expect(before.a.value).toBe(kept);
    before.a.value = array(2);
    expect(target.a.value).not.toBe(before.a.value);
  });

  test('pop removes what it returns', () => {
    const target = model();
    expect(names(nnx.pop(target, nnx.BatchStat))).toEqual(['b']);
    expect(Object.keys(target)).toEqual(['a', 'c']);
  });

  test('Param(None) keeps its place without a leaf', () => {
    const target = tree({ bias: new nnx.Param(null), kernel: new nnx.Param(array(1)) });
    const [graphdef, state] = nnx.split(target);
    expect(nnx.toPureDict(state).bias).toBeNull();
    state.replaceByPureDict({ bias: array(1) });
    expect(nnx.merge(graphdef, state).bias.shape).toEqual([1]);
  });

  test('refuses what is no graph', () => {
    expect(() => nnx.split({ a: 1 })).toThrow(/needs a Module/);
    expect(() => nnx.merge({} as never, {})).toThrow(/Expected the GraphDef/);
    expect(() => nnx.state(model(), class Foo {} as never)).toThrow(/is not a filter/);
  });
});

describe('modes', () => {
  test('setAttributes reaches every module that has the attribute', () => {
    const model = tree({ inner: tree({ deterministic: false }), list: [tree({ useRunningAverage: false, deterministic: false })] });
    model.eval();
    expect(model.inner.deterministic).toBe(true);
    expect(model.list[0].useRunningAverage).toBe(true);
    expect(() => model.setAttributes({ rate: 1 })).toThrow(/attribute rate/);
  });

  test('view shares Variables and leaves the attributes of the original alone', () => {
    const model = tree({ w: new nnx.Param(array(1)), deterministic: false });
    const other = nnx.view(model, { deterministic: true });
    expect(other.w).toBe(model.w);
    expect([model.deterministic, other.deterministic]).toEqual([false, true]);
  });

  test('sow collects and refuses a name in use', () => {
    const model = tree({ w: new nnx.Param(array(1)) });
    model.sow(nnx.Intermediate, 'h', 1);
    model.sow(nnx.Intermediate, 'h', 2);
    expect(model.h.value).toEqual([1, 2]);
    expect(() => model.sow(nnx.Intermediate, 'w', 1)).toThrow(/no Intermediate/);
    nnx.pop(model, nnx.Intermediate);
    expect(model.h).toBeUndefined();
  });
});
