import { type Shape, stridesOf } from '#linnet/core';
import type { Atom, Var } from '../trace/program';
import type { Graph } from './graph';

/** An array read through views as if strided: element = offset + Σ coordinate[axis] · strides[axis] of `source`. */
export interface StridedView {
  readonly source: Var;
  readonly offset: number;
  readonly strides: readonly number[];
}

/** `atom` as a strided view of something in memory (`isStored`), looking through views; undefined when it is not one. */
export function stridedView(graph: Graph, atom: Atom, isStored: (variable: Var) => boolean): StridedView | undefined {
  if (atom.type === 'literal') return undefined;
  if (isStored(atom)) return { source: atom, offset: 0, strides: stridesOf(atom.aval.shape) };
  const node = graph.producer(atom);
  if (node?.lowering.kind !== 'indexed' || !node.lowering.isView || node.inputs.length !== 1) return undefined;
  const [input] = node.inputs;
  const inner = stridedView(graph, input!, isStored);
  if (!inner) return undefined;
  if (node.lowering.isReshape) {
    const strides = reshapeStrides(inner.strides, input!.aval.shape, atom.aval.shape);
    return strides && { ...inner, strides };
  }
  const names = atom.aval.shape.map((_, axis) => `c${axis}`);
  let coordinates: readonly string[] | undefined;
  const context = { params: node.params, inputs: [input!.aval], outputs: [atom.aval], use: () => '' };
  const result = node.lowering.value(
    names,
    (_, read) => {
      coordinates = read;
      return 'element';
    },
    context,
  );
  if (result !== 'element' || !coordinates) return undefined;
  return throughCoordinates(inner, coordinates, names.length);
}

/** Strides after a view whose input coordinates are output coordinates, constants, or a coordinate plus a constant. */
function throughCoordinates(inner: StridedView, coordinates: readonly string[], rank: number): StridedView | undefined {
  const strides = new Array<number>(rank).fill(0);
  let { offset } = inner;
  for (let axis = 0; axis < coordinates.length; axis++) {
    const coordinate = coordinates[axis]!;
    const constant = /^(\d+)u$/.exec(coordinate);
    const scaled = /^\(?c(\d+)(?: \* (\d+)u)?(?: \+ (\d+)u)?\)?$/.exec(coordinate);
    if (constant) offset += Number(constant[1]) * inner.strides[axis]!;
    else if (scaled) {
      strides[Number(scaled[1])]! += inner.strides[axis]! * Number(scaled[2] ?? 1);
      offset += inner.strides[axis]! * Number(scaled[3] ?? 0);
    } else return undefined;
  }
  return { source: inner.source, offset, strides };
}

/** Strides of a reshaped view, if each new axis still has one. */
function reshapeStrides(strides: readonly number[], from: Shape, to: Shape): number[] | undefined {
  const result = new Array<number>(to.length).fill(0);
  const source = from.flatMap((dim, axis) => (dim === 1 ? [] : [{ dim, stride: strides[axis]! }]));
  const target = to.flatMap((dim, axis) => (dim === 1 ? [] : [axis]));
  let s = 0;
  let t = 0;
  while (s < source.length) {
    const run = [source[s++]!];
    const axes = [target[t++]!];
    let a = run[0]!.dim;
    let b = to[axes[0]!]!;
    while (a !== b) {
      if (a < b) {
        const next = source[s++]!;
        if (run.at(-1)!.stride !== next.stride * next.dim) return undefined;
        run.push(next);
        a *= next.dim;
      } else {
        axes.push(target[t++]!);
        b *= to[axes.at(-1)!]!;
      }
    }
    let stride = run.at(-1)!.stride;
    for (const axis of axes.toReversed()) {
      result[axis] = stride;
      stride *= to[axis]!;
    }
  }
  return result;
}
