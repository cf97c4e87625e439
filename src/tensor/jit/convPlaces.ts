import type { CodeWriter } from './codeWriter';
import type { ConvWindow } from './contraction';
import { splitIndex } from './position';
import type { Base } from './registerTiles';

/**
 * Loops over the places of a convolution's window, in order. For each, `body` gets where every row (a pixel of the result, by its
 * index) has its input, if it is not in the padding or between dilated elements, and where the place begins in the kernel.
 */
export function eachPlace(
  code: CodeWriter,
  { params, lengths, spatial, pixelStrides, placeStrides }: ConvWindow,
  outer: readonly number[],
  rows: readonly string[],
  body: (pixels: readonly Base[], place: string) => void,
): void {
  const { strides, padding, lhsDilation, rhsDilation } = params;
  const scaled = (index: string, stride: number): string => (stride === 1 ? index : `${index} * ${stride}u`);
  const from = rows.map((row) => {
    const [example, ...pixel] = splitIndex(code, row, outer);
    return {
      example: code.name(scaled(example!, pixelStrides[0]!)),
      corner: pixel.map((index, axis) => code.name(`i32(${scaled(index, strides[axis]!)}) - (${padding[axis]![0]})`)),
    };
  });
  const places: string[] = [];
  const walk = (axis: number): void => {
    if (axis === lengths.length) {
      const place = places.map((at, i) => scaled(at, placeStrides[i]!)).join(' + ');
      body(
        from.map((row) => pixelAt(row)),
        code.name(place || '0u'),
      );
      return;
    }
    const at = code.fresh('w');
    places.push(at);
    code.block(`for (var ${at} = 0u; ${at} < ${lengths[axis]}u; ${at}++)`, () => walk(axis + 1));
    places.pop();
  };
  const pixelAt = ({ example, corner }: (typeof from)[number]): Base => {
    const checks: string[] = [];
    const terms = corner.map((start, axis) => {
      const spread = code.name(`${start} + i32(${scaled(places[axis]!, rhsDilation[axis]!)})`);
      const dilation = lhsDilation[axis]!;
      checks.push(`(${spread} >= 0)`, `(${spread} < ${(spatial[axis]! - 1) * dilation + 1})`);
      if (dilation > 1) checks.push(`(${spread} % ${dilation} == 0)`);
      return scaled(dilation === 1 ? `u32(${spread})` : `(u32(${spread}) / ${dilation}u)`, pixelStrides[axis + 1]!);
    });
    // Not `&&`, which is a branch each: dozens of them take a minute to compile.
    const inside = code.name(checks.join(' & ') || 'true');
    return { address: code.name(`select(0u, ${[example, ...terms].join(' + ')}, ${inside})`), inside };
  };
  walk(0);
}
