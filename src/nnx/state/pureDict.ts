import { LinnetError, type Path, type PathPart } from '#linnet/core';
import { isGraphNode } from '../graph/node';
import { isArrayLeaf } from '../leaf';
import { Variable } from '../variable';
import { State } from './state';

/** Nested dictionaries of arrays: what a checkpoint restored without a target is. Null-prototype objects, so any key is data. */
export interface PureDict {
  [key: string]: any;
}

/** A State, or what may stand for one. */
export type StateLike = State | PureDict;

const INTEGER = /^(0|[1-9]\d*)$/;

function put(dict: PureDict, key: PathPart, value: unknown): void {
  Object.defineProperty(dict, key, { value, enumerable: true, writable: true, configurable: true });
}

/** `state` as nested dictionaries with arrays in place of Variables. `extract` says what stands for a Variable (its value). */
export function toPureDict(state: State, extract: (variable: Variable<any>) => unknown = (variable) => variable.value): PureDict {
  const dict = Object.create(null) as PureDict;
  for (const [key, child] of state.entries()) {
    if (child instanceof State) put(dict, key, toPureDict(child, extract));
    else put(dict, key, child instanceof Variable ? extract(child) : child);
  }
  return dict;
}

function isDictionary(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || isArrayLeaf(value) || isGraphNode(value)) return false;
  if (value instanceof State || value instanceof Map || Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function dictionaryEntries(value: object): [PathPart, unknown][] {
  if (value instanceof State) return value.entries();
  if (value instanceof Map) return [...value.entries()] as [PathPart, unknown][];
  if (Array.isArray(value)) return value.map((item, i) => [i, item]);
  return Object.entries(value);
}

/** Depth at which dictionaries are refused: they contain themselves. */
const MAX_DEPTH = 1000;

/** Every leaf of nested dictionaries, States, maps and arrays with its path. Variables stay whole. */
export function dictLeaves(dict: unknown, path: Path = []): [Path, unknown][] {
  if (!isDictionary(dict)) {
    if (path.length > 0) return [[path, dict]];
    throw new LinnetError('InvalidArgumentError', `Expected a State or nested dictionaries of arrays, found ${String(dict)}.`);
  }
  if (path.length > MAX_DEPTH) throw new LinnetError('InvalidArgumentError', 'The dictionaries contain themselves.');
  return dictionaryEntries(dict).flatMap(([key, value]) => {
    const at = [...path, key];
    return isDictionary(value) ? dictLeaves(value, at) : [[at, value] as [Path, unknown]];
  });
}

/** A key of digits as an integer. */
const withInteger = (key: PathPart): PathPart => (typeof key === 'string' && INTEGER.test(key) ? Number(key) : key);

/**
 * Nested dictionaries as nested maps in which keys of digits are integers, as list positions are in a State: a checkpoint keeps them as
 * text. (A JS object has no integer keys, hence maps.)
 */
export function restoreIntPaths(dict: StateLike): Map<PathPart, unknown> {
  return new Map(
    dictionaryEntries(dict).map(([key, value]) => [withInteger(key), isDictionary(value) ? restoreIntPaths(value as StateLike) : value]),
  );
}
