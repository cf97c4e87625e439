import { formatShape, LinnetError, normalizeAxes, type Shape, sizeOf } from '#linnet/core';
import { initializers } from '#linnet/random';
import { type Array as JaxArray, jnp } from '#linnet/tensor';
import { FLAX_NAMES } from '../flaxNames';
import { use } from '../graph/use';
import { Module } from '../module';
import { Param } from '../variableTypes';
import type { KernelOptions } from './linear';
import { type ComputeDType, checkRngs, inDType, type ParamDType } from './options';

export interface LinearGeneralOptions extends KernelOptions {
  /** Axes of the input that are contracted, in the order of `inFeatures`; by default the last. */
  readonly axis?: number | readonly number[];
}

const listOf = (value: number | readonly number[]): readonly number[] => (typeof value === 'number' ? [value] : value);

/** A linear map over several axes at once: `kernel` is [...inFeatures, ...outFeatures]. Like `flax.nnx.LinearGeneral` without batch axes. */
export class LinearGeneral extends Module {
  static override readonly attributeNames = FLAX_NAMES;
  kernel: Param;
  bias: Param | null;
  readonly inFeatures: Shape;
  readonly outFeatures: Shape;
  readonly axis: readonly number[];
  readonly useBias: boolean;
  readonly dtype: ComputeDType;
  readonly paramDtype: ParamDType;

  constructor(inFeatures: number | Shape, outFeatures: number | Shape, options: LinearGeneralOptions) {
    super();
    checkRngs(options, 'nnx.LinearGeneral');
    const { rngs, useBias = true, dtype = null, paramDtype = 'float32' } = options;
    const { kernelInit = initializers.lecunNormal(), biasInit = initializers.zeros } = options;
    this.inFeatures = listOf(inFeatures);
    this.outFeatures = listOf(outFeatures);
    this.axis = listOf(options.axis ?? -1);
    if (this.axis.length !== this.inFeatures.length) {
      throw new LinnetError(
        'ShapeError',
        `nnx.LinearGeneral contracts ${this.axis.length} axes, but inFeatures has ${this.inFeatures.length}.`,
      );
    }
    // The initialiser sees a matrix, so that all contracted axes count as inputs.
    const matrix = kernelInit(rngs.params(), [sizeOf(this.inFeatures), sizeOf(this.outFeatures)], paramDtype);
    this.kernel = new Param(jnp.reshape(matrix, [...this.inFeatures, ...this.outFeatures]));
    this.bias = useBias ? new Param(jnp.reshape(biasInit(rngs.params(), [sizeOf(this.outFeatures)], paramDtype), this.outFeatures)) : null;
    this.useBias = useBias;
    this.dtype = dtype;
    this.paramDtype = paramDtype;
  }

  /** Contracts `axis` of `x`; the axes that stay come first, then `outFeatures`. */
  call(x: JaxArray): JaxArray {
    const axes = this.axis.map((axis) => normalizeAxes(axis, x.ndim)[0]!);
    const found = axes.map((axis) => x.shape[axis]!);
    if (found.some((length, i) => length !== this.inFeatures[i])) {
      throw new LinnetError(
        'ShapeError',
        `nnx.LinearGeneral contracts axes of length ${formatShape(this.inFeatures)}; in an input of shape ${formatShape(x.shape)} they are ${formatShape(found)}.`,
      );
    }
    const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
    const keptShape = kept.map((axis) => x.shape[axis]!);
    const rows = jnp.reshape(jnp.transpose(x, [...kept, ...axes]), [...keptShape, sizeOf(this.inFeatures)]);
    const matrix = jnp.reshape(use(this.kernel), [sizeOf(this.inFeatures), sizeOf(this.outFeatures)]);
    const y = jnp.reshape(inDType(rows, this.dtype).matmul(inDType(matrix, this.dtype)), [...keptShape, ...this.outFeatures]);
    return this.bias === null ? y : y.add(inDType(use(this.bias), this.dtype));
  }
}
