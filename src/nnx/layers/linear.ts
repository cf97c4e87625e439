import type { Shape } from '#linnet/core';
import { type Initializer, initializers } from '#linnet/random';
import type { Array as JaxArray } from '#linnet/tensor';
import { FLAX_NAMES } from '../flaxNames';
import { use } from '../graph/use';
import { Module } from '../module';
import type { Rngs } from '../rngs/rngs';
import { Param } from '../variableTypes';
import { type ComputeDType, checkRngs, inDType, type ParamDType } from './options';

/** Options that layers with a kernel and a bias share. */
export interface KernelOptions {
  readonly rngs: Rngs;
  /** By default true. */
  readonly useBias?: boolean;
  /** Type to compute in; null means that of input and parameters, promoted. */
  readonly dtype?: ComputeDType;
  /** Type of the parameters, by default float32. */
  readonly paramDtype?: ParamDType;
  /** By default LeCun normal. */
  readonly kernelInit?: Initializer;
  /** By default zeros. */
  readonly biasInit?: Initializer;
}

/** `x · kernel + bias` over the last axis. `kernel` is [inFeatures, outFeatures]. Like `flax.nnx.Linear`. */
export class Linear extends Module {
  static override readonly attributeNames = FLAX_NAMES;
  kernel: Param;
  bias: Param | null;
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly useBias: boolean;
  readonly dtype: ComputeDType;
  readonly paramDtype: ParamDType;

  constructor(inFeatures: number, outFeatures: number, options: KernelOptions) {
    super();
    checkRngs(options, 'nnx.Linear');
    const { rngs, useBias = true, dtype = null, paramDtype = 'float32' } = options;
    const { kernelInit = initializers.lecunNormal(), biasInit = initializers.zeros } = options;
    const shape: Shape = [inFeatures, outFeatures];
    this.kernel = new Param(kernelInit(rngs.params(), shape, paramDtype));
    this.bias = useBias ? new Param(biasInit(rngs.params(), [outFeatures], paramDtype)) : null;
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.useBias = useBias;
    this.dtype = dtype;
    this.paramDtype = paramDtype;
  }

  /** `x` is [..., inFeatures]; the result [..., outFeatures]. */
  call(x: JaxArray): JaxArray {
    const y = inDType(x, this.dtype).matmul(inDType(use(this.kernel), this.dtype));
    return this.bias === null ? y : y.add(inDType(use(this.bias), this.dtype));
  }
}
