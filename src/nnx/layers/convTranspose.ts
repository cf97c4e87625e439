import { initializers } from '#linnet/random';
import { type Array as JaxArray, lax } from '#linnet/tensor';
import { FLAX_NAMES } from '../flaxNames';
import { use } from '../graph/use';
import { Module } from '../module';
import { Param } from '../variableTypes';
import { overBatches } from './conv';
import type { KernelOptions } from './linear';
import { type ComputeDType, checkRngs, inDType, type ParamDType } from './options';

type PerAxis = number | readonly number[];

export interface ConvTransposeOptions extends KernelOptions {
  /** Factor by which each spatial axis grows, by default 1. */
  readonly strides?: PerAxis;
  /** By default 'SAME'. */
  readonly padding?: 'SAME' | 'VALID';
}

/** The transpose of a strided convolution: `kernel` is [...kernelSize, inFeatures, outFeatures]. Like `flax.nnx.ConvTranspose`. */
export class ConvTranspose extends Module {
  static override readonly attributeNames = FLAX_NAMES;
  kernel: Param;
  bias: Param | null;
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly kernelSize: readonly number[];
  readonly strides: readonly number[];
  readonly padding: 'SAME' | 'VALID';
  readonly useBias: boolean;
  readonly dtype: ComputeDType;
  readonly paramDtype: ParamDType;

  constructor(inFeatures: number, outFeatures: number, kernelSize: PerAxis, options: ConvTransposeOptions) {
    super();
    checkRngs(options, 'nnx.ConvTranspose');
    const { rngs, useBias = true, paramDtype = 'float32', strides = 1 } = options;
    const { kernelInit = initializers.lecunNormal(), biasInit = initializers.zeros } = options;
    this.kernelSize = typeof kernelSize === 'number' ? [kernelSize] : kernelSize;
    this.kernel = new Param(kernelInit(rngs.params(), [...this.kernelSize, inFeatures, outFeatures], paramDtype));
    this.bias = useBias ? new Param(biasInit(rngs.params(), [outFeatures], paramDtype)) : null;
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.strides = typeof strides === 'number' ? this.kernelSize.map(() => strides) : strides;
    this.padding = options.padding ?? 'SAME';
    this.useBias = useBias;
    this.dtype = options.dtype ?? null;
    this.paramDtype = paramDtype;
  }

  /** `x` is [batch, ...spatial, inFeatures]; with 'SAME' padding the spatial axes grow by the strides. */
  call(x: JaxArray): JaxArray {
    return overBatches(x, this.kernelSize.length, (batch) => {
      const padding = this.kernelSize.map((size, axis) => transposePadding(size, this.strides[axis]!, this.padding));
      const kernel = inDType(use(this.kernel), this.dtype);
      const y = lax.conv(inDType(batch, this.dtype), kernel, { padding, lhsDilation: this.strides });
      return this.bias === null ? y : y.add(inDType(use(this.bias), this.dtype));
    });
  }
}

/** Rows before and after, so that the output is as long as the input of the convolution that is transposed (JAX: `conv_transpose`). */
function transposePadding(size: number, stride: number, padding: 'SAME' | 'VALID'): readonly [number, number] {
  if (padding === 'VALID') return [size - 1, stride - 1 + Math.max(size - stride, 0)];
  const total = size + stride - 2;
  const before = stride > size - 1 ? size - 1 : Math.ceil(total / 2);
  return [before, total - before];
}
