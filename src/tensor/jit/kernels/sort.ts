import { type WgslFunction, wgslFunctions } from '#linnet/gpu';
import type { Equation } from '../../trace/program';
import type { Graph, GraphNode } from '../graph';
import type { Part, PartContext } from '../part';
import { Position } from '../position';
import { valueType } from '../storage';
import { axisLayout, onLine } from './axisLayout';

/** Lines up to this length are sorted by counting; longer ones are merged from runs of it. */
const RUN = 256;

/**
 * A long sort as a first pass over runs and passes that merge pairs of runs; a short one as it is. Each pass is a kernel of its own,
 * its results temporaries of the memory plan.
 */
export function splitSort(equation: Equation, graph: Graph): Equation[] {
  const { primitive, params, inputs, outputs } = equation;
  const length = inputs[0]!.aval.shape[params.axis as number]!;
  const passes: Equation[] = [];
  let current = inputs;
  for (let width = RUN; width < 2 * Math.max(length, RUN); width *= 2) {
    const isLast = width >= length;
    const results = isLast ? outputs : inputs.map((input) => graph.newVar(input.aval));
    passes.push({ primitive, params: { ...params, width }, inputs: current, outputs: results });
    current = results;
    if (isLast) break;
  }
  return passes;
}

/** One pass of a stable ascending sort: every item finds the place of its element in its run (or pair of runs) and puts it there. */
export function sortPart(node: GraphNode): Part {
  const [key] = node.inputs;
  const { shape, dtype } = key!.aval;
  const layout = axisLayout(shape, node.params.axis as number);
  const width = node.params.width as number;
  return {
    name: width === RUN ? 'sort runs' : `merge runs of ${width / 2}`,
    items: layout.outer * layout.length * layout.inner,
    flops: layout.outer * layout.length * layout.inner * (width === RUN ? Math.min(RUN, layout.length) : Math.log2(width)),
    write: (context, item) => {
      const { code, evaluator } = context;
      const flat = code.name(item);
      const lines = layout.outer * layout.inner;
      // Neighbouring items take neighbouring lines, or neighbouring elements of the only line.
      const line = lines === 1 ? '0u' : code.name(`${flat} % ${lines}u`);
      const index = lines === 1 ? flat : code.name(`${flat} / ${lines}u`);
      const at = (i: string): string => code.name(onLine(layout, line, i));
      const read = (i: string): string => evaluator.value(key!, Position.fromFlat(code, shape, at(i)));
      const value = read(index);
      const before = context.module.use(orderOf(dtype));
      const less = (a: string, b: string): string => `${before}(${a}, ${b})`;
      const place = code.fresh('place');
      const start = code.name(`${index} - ${index} % ${width}u`);
      const end = code.name(`min(${start} + ${width}u, ${layout.length}u)`);
      if (width === RUN) countSmaller(context, read, less, { place, start, end, index, value });
      else mergePlace(context, read, less, { place, start, end, index, value }, width / 2);
      const to = code.name(onLine(layout, line, place));
      node.outputs.forEach((output, i) => {
        const target = context.target(output);
        const operand = node.inputs[i]!;
        if (target) evaluator.store(output, target, to, evaluator.value(operand, Position.fromFlat(code, operand.aval.shape, at(index))));
      });
    },
  };
}

interface Search {
  readonly place: string;
  readonly start: string;
  readonly end: string;
  readonly index: string;
  readonly value: string;
}

type Read = (index: string) => string;
type Less = (a: string, b: string) => string;

function countSmaller({ code }: PartContext, read: Read, less: Less, { place, start, end, index, value }: Search): void {
  code.line(`var ${place} = ${start};`);
  const j = code.fresh('j');
  code.block(`for (var ${j} = ${start}; ${j} < ${end}; ${j}++)`, () => {
    const other = read(j);
    code.line(`if (${less(other, value)} || (${j} < ${index} && !${less(value, other)})) { ${place}++; }`);
  });
}

/** The place in the merged pair: own rank in the own run plus the number of elements of the other run that come before. */
function mergePlace({ code }: PartContext, read: Read, less: Less, { place, start, end, index, value }: Search, half: number): void {
  const middle = code.name(`min(${start} + ${half}u, ${end})`);
  const inLeft = code.name(`${index} < ${middle}`);
  const low = code.fresh('low');
  const high = code.fresh('high');
  code.line(`var ${low} = select(${start}, ${middle}, ${inLeft});`);
  code.line(`var ${high} = select(${middle}, ${end}, ${inLeft});`);
  code.block(`while (${low} < ${high})`, () => {
    const probe = code.name(`(${low} + ${high}) / 2u`);
    const other = read(probe);
    // Equal elements keep their order: the left run's come first.
    code.line(
      `if (${less(other, value)} || (!${inLeft} && !${less(value, other)})) { ${low} = ${probe} + 1u; } else { ${high} = ${probe}; }`,
    );
  });
  code.line(`let ${place} = ${index} + ${low} - ${middle};`);
}

/** The order of `dtype`: NaN after every number. */
function orderOf(dtype: string): WgslFunction {
  if (dtype === 'bool') return { name: 'sortsBeforeBool', source: 'fn sortsBeforeBool(a: bool, b: bool) -> bool { return !a & b; }' };
  const type = valueType(dtype);
  const name = `sortsBefore_${type}`;
  if (!dtype.startsWith('float')) return { name, source: `fn ${name}(a: ${type}, b: ${type}) -> bool { return a < b; }` };
  return {
    name,
    source: `fn ${name}(a: ${type}, b: ${type}) -> bool { return !isNan(f32(a)) & (isNan(f32(b)) | (a < b)); }`,
    uses: [wgslFunctions.isNan],
  };
}
