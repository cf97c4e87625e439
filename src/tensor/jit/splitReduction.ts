import { sizeOf } from '#linnet/core';
import type { Primitive } from '../primitives/primitive';
import type { Equation } from '../trace/program';
import type { Graph } from './graph';
import { literalText } from './literals';
import { WgslModule } from './wgslModule';

/** Rows (and lines of running sums) longer than this, when there are fewer than `ENOUGH_ROWS` of them, are folded in parts. */
export const LONG_ROW = 1024;
/** Rows that keep a device busy with one thread each. */
export const ENOUGH_ROWS = 2048;

/**
 * A reduction with few long rows as a tree of fixed shape: parts of about √length elements, then the parts. The shape depends on
 * nothing but the sizes, so that every device adds in the same order.
 */
export function splitReduction(equation: Equation, graph: Graph): readonly Equation[] {
  const [input] = equation.inputs;
  const [output] = equation.outputs;
  const axes = equation.params.axes as readonly number[];
  const { shape } = input!.aval;
  const length = sizeOf(axes.map((axis) => shape[axis]!));
  const rows = sizeOf(output!.aval.shape);
  if (length <= LONG_ROW || rows >= ENOUGH_ROWS || rows === 0) return [equation];
  const part = 32 * Math.ceil(Math.sqrt(length) / 32);
  const parts = Math.ceil(length / part);
  const outer = output!.aval.shape;
  const aval = (tail: readonly number[]) => ({ ...input!.aval, shape: [...outer, ...tail] });
  const cut = graph.newVar(aval([parts, part]));
  const partial = graph.newVar(aval([parts]));
  const { primitive } = equation;
  return [
    { primitive: cutPrimitive(equation, length, part), params: {}, inputs: [input!], outputs: [cut] },
    { primitive, params: { ...equation.params, axes: [outer.length + 1] }, inputs: [cut], outputs: [partial] },
    { primitive, params: { ...equation.params, axes: [outer.length] }, inputs: [partial], outputs: [output!] },
  ];
}

/** A view of the reduced axes as [parts, part], filled up with the identity. */
function cutPrimitive(equation: Equation, length: number, part: number): Primitive {
  const axes = equation.params.axes as readonly number[];
  const { shape, dtype } = equation.inputs[0]!.aval;
  const reduce = equation.primitive.gpu;
  const identity = reduce.kind === 'reduce' ? reduce.identity(dtype) : 0;
  const inner = axes.map((axis) => shape[axis]!);
  return {
    name: 'cut',
    abstract: (inputs) => [...inputs],
    gpu: {
      kind: 'indexed',
      value: (coordinates, read, context) => {
        const outer = coordinates.slice(0, -2);
        const index = `(${coordinates.at(-2)} * ${part}u + ${coordinates.at(-1)})`;
        const clamped = length % part === 0 ? index : `min(${index}, ${length - 1}u)`;
        let stride = length;
        const split = inner.map((dim, i) => {
          stride /= dim;
          const quotient = stride === 1 ? clamped : `(${clamped} / ${stride}u)`;
          return i === 0 ? quotient : `(${quotient} % ${dim}u)`;
        });
        let o = 0;
        const value = read(
          0,
          shape.map((_, axis) => (axes.includes(axis) ? split[axes.indexOf(axis)]! : outer[o++]!)),
        );
        if (length % part === 0) return value;
        const module = new WgslModule();
        const text = literalText(module, identity, dtype);
        for (const fn of module.functions) context.use(fn);
        return `select(${text}, ${value}, ${index} < ${length}u)`;
      },
    },
  };
}
