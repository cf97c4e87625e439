import { initializers } from '#linnet/random';
import { type Array as JaxArray, jnp } from '#linnet/tensor';
import { FLAX_NAMES } from '../flaxNames';
import { Module } from '../module';
import type { Param } from '../variableTypes';
import { makeBias, makeScale, moments, type NormOptions, normalize, type ShiftOptions } from './norm';
import { type ComputeDType, checkRngs, type ParamDType } from './options';

/** Normalises over the last axis (Ba et al. 2016): `scale` and `bias` are [numFeatures]. Like `flax.nnx.LayerNorm`. */
export class LayerNorm extends Module {
  static override readonly attributeNames = FLAX_NAMES;
  scale: Param | null;
  bias: Param | null;
  readonly numFeatures: number;
  readonly epsilon: number;
  readonly dtype: ComputeDType;
  readonly paramDtype: ParamDType;
  readonly useBias: boolean;
  readonly useScale: boolean;
  readonly useFastVariance: boolean;

  constructor(numFeatures: number, options: NormOptions & ShiftOptions) {
    super();
    checkRngs(options, 'nnx.LayerNorm');
    this.scale = makeScale(options, numFeatures, options.scaleInit ?? initializers.ones);
    this.bias = makeBias(options, numFeatures, options.biasInit ?? initializers.zeros);
    this.numFeatures = numFeatures;
    this.epsilon = options.epsilon ?? 1e-6;
    this.dtype = options.dtype ?? null;
    this.paramDtype = options.paramDtype ?? 'float32';
    this.useBias = options.useBias ?? true;
    this.useScale = options.useScale ?? true;
    this.useFastVariance = options.useFastVariance ?? true;
  }

  /** `x` is [..., numFeatures]; so is the result. */
  call(x: JaxArray): JaxArray {
    const { mean, variance } = moments(x, [-1], this.useFastVariance);
    return normalize(x, mean, variance, this);
  }
}

/** Divides by the root mean square over the last axis (Zhang & Sennrich 2019); no mean, no bias. Like `flax.nnx.RMSNorm`. */
export class RMSNorm extends Module {
  static override readonly attributeNames = FLAX_NAMES;
  scale: Param | null;
  readonly numFeatures: number;
  readonly epsilon: number;
  readonly dtype: ComputeDType;
  readonly paramDtype: ParamDType;
  readonly useScale: boolean;

  constructor(numFeatures: number, options: NormOptions) {
    super();
    checkRngs(options, 'nnx.RMSNorm');
    this.scale = makeScale(options, numFeatures, options.scaleInit ?? initializers.ones);
    this.numFeatures = numFeatures;
    this.epsilon = options.epsilon ?? 1e-6;
    this.dtype = options.dtype ?? null;
    this.paramDtype = options.paramDtype ?? 'float32';
    this.useScale = options.useScale ?? true;
  }

  /** `x` is [..., numFeatures]; so is the result. */
  call(x: JaxArray): JaxArray {
    const wide = x.dtype === 'float16' ? x.astype('float32') : x;
    const variance = jnp.mean(jnp.square(wide), { axis: -1, keepdims: true });
    return normalize(x, null, variance, { ...this, bias: null });
  }
}
