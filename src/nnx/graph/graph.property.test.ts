import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type HostArray, hostArray, type Path } from '#linnet/core';
import * as nnx from '../index';

class Node extends nnx.Module {
  [name: string]: any;
}

const TYPES = [nnx.Param, nnx.BatchStat, nnx.RngCount, nnx.LoRAParam] as const;
const NAMES = ['a', 'b', 'kernel', 'Z', 'value', '0', '__proto__', 'constructor_'] as const;

/** One edit of a graph that is being built: what is put where. Indexes are taken modulo what there is. */
type Edit = { readonly at: number; readonly name: (typeof NAMES)[number] } & (
  | { readonly put: 'node' | 'list' | 'object' | 'array' }
  | { readonly put: 'variable'; readonly type: number }
  | { readonly put: 'known'; readonly which: number }
  | { readonly put: 'static'; readonly value: unknown }
);

const edit: fc.Arbitrary<Edit> = fc
  .tuple(
    fc.record({ at: fc.nat(), name: fc.constantFrom(...NAMES) }),
    fc.oneof(
      fc.record({ put: fc.constantFrom('node', 'list', 'object', 'array') }),
      fc.record({ put: fc.constant('variable' as const), type: fc.nat(TYPES.length - 1) }),
      fc.record({ put: fc.constant('known' as const), which: fc.nat() }),
      fc.record({ put: fc.constant('static' as const), value: fc.constantFrom<unknown>(null, 3, 'text', true, [1, 2]) }),
    ),
  )
  .map(([where, what]) => ({ ...where, ...what }) as Edit);

let serial = 0;
const array = (): HostArray => hostArray('int32', [1], new Uint8Array(Int32Array.of(serial++).buffer));

/** A graph from edits: modules, lists and objects under each other, sharing and cycles included. */
function build(edits: readonly Edit[]): Node {
  const root = new Node();
  const holders: object[] = [root];
  const known: object[] = [root];
  for (const step of edits) {
    const holder = holders[step.at % holders.length]!;
    const value = made(step, known);
    if (step.put === 'node' || step.put === 'list' || step.put === 'object') holders.push(value as object);
    if (typeof value === 'object' && value !== null && step.put !== 'static' && step.put !== 'array') known.push(value);
    if (Array.isArray(holder)) holder.push(value);
    else Object.defineProperty(holder, step.name, { value, enumerable: true, writable: true, configurable: true });
  }
  return root;
}

function made(step: Edit, known: readonly object[]): unknown {
  switch (step.put) {
    case 'node':
      return new Node();
    case 'list':
      return [];
    case 'object':
      return {};
    case 'array':
      return array();
    case 'variable':
      return new TYPES[step.type]!(array(), { tag: `t${step.type}` });
    case 'known':
      return known[step.which % known.length];
    case 'static':
      return step.value;
  }
}

const graph = fc.array(edit, { maxLength: 25 }).map(build);
const keysOf = (state: nnx.State): string[] => nnx.toFlatState(state).paths.map((path: Path) => JSON.stringify(path));
const bareValue = (leaf: unknown): unknown => (leaf instanceof nnx.Variable ? leaf.value : leaf);
const valuesOf = (state: nnx.State): unknown[] => nnx.toFlatState(state).leaves.map(bareValue);

describe('any graph of modules', () => {
  test('comes back from split and merge with its values, its sharing and its cycles', () => {
    fc.assert(
      fc.property(graph, (root) => {
        const [graphdef, state] = nnx.split(root);
        const merged = nnx.merge(graphdef, state);
        expect(nnx.graphdef(merged).fingerprint).toBe(graphdef.fingerprint);
        expect(nnx.graphdef(merged).equals(graphdef)).toBe(true);
        expect(valuesOf(nnx.state(merged))).toEqual(valuesOf(state));
        expect(nnx.findDuplicates(merged)).toEqual(nnx.findDuplicates(root));
        const originals = new Set<unknown>([...nnx.iterGraph(root)].flatMap(([, value]) => (value instanceof nnx.Variable ? [value] : [])));
        for (const [, value] of nnx.iterGraph(merged)) expect(originals.has(value)).toBe(false);
      }),
    );
  });

  test('is divided by filters: each leaf in one part, none lost', () => {
    const filter = fc.constantFrom<nnx.Filter>(
      nnx.Param,
      nnx.LoRAParam,
      't1',
      nnx.PathContains('a'),
      nnx.Not(nnx.RngState),
      [nnx.BatchStat, 't2'],
      null,
    );
    fc.assert(
      fc.property(graph, fc.array(filter, { maxLength: 4 }), (root, filters) => {
        const [graphdef, ...states] = nnx.split(root, ...filters, '...');
        const keys = states.flatMap(keysOf);
        expect(new Set(keys).size).toBe(keys.length);
        expect([...keys].sort()).toEqual(keysOf(nnx.state(root)).sort());
        expect(valuesOf(nnx.state(nnx.merge(graphdef, ...states)))).toEqual(valuesOf(nnx.state(root)));
      }),
    );
  });

  test('pure dictionaries carry every value there and back', () => {
    fc.assert(
      fc.property(graph, (root) => {
        const state = nnx.state(root);
        const before = valuesOf(state);
        const dict = nnx.toPureDict(state);
        const other = nnx.mapState((_, leaf) => (leaf instanceof nnx.Variable ? leaf.replace(array()) : array()), state);
        nnx.replaceByPureDict(other, dict, { complete: true });
        expect(valuesOf(other)).toEqual(before);
        expect(nnx.toPureDict(other)).toEqual(dict);
        nnx.update(root, dict);
        expect(valuesOf(nnx.state(root))).toEqual(before);
      }),
    );
  });

  test('flat states are sorted and come back', () => {
    fc.assert(
      fc.property(graph, (root) => {
        const state = nnx.state(root);
        const back = nnx.fromFlatState(nnx.toFlatState(state));
        expect(keysOf(back)).toEqual(keysOf(state));
        expect(valuesOf(back)).toEqual(valuesOf(state));
      }),
    );
  });
});
