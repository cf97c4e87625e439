import { LinnetError } from '#linnet/core';
import { type Filter, partition, partitionAll } from '../filters';
import type { State } from '../state/state';
import type { StateOf } from '../state/stateOf';
import { flattenGraph } from './flattenGraph';
import type { GraphDef } from './graphDef';
import { isNode } from './node';
import { snapshot } from './snapshot';

/** One State for each filter; without filters one State with the names and types of the module's attributes. */
export type StatesOf<F extends readonly Filter[], M> = F extends readonly [] ? [StateOf<M>] : { [K in keyof F]: State };

/** Refuses a value that is no graph, naming what it is. */
export function checkNode(node: unknown, action: string): asserts node is object {
  if (isNode(node)) return;
  const found = typeof node === 'object' && node !== null ? (node.constructor?.name ?? 'an object') : String(node);
  throw new LinnetError('InvalidArgumentError', `${action} needs a Module, or an array or object that holds some. Found ${found}.`);
}

/**
 * Takes a module apart into its architecture and its leaves, in one State for each filter (the first that matches wins; every leaf must
 * be selected). The States are snapshots. Like `flax.nnx.split`.
 */
export function split<M extends object, F extends readonly Filter[]>(node: M, ...filters: F): [GraphDef<M>, ...StatesOf<F, M>] {
  checkNode(node, 'nnx.split');
  const { graphdef, leaves } = flattenGraph(node);
  const groups = partitionAll(leaves, filters.length > 0 ? filters : [true]);
  return [graphdef, ...(groups.map(snapshot) as unknown as StatesOf<F, M>)];
}

/** The leaves of a module as a snapshot; with filters, one State for each, without what none selects. Like `flax.nnx.state`. */
export function state<M extends object>(node: M): StateOf<M>;
export function state(node: object, filter: Filter): State;
export function state<F extends readonly Filter[]>(node: object, ...filters: F): { [K in keyof F]: State };
export function state(node: object, ...filters: Filter[]): State | State[] {
  checkNode(node, 'nnx.state');
  const { leaves } = flattenGraph(node);
  if (filters.length === 0) return snapshot(leaves);
  const states = partition(leaves, filters).groups.map(snapshot);
  return states.length === 1 ? states[0]! : states;
}

/** The architecture of a module. Like `flax.nnx.graphdef`. */
export function graphdef<M extends object>(node: M): GraphDef<M> {
  checkNode(node, 'nnx.graphdef');
  return flattenGraph(node).graphdef;
}
