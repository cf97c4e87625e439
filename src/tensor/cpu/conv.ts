import { type HostArray, sizeOf, stridesOf } from '#linnet/core';
import type { Aval } from '../aval';
import { allocate, type Elements, elementsOf, toHostArray } from '../elements';
import type { ConvParams } from '../primitives/conv';
import { matmulBlocked } from './matmul';
import { defineCpuRule } from './rules';

defineCpuRule<ConvParams>('conv', ([lhs, rhs], params, [output]) => [convolve(lhs!, rhs!, params, output!)]);

/** Convolution as one matrix product per group: the windows of the input laid out as rows. */
function convolve(lhs: HostArray, rhs: HostArray, params: ConvParams, output: Aval): HostArray {
  const rank = params.strides.length;
  const { groups } = params;
  const [input, kernel] = [elementsOf(lhs), elementsOf(rhs)];
  const out = allocate(output.shape, output.dtype);
  const channels = lhs.shape[rank + 1]! / groups;
  const features = rhs.shape[rank + 1]! / groups;
  const positions = sizeOf(output.shape.slice(0, rank + 1));
  const width = sizeOf(rhs.shape.slice(0, rank)) * channels;
  const sources = windowSources(lhs.shape, rhs.shape, output.shape, params);
  for (let group = 0; group < groups; group++) {
    const rows = gatherRows(input, sources, channels, groups, group);
    const columns = columnsOf(kernel, width, features, groups, group);
    const product = allocate([positions, features], output.dtype);
    matmulBlocked(rows, columns, product, [positions, width, features]);
    for (let i = 0; i < positions; i++) {
      for (let j = 0; j < features; j++) out[(i * groups + group) * features + j] = product[i * features + j]!;
    }
  }
  return toHostArray(out, output.shape, output.dtype);
}

/** For each output position and window place, which input pixel it reads; -1 for padding and gaps. */
function windowSources(lhs: readonly number[], rhs: readonly number[], out: readonly number[], params: ConvParams): Int32Array {
  const { strides, padding, lhsDilation, rhsDilation } = params;
  const rank = strides.length;
  const [window, spatialOut] = [rhs.slice(0, rank), out.slice(1, rank + 1)];
  const pixelStrides = stridesOf(lhs.slice(1, rank + 1));
  const pixels = sizeOf(lhs.slice(1, rank + 1));
  const [windowSize, outSize] = [sizeOf(window), sizeOf(spatialOut)];
  const sources = new Int32Array(out[0]! * outSize * windowSize);
  const [windowStrides, outStrides] = [stridesOf(window), stridesOf(spatialOut)];
  const pixelAt = (position: number, place: number): number => {
    let pixel = 0;
    for (let axis = 0; axis < rank; axis++) {
      const o = Math.floor(position / outStrides[axis]!) % spatialOut[axis]!;
      const w = Math.floor(place / windowStrides[axis]!) % window[axis]!;
      const spread = o * strides[axis]! + w * rhsDilation[axis]! - padding[axis]![0];
      const at = spread / lhsDilation[axis]!;
      if (spread < 0 || !Number.isInteger(at) || at >= lhs[axis + 1]!) return -1;
      pixel += at * pixelStrides[axis]!;
    }
    return pixel;
  };
  for (let position = 0; position < outSize; position++) {
    for (let place = 0; place < windowSize; place++) {
      const pixel = pixelAt(position, place);
      for (let n = 0; n < out[0]!; n++) sources[(n * outSize + position) * windowSize + place] = pixel < 0 ? -1 : n * pixels + pixel;
    }
  }
  return sources;
}

function gatherRows(input: Elements, sources: Int32Array, channels: number, groups: number, group: number): Elements {
  const rows = new (input.constructor as Float32ArrayConstructor)(sources.length * channels);
  for (let i = 0; i < sources.length; i++) {
    const pixel = sources[i]!;
    if (pixel < 0) continue;
    const from = (pixel * groups + group) * channels;
    for (let c = 0; c < channels; c++) rows[i * channels + c] = input[from + c]!;
  }
  return rows;
}

/** The columns of one group of the kernel [width, groups * features]. */
function columnsOf(kernel: Elements, width: number, features: number, groups: number, group: number): Elements {
  if (groups === 1) return kernel;
  const columns = new (kernel.constructor as Float32ArrayConstructor)(width * features);
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < features; j++) columns[i * features + j] = kernel[(i * groups + group) * features + j]!;
  }
  return columns;
}
