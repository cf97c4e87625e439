import { sizeOf } from '#linnet/core';
import type { ConvParams } from '../../primitives/conv';
import type { GraphNode } from '../graph';
import type { Part } from '../part';
import { Position, splitIndex } from '../position';
import { valueType } from '../storage';

/** A convolution, one output element an item: products summed over window places, then channels, in order. */
export function convPart(node: GraphNode): Part {
  const [lhs, rhs] = node.inputs;
  const [output] = node.outputs;
  const { strides, padding, lhsDilation, rhsDilation, groups } = node.params as unknown as ConvParams;
  const rank = strides.length;
  const { shape, dtype } = output!.aval;
  const window = rhs!.aval.shape.slice(0, rank);
  const spatial = lhs!.aval.shape.slice(1, rank + 1);
  const channels = rhs!.aval.shape[rank]!;
  const features = rhs!.aval.shape[rank + 1]!;
  const items = sizeOf(shape);
  return {
    name: 'conv',
    items,
    flops: 2 * items * sizeOf(window) * channels,
    write: (context, item) => {
      const { code, evaluator } = context;
      const flat = code.name(item);
      const coordinates = splitIndex(code, flat, shape);
      const feature = coordinates[rank + 1]!;
      const type = dtype === 'float16' ? 'f32' : valueType(dtype);
      const total = code.fresh('total');
      code.line(`var ${total} = ${type}(0);`);
      const places: string[] = [];
      const walk = (axis: number, pixels: readonly string[]): void => {
        if (axis === rank) {
          multiply(pixels);
          return;
        }
        const w = code.fresh('w');
        code.block(`for (var ${w} = 0u; ${w} < ${window[axis]}u; ${w}++)`, () => {
          places[axis] = w;
          const at = `i32(${coordinates[axis + 1]} * ${strides[axis]}u + ${w} * ${rhsDilation[axis]}u) - ${padding[axis]![0]}`;
          const spread = code.name(`(${at})`);
          const dilation = lhsDilation[axis]!;
          const inside = [
            `${spread} >= 0`,
            `${spread} < ${(spatial[axis]! - 1) * dilation + 1}`,
            dilation === 1 ? '' : `${spread} % ${dilation} == 0`,
          ];
          code.block(`if (${inside.filter(Boolean).join(' && ')})`, () => {
            walk(axis + 1, [...pixels, code.name(dilation === 1 ? `u32(${spread})` : `u32(${spread}) / ${dilation}u`)]);
          });
        });
      };
      const multiply = (pixels: readonly string[]): void => {
        const c = code.fresh('ch');
        code.block(`for (var ${c} = 0u; ${c} < ${channels}u; ${c}++)`, () => {
          const channel = groups === 1 ? c : code.name(`(${feature} / ${features / groups}u) * ${channels}u + ${c}`);
          const x = evaluator.value(lhs!, Position.fromCoordinates(code, lhs!.aval.shape, [coordinates[0]!, ...pixels, channel]));
          const y = evaluator.value(rhs!, Position.fromCoordinates(code, rhs!.aval.shape, [...places, c, feature]));
          const [a, b] = dtype === 'float16' ? [`f32(${x})`, `f32(${y})`] : [x, y];
          code.line(type === 'f32' ? `${total} = fma(${a}, ${b}, ${total});` : `${total} += ${a} * ${b};`);
        });
      };
      walk(0, []);
      const target = context.target(output!);
      if (target) evaluator.store(output!, target, flat, dtype === 'float16' ? `f16(${total})` : total);
    },
  };
}
