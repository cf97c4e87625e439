import { normalizeAxis } from '#linnet/core';
import { initializers } from '#linnet/random';
import { type Array as JaxArray, jnp } from '#linnet/tensor';
import { FLAX_NAMES } from '../flaxNames';
import { use } from '../graph/use';
import { Module } from '../module';
import { storeOwned } from '../variable';
import { BatchStat, type Param } from '../variableTypes';
import { makeBias, makeScale, moments, type NormOptions, normalize, type ShiftOptions } from './norm';
import { type ComputeDType, checkRngs, type ParamDType } from './options';

export interface BatchNormOptions extends NormOptions, ShiftOptions {
  /** Whether to use the running statistics instead of the batch's; `eval()` sets it. By default false. */
  readonly useRunningAverage?: boolean;
  /** The axis of features, by default the last. */
  readonly axis?: number;
  /** Weight of the old running statistics, by default 0.99. */
  readonly momentum?: number;
}

/**
 * Normalises over all axes but that of the features (Ioffe & Szegedy 2015). In training it uses the batch's statistics and moves
 * `mean` and `var` (BatchStat) towards them: `momentum * old + (1 - momentum) * batch`. Like `flax.nnx.BatchNorm`.
 */
export class BatchNorm extends Module {
  static override readonly attributeNames = FLAX_NAMES;
  mean: BatchStat;
  var: BatchStat;
  scale: Param | null;
  bias: Param | null;
  readonly numFeatures: number;
  useRunningAverage: boolean;
  readonly axis: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly dtype: ComputeDType;
  readonly paramDtype: ParamDType;
  readonly useBias: boolean;
  readonly useScale: boolean;
  readonly useFastVariance: boolean;

  constructor(numFeatures: number, options: BatchNormOptions) {
    super();
    checkRngs(options, 'nnx.BatchNorm');
    this.mean = new BatchStat(jnp.zeros([numFeatures], 'float32'));
    this.var = new BatchStat(jnp.ones([numFeatures], 'float32'));
    this.scale = makeScale(options, numFeatures, options.scaleInit ?? initializers.ones);
    this.bias = makeBias(options, numFeatures, options.biasInit ?? initializers.zeros);
    this.numFeatures = numFeatures;
    this.useRunningAverage = options.useRunningAverage ?? false;
    this.axis = options.axis ?? -1;
    this.momentum = options.momentum ?? 0.99;
    this.epsilon = options.epsilon ?? 1e-5;
    this.dtype = options.dtype ?? null;
    this.paramDtype = options.paramDtype ?? 'float32';
    this.useBias = options.useBias ?? true;
    this.useScale = options.useScale ?? true;
    this.useFastVariance = options.useFastVariance ?? true;
  }

  /** `x` has `numFeatures` along `axis`; the result has its shape. `useRunningAverage` overrides the attribute for this call. */
  call(x: JaxArray, { useRunningAverage = this.useRunningAverage }: { useRunningAverage?: boolean } = {}): JaxArray {
    const axis = normalizeAxis(this.axis, x.ndim);
    const shape = x.shape.map((_, i) => (i === axis ? this.numFeatures : 1));
    const along = (vector: JaxArray): JaxArray => jnp.reshape(vector, shape);
    if (useRunningAverage) return normalize(x, along(use(this.mean)), along(use(this.var)), this, along);
    const axes = shape.flatMap((_, i) => (i === axis ? [] : [i]));
    const batch = moments(x, axes, this.useFastVariance);
    this.moveTowards(this.mean, batch.mean);
    this.moveTowards(this.var, batch.variance);
    return normalize(x, batch.mean, batch.variance, this, along);
  }

  private moveTowards(statistic: BatchStat, batch: JaxArray): void {
    const vector = jnp.reshape(batch, [this.numFeatures]);
    storeOwned(
      statistic,
      use(statistic)
        .mul(this.momentum)
        .add(vector.mul(1 - this.momentum)),
    );
  }
}
