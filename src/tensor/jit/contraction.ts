import { type Shape, sizeOf } from '#linnet/core';
import type { ConvParams } from '../primitives/conv';
import type { DotDimensions } from '../primitives/lax';
import type { Var } from '../trace/program';
import { type StridedView, stridedView } from './affine';
import type { CodeWriter } from './codeWriter';
import type { Graph, GraphNode } from './graph';
import { splitIndex } from './position';

/** Axes that are walked together by one index, with their lengths and an operand's strides. */
export interface AxisGroup {
  readonly dims: readonly number[];
  readonly strides: readonly number[];
}

/** One operand of a contraction, addressed by batch, free and contracted index. */
export interface ContractionOperand {
  readonly view: StridedView;
  readonly batch: AxisGroup;
  readonly free: AxisGroup;
  readonly contracted: AxisGroup;
}

/** A dotGeneral as `[batch, m, k] × [batch, k, n]`. */
export interface Contraction {
  readonly node: GraphNode;
  readonly output: Var;
  readonly lhs: ContractionOperand;
  readonly rhs: ContractionOperand;
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batchDims: Shape;
  readonly lhsFreeDims: Shape;
  readonly rhsFreeDims: Shape;
  /** In a convolution: the places of its window, at each of which `lhs.contracted` is walked, and where the rows look from there. */
  readonly window?: ConvWindow;
}

/** How the rows of a convolution, which are pixels of its result, find their input. Lists have one entry per spatial axis. */
export interface ConvWindow {
  readonly params: ConvParams;
  /** Lengths of the window. */
  readonly lengths: Shape;
  /** Lengths of the input. */
  readonly spatial: Shape;
  /** Elements from one example to the next, and from one input pixel to the next along each axis. */
  readonly pixelStrides: readonly number[];
  /** Elements of the kernel from one place to the next along each axis. */
  readonly placeStrides: readonly number[];
}

/** The sizes and operands of `node`, a convolution or dotGeneral whose operands are strided views of values in memory. */
export function describeContraction(graph: Graph, node: GraphNode, isStored: (variable: Var) => boolean): Contraction {
  if (node.primitive.name === 'conv') return describeConvolution(graph, node, isStored);
  const dimensions = node.params as unknown as DotDimensions;
  const operand = (side: 0 | 1): ContractionOperand => {
    const atom = node.inputs[side]!;
    const view = stridedView(graph, atom, isStored)!;
    const { shape } = atom.aval;
    const batch = dimensions.batch[side];
    const contracted = dimensions.contracting[side];
    const free = shape.map((_, axis) => axis).filter((axis) => !batch.includes(axis) && !contracted.includes(axis));
    const group = (axes: readonly number[]): AxisGroup =>
      simplifyGroup({ dims: axes.map((axis) => shape[axis]!), strides: axes.map((axis) => view.strides[axis]!) });
    return { view, batch: group(batch), free: group(free), contracted: group(contracted) };
  };
  const shapes = node.inputs.map((input) => input.aval.shape);
  const freeDims = (side: 0 | 1): number[] =>
    shapes[side]!.filter((_, axis) => !dimensions.batch[side].includes(axis) && !dimensions.contracting[side].includes(axis));
  const batchDims = dimensions.batch[0].map((axis) => shapes[0]![axis]!);
  const contractedDims = dimensions.contracting[0].map((axis) => shapes[0]![axis]!);
  return {
    node,
    output: node.outputs[0]!,
    lhs: operand(0),
    rhs: operand(1),
    batch: sizeOf(batchDims),
    m: sizeOf(freeDims(0)),
    n: sizeOf(freeDims(1)),
    k: sizeOf(contractedDims),
    batchDims,
    lhsFreeDims: freeDims(0),
    rhsFreeDims: freeDims(1),
  };
}

/** A convolution as `[pixels, window · channels] × [window · channels, features]`; in `parts` of its channels, which then are the batch. */
function describeConvolution(graph: Graph, node: GraphNode, isStored: (variable: Var) => boolean): Contraction {
  const { parts, ...params } = node.params as unknown as ConvParams & { readonly parts: number };
  const rank = params.strides.length;
  const [input, kernel] = node.inputs.map((atom) => atom.aval.shape) as [Shape, Shape];
  const [lhs, rhs] = node.inputs.map((atom) => stridedView(graph, atom, isStored)!) as [StridedView, StridedView];
  const outer = node.outputs[0]!.aval.shape.slice(parts === 1 ? 0 : 1);
  const channels = input[rank + 1]! / parts;
  const features = kernel[rank + 1]!;
  const group = (length: number, stride: number): AxisGroup => simplifyGroup({ dims: [length], strides: [stride] });
  const operand = (view: StridedView, along: number, free: AxisGroup): ContractionOperand => {
    return { view, batch: group(parts, channels * along), free, contracted: group(channels, along) };
  };
  const pixels = outer.slice(0, rank + 1);
  return {
    node,
    output: node.outputs[0]!,
    lhs: operand(lhs, lhs.strides[rank + 1]!, { dims: [], strides: [] }),
    rhs: operand(rhs, rhs.strides[rank]!, group(features, rhs.strides[rank + 1]!)),
    batch: parts,
    m: sizeOf(pixels),
    n: features,
    k: channels,
    batchDims: parts === 1 ? [] : [parts],
    lhsFreeDims: pixels,
    rhsFreeDims: [features],
    window: {
      params,
      lengths: kernel.slice(0, rank),
      spatial: input.slice(1, rank + 1),
      pixelStrides: lhs.strides.slice(0, rank + 1),
      placeStrides: rhs.strides.slice(0, rank),
    },
  };
}

/** Neighbouring axes that lie one after the other become one. */
function simplifyGroup({ dims, strides }: AxisGroup): AxisGroup {
  const merged: { dim: number; stride: number }[] = [];
  dims.forEach((dim, i) => {
    if (dim === 1) return;
    const last = merged.at(-1);
    if (last && last.stride === strides[i]! * dim) {
      last.dim *= dim;
      last.stride = strides[i]!;
    } else merged.push({ dim, stride: strides[i]! });
  });
  return { dims: merged.map((axis) => axis.dim), strides: merged.map((axis) => axis.stride) };
}

/** Elements that `index` moves along `group`, as an expression; '' when it never moves. */
export function groupOffset(code: CodeWriter, group: AxisGroup, index: string): string {
  const parts = group.dims.length > 1 ? splitIndex(code, index, group.dims) : [index];
  return group.dims
    .flatMap((_, axis) => {
      const stride = group.strides[axis]!;
      if (stride === 0 || parts[axis] === '0u') return [];
      return [stride === 1 ? parts[axis]! : `${parts[axis]} * ${stride}u`];
    })
    .join(' + ');
}

/** The one stride of a group that is walked by a running address; undefined for several axes. */
export function singleStride(group: AxisGroup): number | undefined {
  if (group.dims.length === 0) return 0;
  return group.dims.length === 1 ? group.strides[0]! : undefined;
}
