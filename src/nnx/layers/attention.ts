import { LinnetError } from '#linnet/core';
import { type Initializer, initializers, random } from '#linnet/random';
import { type Array as JaxArray, jnp, nn } from '#linnet/tensor';
import { FLAX_NAMES } from '../flaxNames';
import { Module } from '../module';
import type { RngStream } from '../rngs/rngStream';
import { Rngs } from '../rngs/rngs';
import { LayerNorm } from './layerNorm';
import { LinearGeneral } from './linearGeneral';
import { type ComputeDType, checkRngs, type ParamDType } from './options';

/** Scaled dot products below this are what masked places get: the lowest finite float32. */
const LOWEST = -3.4028234663852886e38;

export interface AttentionOptions {
  readonly rngs: Rngs;
  readonly dtype?: ComputeDType;
  readonly paramDtype?: ParamDType;
  /** Of attention weights, by default 0. */
  readonly dropoutRate?: number;
  /** Whether dropout is off; `eval()` sets it. By default false. */
  readonly deterministic?: boolean;
  readonly useBias?: boolean;
  readonly kernelInit?: Initializer;
  readonly biasInit?: Initializer;
  /** Whether queries and keys are layer-normalised, by default false. */
  readonly normalizeQk?: boolean;
}

export interface AttentionCall {
  /** Broadcasts to [batch..., heads, queries, keys]; false or 0 hides a key from a query. */
  readonly mask?: JaxArray;
  readonly deterministic?: boolean;
}

export interface DotProductOptions {
  readonly mask?: JaxArray | undefined;
  /** Applied to the attention weights. */
  readonly dropout?: ((weights: JaxArray) => JaxArray) | undefined;
}

/**
 * Attention of [..., queries, heads, depth] over [..., keys, heads, depth]: softmax of `query · key / √depth` times values
 * (Vaswani et al. 2017). Like `flax.nnx.dot_product_attention`.
 */
export function dotProductAttention(query: JaxArray, key: JaxArray, value: JaxArray, { mask, dropout }: DotProductOptions = {}): JaxArray {
  const scaled = query.div(Math.sqrt(query.shape.at(-1)!));
  const scores = jnp.einsum('...qhd,...khd->...hqk', scaled, key);
  const masked = mask === undefined ? scores : jnp.where(mask.astype('bool'), scores, LOWEST);
  const weights = nn.softmax(masked, -1);
  return jnp.einsum('...hqk,...khd->...qhd', dropout === undefined ? weights : dropout(weights), value);
}

/** A causal mask [..., 1, length, length] for a batch of sequences [..., length]. Like `flax.nnx.make_causal_mask`. */
export function makeCausalMask(x: JaxArray): JaxArray {
  const length = x.shape.at(-1)!;
  const positions = jnp.arange(length);
  const mask = jnp.greaterEqual(jnp.reshape(positions, [length, 1]), jnp.reshape(positions, [1, length]));
  return jnp.broadcastTo(mask, [...x.shape.slice(0, -1), 1, length, length]).astype('float32');
}

/**
 * A mask [..., 1, queries, keys] from one number for each query [..., queries] and key [..., keys]: their product, so that 0 hides.
 * Like `flax.nnx.make_attention_mask`.
 */
export function makeAttentionMask(queries: JaxArray, keys: JaxArray, combine = (q: JaxArray, k: JaxArray): JaxArray => q.mul(k)): JaxArray {
  const pairs = combine(jnp.expandDims(queries, -1), jnp.expandDims(keys, -2));
  return jnp.expandDims(pairs, -3).astype('float32');
}

/** Where all masks allow it: their logical product; undefined ones are passed over. Like `flax.nnx.combine_masks`. */
export function combineMasks(...masks: (JaxArray | undefined)[]): JaxArray | undefined {
  const given = masks.filter((mask) => mask !== undefined);
  if (given.length === 0) return undefined;
  return given
    .map((mask) => mask.astype('bool'))
    .reduce((a, b) => jnp.logicalAnd(a, b))
    .astype('float32');
}

/**
 * Attention with several heads: kernels of `query`, `key`, `value` are [features, heads, depth], of `out` [heads, depth, features].
 * Like `flax.nnx.MultiHeadAttention` without decoding.
 */
export class MultiHeadAttention extends Module {
  static override readonly attributeNames = FLAX_NAMES;
  readonly numHeads: number;
  readonly inFeatures: number;
  readonly qkvFeatures: number;
  readonly outFeatures: number;
  readonly headDim: number;
  readonly dropoutRate: number;
  deterministic: boolean;
  query: LinearGeneral;
  key: LinearGeneral;
  value: LinearGeneral;
  queryLn: LayerNorm | null;
  keyLn: LayerNorm | null;
  out: LinearGeneral;
  rngs: RngStream | null;

  constructor(
    numHeads: number,
    inFeatures: number,
    qkvFeatures: number | null,
    options: AttentionOptions,
    outFeatures: number = inFeatures,
  ) {
    super();
    checkRngs(options, 'nnx.MultiHeadAttention');
    const { rngs, dropoutRate = 0, deterministic = false, normalizeQk = false } = options;
    this.numHeads = numHeads;
    this.inFeatures = inFeatures;
    this.qkvFeatures = qkvFeatures ?? inFeatures;
    this.outFeatures = outFeatures;
    this.headDim = this.qkvFeatures / numHeads;
    if (!Number.isInteger(this.headDim)) {
      throw new LinnetError(
        'ShapeError',
        `nnx.MultiHeadAttention cannot share ${this.qkvFeatures} features among ${numHeads} heads equally.`,
      );
    }
    this.dropoutRate = dropoutRate;
    this.deterministic = deterministic;
    const kernel = {
      rngs,
      dtype: options.dtype ?? null,
      paramDtype: options.paramDtype ?? ('float32' as const),
      useBias: options.useBias ?? true,
      kernelInit: options.kernelInit ?? initializers.lecunNormal(),
      biasInit: options.biasInit ?? initializers.zeros,
    };
    const projection = (): LinearGeneral => new LinearGeneral(inFeatures, [numHeads, this.headDim], kernel);
    this.query = projection();
    this.key = projection();
    this.value = projection();
    this.queryLn = normalizeQk ? new LayerNorm(this.headDim, { rngs, useBias: false }) : null;
    this.keyLn = normalizeQk ? new LayerNorm(this.headDim, { rngs, useBias: false }) : null;
    this.out = new LinearGeneral([numHeads, this.headDim], outFeatures, { ...kernel, axis: [-2, -1] });
    this.rngs = dropoutRate > 0 && rngs instanceof Rngs ? rngs.stream('dropout').fork() : null;
  }

  /** `queries` [..., n, inFeatures] attend to `keys` and `values` [..., m, inFeatures] (by default themselves): [..., n, outFeatures]. */
  call(queries: JaxArray, keys: JaxArray = queries, values: JaxArray = keys, options: AttentionCall = {}): JaxArray {
    const { mask, deterministic = this.deterministic } = options;
    const query = this.query.call(queries);
    const key = this.key.call(keys);
    const attended = dotProductAttention(this.queryLn?.call(query) ?? query, this.keyLn?.call(key) ?? key, this.value.call(values), {
      mask,
      dropout: deterministic || this.rngs === null ? undefined : (weights) => this.drop(weights),
    });
    return this.out.call(attended);
  }

  /** One mask for all of a batch and all heads, as Flax's default `broadcast_dropout`. */
  private drop(weights: JaxArray): JaxArray {
    const keep = 1 - this.dropoutRate;
    const shape = weights.shape.map((length, axis) => (axis < weights.ndim - 2 ? 1 : length));
    const mask = random.bernoulli(this.rngs!.call(), keep, shape);
    return weights.mul(mask.astype('float32').div(keep));
  }
}
