import { wgslFunctions } from '#linnet/gpu';
import type { GraphNode } from '../graph';
import type { Part } from '../part';
import { Position } from '../position';
import { valueType } from '../storage';
import type { WgslModule } from '../wgslModule';
import { axisLayout, onLine } from './axisLayout';

/** Running sum, product, maximum, minimum or log-sum-exp along an axis, from either end; one item walks one line. */
export function cumulativePart(node: GraphNode): Part {
  const [input] = node.inputs;
  const [output] = node.outputs;
  const { shape, dtype } = input!.aval;
  const layout = axisLayout(shape, node.params.axis as number);
  return {
    name: node.primitive.name,
    items: layout.outer * layout.inner,
    flops: layout.outer * layout.inner * layout.length,
    write: (context, item) => {
      const { code, evaluator, module } = context;
      const line = code.name(item);
      const total = code.fresh('total');
      const k = code.fresh('k');
      code.line(`var ${total}: ${valueType(dtype)};`);
      code.block(`for (var ${k} = 0u; ${k} < ${layout.length}u; ${k}++)`, () => {
        const index = node.params.reverse ? code.name(`${layout.length - 1}u - ${k}`) : k;
        const flat = code.name(onLine(layout, line, index));
        const value = evaluator.value(input!, Position.fromFlat(code, shape, flat));
        code.line(
          `if (${k} == 0u) { ${total} = ${value}; } else { ${total} = ${combine(module, node.primitive.name, total, value, dtype)}; }`,
        );
        const target = context.target(output!);
        if (target) evaluator.store(output!, target, flat, total);
      });
    },
  };
}

/** `a` and `b` combined as the cumulative operation `name` does. */
function combine(module: WgslModule, name: string, a: string, b: string, dtype: string): string {
  const isFloat = dtype.startsWith('float');
  const viaFloat = (fn: string): string => (dtype === 'float16' ? `f16(${fn}(f32(${a}), f32(${b})))` : `${fn}(${a}, ${b})`);
  switch (name) {
    case 'cumprod':
      return `${a} * ${b}`;
    case 'cummax':
      if (dtype === 'bool') return `${a} || ${b}`;
      return isFloat ? viaFloat(module.use(wgslFunctions.maxNan)) : `max(${a}, ${b})`;
    case 'cummin':
      if (dtype === 'bool') return `${a} && ${b}`;
      return isFloat ? viaFloat(module.use(wgslFunctions.minNan)) : `min(${a}, ${b})`;
    case 'cumlogsumexp':
      return viaFloat(module.use(wgslFunctions.logAddExp));
    default:
      return `${a} + ${b}`;
  }
}
