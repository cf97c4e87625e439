import { LinnetError } from '#linnet/core';
import { initializers } from '#linnet/random';
import { type Array as JaxArray, jnp, lax } from '#linnet/tensor';
import { FLAX_NAMES } from '../flaxNames';
import { use } from '../graph/use';
import { Module } from '../module';
import { Param } from '../variableTypes';
import type { KernelOptions } from './linear';
import { type ComputeDType, checkRngs, inDType, type ParamDType } from './options';

/** Rows added before and after each spatial axis; or the rule they follow. CAUSAL looks only back, along the one axis of a sequence. */
export type Padding = 'SAME' | 'VALID' | 'CIRCULAR' | 'CAUSAL' | number | readonly (number | readonly [number, number])[];

type PerAxis = number | readonly number[];

export interface ConvOptions extends KernelOptions {
  /** By default 1. */
  readonly strides?: PerAxis;
  /** By default 'SAME'. */
  readonly padding?: Padding;
  /** Gaps between the elements of the input, by default 1 (none). */
  readonly inputDilation?: PerAxis;
  /** Gaps between the elements of the kernel, by default 1 (none). */
  readonly kernelDilation?: PerAxis;
  /** Groups of channels that do not mix, by default 1. */
  readonly featureGroupCount?: number;
}

type Pairs = readonly (readonly [number, number])[];

const perAxis = (value: PerAxis | undefined, rank: number): readonly number[] =>
  value === undefined || typeof value === 'number' ? new Array<number>(rank).fill(value ?? 1) : value;

/**
 * Convolution of [batch, ...spatial, channels] by `kernel` [...kernelSize, inFeatures / groups, outFeatures]. More or fewer batch axes
 * are fine. Like `flax.nnx.Conv`.
 */
export class Conv extends Module {
  static override readonly attributeNames = FLAX_NAMES;
  kernel: Param;
  bias: Param | null;
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly kernelSize: readonly number[];
  readonly strides: PerAxis;
  readonly padding: Padding;
  readonly inputDilation: PerAxis;
  readonly kernelDilation: PerAxis;
  readonly featureGroupCount: number;
  readonly useBias: boolean;
  readonly dtype: ComputeDType;
  readonly paramDtype: ParamDType;

  constructor(inFeatures: number, outFeatures: number, kernelSize: PerAxis, options: ConvOptions) {
    super();
    checkRngs(options, 'nnx.Conv');
    const { rngs, useBias = true, paramDtype = 'float32', featureGroupCount = 1 } = options;
    const { kernelInit = initializers.lecunNormal(), biasInit = initializers.zeros } = options;
    this.kernelSize = typeof kernelSize === 'number' ? [kernelSize] : kernelSize;
    if (inFeatures % featureGroupCount !== 0) {
      throw new LinnetError('ShapeError', `nnx.Conv cannot share ${inFeatures} channels among ${featureGroupCount} groups equally.`);
    }
    const shape = [...this.kernelSize, inFeatures / featureGroupCount, outFeatures];
    this.kernel = new Param(kernelInit(rngs.params(), shape, paramDtype));
    this.bias = useBias ? new Param(biasInit(rngs.params(), [outFeatures], paramDtype)) : null;
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.strides = options.strides ?? 1;
    this.padding = options.padding ?? 'SAME';
    this.inputDilation = options.inputDilation ?? 1;
    this.kernelDilation = options.kernelDilation ?? 1;
    this.featureGroupCount = featureGroupCount;
    this.useBias = useBias;
    this.dtype = options.dtype ?? null;
    this.paramDtype = paramDtype;
  }

  call(x: JaxArray): JaxArray {
    return overBatches(x, this.kernelSize.length, (batch) => {
      const rank = this.kernelSize.length;
      const dilation = perAxis(this.kernelDilation, rank);
      const spans = this.kernelSize.map((size, axis) => (size - 1) * dilation[axis]! + 1);
      const y = lax.conv(
        ...padded(inDType(batch, this.dtype), inDType(use(this.kernel), this.dtype), this.padding, spans, {
          strides: perAxis(this.strides, rank),
          lhsDilation: perAxis(this.inputDilation, rank),
          rhsDilation: dilation,
          groups: this.featureGroupCount,
        }),
      );
      return this.bias === null ? y : y.add(inDType(use(this.bias), this.dtype));
    });
  }
}

type LaxOptions = NonNullable<Parameters<typeof lax.conv>[2]>;

/** Arguments of the convolution: padding rules that it does not know are carried out on the input. */
function padded(
  x: JaxArray,
  kernel: JaxArray,
  padding: Padding,
  spans: readonly number[],
  options: LaxOptions,
): [JaxArray, JaxArray, LaxOptions] {
  if (padding === 'SAME' || padding === 'VALID') return [x, kernel, { ...options, padding }];
  if (padding === 'CIRCULAR') return [wrap(x, spans), kernel, { ...options, padding: 'VALID' }];
  if (padding !== 'CAUSAL') return [x, kernel, { ...options, padding: pairsOf(padding, spans.length) }];
  if (spans.length === 1) return [x, kernel, { ...options, padding: [[spans[0]! - 1, 0]] }];
  throw new LinnetError('InvalidArgumentError', `Causal padding is for sequences; the kernel has ${spans.length} spatial axes.`);
}

function pairsOf(padding: number | readonly (number | readonly [number, number])[], rank: number): Pairs {
  const list = typeof padding === 'number' ? new Array<number>(rank).fill(padding) : padding;
  if (list.length !== rank) {
    throw new LinnetError('InvalidArgumentError', `padding has ${list.length} entries for a kernel of ${rank} spatial axes.`);
  }
  return list.map((entry) => (typeof entry === 'number' ? [entry, entry] : entry));
}

/** Continues each spatial axis by what is at its other end. */
function wrap(x: JaxArray, spans: readonly number[]): JaxArray {
  const sides = spans.map((span) => [Math.floor((span - 1) / 2), Math.floor(span / 2)] as const);
  return jnp.pad(x, [[0, 0], ...sides, [0, 0]], 'wrap');
}

/** Runs `f` on input with exactly one batch axis before `rank` spatial axes and the channels. */
export function overBatches(x: JaxArray, rank: number, f: (x: JaxArray) => JaxArray): JaxArray {
  const batch = x.shape.slice(0, x.ndim - rank - 1);
  const core = x.shape.slice(x.ndim - rank - 1);
  const y = f(jnp.reshape(x, [batch.reduce((a, b) => a * b, 1), ...core]));
  return jnp.reshape(y, [...batch, ...y.shape.slice(1)]);
}
