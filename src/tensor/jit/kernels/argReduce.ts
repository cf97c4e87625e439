import { wgslFunctions } from '#linnet/gpu';
import type { GraphNode } from '../graph';
import type { Part } from '../part';
import { Position } from '../position';
import { axisLayout, onLine } from './axisLayout';

/** Index of the first largest or smallest element of each line; a NaN wins over every number. */
export function argReducePart(node: GraphNode): Part {
  const [input] = node.inputs;
  const [output] = node.outputs;
  const { shape, dtype } = input!.aval;
  const layout = axisLayout(shape, node.params.axis as number);
  const operator = node.primitive.name === 'argmin' ? '<' : '>';
  return {
    name: node.primitive.name,
    items: layout.outer * layout.inner,
    flops: layout.outer * layout.inner * layout.length,
    write: (context, item) => {
      const { code, evaluator, module } = context;
      const line = code.name(item);
      const read = (index: string): string =>
        evaluator.value(input!, Position.fromFlat(code, shape, code.name(onLine(layout, line, index))));
      const wins = (value: string, best: string): string => {
        if (dtype === 'bool') return operator === '>' ? `(${value} & !${best})` : `(!${value} & ${best})`;
        if (!dtype.startsWith('float')) return `${value} ${operator} ${best}`;
        const isNan = module.use(wgslFunctions.isNan);
        return `(!${isNan}(f32(${best})) & (${isNan}(f32(${value})) | (${value} ${operator} ${best})))`;
      };
      const best = code.fresh('best');
      const at = code.fresh('at');
      code.line(`var ${at} = 0u;`);
      code.line(`var ${best} = ${read('0u')};`);
      const k = code.fresh('k');
      code.block(`for (var ${k} = 1u; ${k} < ${layout.length}u; ${k}++)`, () => {
        const value = read(k);
        code.line(`if (${wins(value, best)}) { ${best} = ${value}; ${at} = ${k}; }`);
      });
      const target = context.target(output!);
      if (target) evaluator.store(output!, target, line, `i32(${at})`);
    },
  };
}
