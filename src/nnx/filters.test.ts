import { beforeAll, expect, test } from 'vitest';
import { init } from '#linnet/tensor';
import * as nnx from './index';

beforeAll(() => init({ backend: 'cpu' }));

class Net extends nnx.Module {
  linear: nnx.Linear;
  norm: nnx.BatchNorm;
  drop: nnx.Dropout;
  constructor({ rngs }: { rngs: nnx.Rngs }) {
    super();
    this.linear = new nnx.Linear(2, 2, { rngs });
    this.norm = new nnx.BatchNorm(2, { rngs });
    this.drop = new nnx.Dropout(0.5, { rngs });
  }
}

const make = (): Net => new Net({ rngs: new nnx.Rngs({ params: 0, dropout: 1 }) });
const names = (state: nnx.State): string[] => nnx.toFlatState(state).paths.map((path) => path.join('.'));
const chosen = (filter: nnx.Filter): string[] => names(nnx.state(make(), filter));

test('filters select by class, tag, path and predicate, and combine', () => {
  const everything = names(nnx.state(make()));
  const stats = ['norm.mean', 'norm.var'];
  const streams = ['drop.rngs.count', 'drop.rngs.key'];
  expect(chosen(nnx.OfType(nnx.BatchStat))).toEqual(stats);
  expect(chosen(nnx.RngKey)).toEqual(['drop.rngs.key']);
  expect(chosen(nnx.WithTag('dropout'))).toEqual(streams);
  expect(chosen('dropout')).toEqual(streams);
  expect(chosen('drop')).toEqual([]);
  expect(chosen(nnx.PathContains('norm'))).toEqual(['norm.bias', 'norm.mean', 'norm.scale', 'norm.var']);
  expect(chosen(nnx.PathContains('ker', { exact: false }))).toEqual(['linear.kernel']);
  expect(chosen(nnx.PathIn(['norm', 'var'], ['linear', 'bias']))).toEqual(['linear.bias', 'norm.var']);
  expect(chosen(nnx.All(nnx.Param, nnx.PathContains('norm')))).toEqual(['norm.bias', 'norm.scale']);
  expect(chosen(nnx.Any(nnx.BatchStat, 'dropout'))).toEqual([...streams, ...stats]);
  expect(chosen([nnx.BatchStat, 'dropout'])).toEqual([...streams, ...stats]);
  expect(chosen(nnx.Not(nnx.Any(nnx.Param, nnx.RngState)))).toEqual(stats);
  expect(chosen((path) => path.at(-1) === 'mean')).toEqual(['norm.mean']);
  for (const all of [nnx.Everything(), true, '...'] as const) expect(chosen(all)).toEqual(everything);
  for (const none of [nnx.Nothing(), false, null]) expect(chosen(none)).toEqual([]);
});

test('States are divided, put together and compared', () => {
  const state = nnx.state(make());
  const [params, stats, rest] = nnx.splitState(state, nnx.Param, nnx.BatchStat, '...');
  expect(names(rest!)).toEqual(['drop.rngs.count', 'drop.rngs.key']);
  expect(() => nnx.splitState(state, nnx.Param, nnx.BatchStat)).toThrow(/No filter selects drop\.rngs\.count, drop\.rngs\.key/);
  expect(names(nnx.mergeState(params!, stats!, rest!))).toEqual(names(state));
  expect(names(nnx.diff(state, params!))).toEqual(names(nnx.mergeState(stats!, rest!)));
  const later = nnx.mapState((_, leaf: nnx.Variable) => leaf.replace(leaf.value), params!);
  expect(nnx.mergeState(state, later).linear.kernel).toBe(later.linear.kernel);
  const flat = nnx.toFlatState(state);
  const parts = flat.split(nnx.Param, '...');
  expect(flat).toBeInstanceOf(nnx.FlatState);
  expect(parts[0]!.merge(parts[1]!).paths).toEqual(flat.paths);
  expect(flat.filter(nnx.BatchStat)[0]!.length).toBe(2);
});
