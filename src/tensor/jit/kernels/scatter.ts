import { sizeOf } from '#linnet/core';
import { wgslFunctions } from '#linnet/gpu';
import type { ScatterParams } from '../../primitives/lax';
import type { GraphNode } from '../graph';
import type { Part } from '../part';
import { Position } from '../position';
import type { WgslModule } from '../wgslModule';

/** Items a scatter is cut into where it has so much to do. */
const WANTED_ITEMS = 4096;

/**
 * A copy of the operand with updates combined in. An item owns a block of rows of one column and walks all updates in order, so that
 * the result does not depend on timing.
 */
export function scatterPart(node: GraphNode): Part {
  const [operand, indices, updates] = node.inputs;
  const [output] = node.outputs;
  const { axis, batchDims, combine } = node.params as unknown as ScatterParams;
  const { shape, dtype } = operand!.aval;
  const length = shape[axis]!;
  const outer = sizeOf(shape.slice(batchDims, axis));
  const inner = sizeOf(shape.slice(axis + 1));
  const batch = sizeOf(shape.slice(0, batchDims));
  const count = sizeOf(indices!.aval.shape.slice(batchDims));
  const columns = batch * outer * inner;
  const block = Math.ceil(length / Math.min(length, Math.max(1, Math.ceil(WANTED_ITEMS / Math.max(1, columns)))));
  const blocks = Math.ceil(length / block);
  return {
    name: `scatter ${combine}`,
    items: columns * blocks,
    flops: columns * (length + blocks * count),
    write: (context, item) => {
      const { code, evaluator, module } = context;
      const flat = code.name(item);
      const column = code.name(`${flat} % ${columns}u`);
      const first = code.name(`(${flat} / ${columns}u) * ${block}u`);
      const end = code.name(`min(${first} + ${block}u, ${length}u)`);
      const line = code.name(`${column} / ${inner}u`);
      const across = code.name(`${column} % ${inner}u`);
      const row = code.fresh('row');
      const element = (index: string): string => `(${line} * ${length}u + ${index}) * ${inner}u + ${across}`;
      const target = context.target(output!)!;
      code.block(`for (var ${row} = ${first}; ${row} < ${end}; ${row}++)`, () => {
        const at = code.name(element(row));
        evaluator.store(output!, target, at, evaluator.value(operand!, Position.fromFlat(code, shape, at)));
      });
      const u = code.fresh('u');
      code.block(`for (var ${u} = 0u; ${u} < ${count}u; ${u}++)`, () => {
        const where = code.name(`(${line} / ${outer}u) * ${count}u + ${u}`);
        const index = evaluator.value(indices!, Position.fromFlat(code, indices!.aval.shape, where));
        // A negative index becomes a huge one, which no block contains.
        const to = code.name(`u32(${index})`);
        code.block(`if (${to} >= ${first} && ${to} < ${end})`, () => {
          const source = code.name(`(${line} * ${count}u + ${u}) * ${inner}u + ${across}`);
          const value = evaluator.value(updates!, Position.fromFlat(code, updates!.aval.shape, source));
          const at = code.name(element(to));
          const old = module.element(target, at, true);
          evaluator.store(output!, target, at, combined(module, combine, old, value, dtype));
        });
      });
    },
  };
}

function combined(module: WgslModule, combine: ScatterParams['combine'], old: string, value: string, dtype: string): string {
  const isFloat = dtype === 'float32';
  switch (combine) {
    case 'add':
      return `${old} + ${value}`;
    case 'mul':
      return `${old} * ${value}`;
    case 'max':
      return isFloat ? `${module.use(wgslFunctions.maxNan)}(${old}, ${value})` : `max(${old}, ${value})`;
    case 'min':
      return isFloat ? `${module.use(wgslFunctions.minNan)}(${old}, ${value})` : `min(${old}, ${value})`;
    default:
      return value;
  }
}
