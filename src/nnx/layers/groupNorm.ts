import { LinnetError } from '#linnet/core';
import { initializers } from '#linnet/random';
import { type Array as JaxArray, jnp } from '#linnet/tensor';
import { FLAX_NAMES } from '../flaxNames';
import { Module } from '../module';
import type { Param } from '../variableTypes';
import { makeBias, makeScale, moments, type NormOptions, normalize, type ShiftOptions } from './norm';
import { type ComputeDType, checkRngs, type ParamDType } from './options';

export interface GroupNormOptions extends NormOptions, ShiftOptions {
  /** By default 32; null if `groupSize` says it. */
  readonly numGroups?: number | null;
  /** Features of a group, instead of `numGroups`. */
  readonly groupSize?: number | null;
}

/** Normalises over groups of features and all axes but the first (Wu & He 2018). Like `flax.nnx.GroupNorm`. */
export class GroupNorm extends Module {
  static override readonly attributeNames = FLAX_NAMES;
  scale: Param | null;
  bias: Param | null;
  readonly numFeatures: number;
  readonly numGroups: number;
  readonly groupSize: number;
  readonly epsilon: number;
  readonly dtype: ComputeDType;
  readonly paramDtype: ParamDType;
  readonly useBias: boolean;
  readonly useScale: boolean;
  readonly useFastVariance: boolean;

  constructor(numFeatures: number, options: GroupNormOptions) {
    super();
    checkRngs(options, 'nnx.GroupNorm');
    this.numGroups = groupsOf(numFeatures, options);
    this.groupSize = numFeatures / this.numGroups;
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

  /** `x` is [batch, ..., numFeatures]; so is the result. */
  call(x: JaxArray): JaxArray {
    const grouped = jnp.reshape(x, [...x.shape.slice(0, -1), this.numGroups, this.groupSize]);
    const axes = Array.from({ length: grouped.ndim }, (_, axis) => axis).filter((axis) => axis !== 0 && axis !== grouped.ndim - 2);
    const { mean, variance } = moments(grouped, axes, this.useFastVariance);
    const spread = (statistic: JaxArray): JaxArray =>
      jnp.reshape(jnp.broadcastTo(statistic, [...statistic.shape.slice(0, -1), this.groupSize]), [
        ...statistic.shape.slice(0, -2),
        this.numFeatures,
      ]);
    return normalize(x, spread(mean), spread(variance), this);
  }
}

function groupsOf(numFeatures: number, { numGroups, groupSize = null }: GroupNormOptions): number {
  if (typeof numGroups === 'number' && groupSize !== null) {
    throw new LinnetError('InvalidArgumentError', 'nnx.GroupNorm takes numGroups or groupSize, not both.');
  }
  const groups = groupSize === null ? (numGroups ?? 32) : numFeatures / groupSize;
  if (Number.isInteger(groups) && groups >= 1 && numFeatures % groups === 0) return groups;
  throw new LinnetError('ShapeError', `nnx.GroupNorm cannot make ${groups} equal groups of ${numFeatures} features.`);
}
