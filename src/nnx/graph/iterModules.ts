import type { Path, PathPart } from '#linnet/core';
import { Module } from '../module';
import { iterGraph, sortedEntries } from './iterGraph';

/** Path and module of every module of a graph, children first, the root last. Like `flax.nnx.iter_modules`. */
export function* iterModules(node: object): Generator<[Path, Module]> {
  for (const [path, value] of iterGraph(node)) if (value instanceof Module) yield [path, value];
}

/** Name and module of the direct children. Like `flax.nnx.iter_children`. */
export function* iterChildren(node: object): Generator<[PathPart, Module]> {
  for (const [key, value] of sortedEntries(node)) if (value instanceof Module) yield [key, value];
}
