import { type Initializer, initializers } from '#linnet/random';
import { type Array as JaxArray, jnp } from '#linnet/tensor';
import { FLAX_NAMES } from '../flaxNames';
import { use } from '../graph/use';
import { Module } from '../module';
import type { Rngs } from '../rngs/rngs';
import { Param } from '../variableTypes';
import { type ComputeDType, checkRngs, inDType, type ParamDType } from './options';

export interface EmbedOptions {
  readonly rngs: Rngs;
  readonly dtype?: ComputeDType;
  readonly paramDtype?: ParamDType;
  /** By default normal with variance 1 / features. */
  readonly embeddingInit?: Initializer;
}

/** A table of vectors by integer: `embedding` is [numEmbeddings, features]. Like `flax.nnx.Embed`. */
export class Embed extends Module {
  static override readonly attributeNames = FLAX_NAMES;
  embedding: Param;
  readonly numEmbeddings: number;
  readonly features: number;
  readonly dtype: ComputeDType;
  readonly paramDtype: ParamDType;

  constructor(numEmbeddings: number, features: number, options: EmbedOptions) {
    super();
    checkRngs(options, 'nnx.Embed');
    const { rngs, dtype = null, paramDtype = 'float32' } = options;
    const init = options.embeddingInit ?? initializers.varianceScaling(1, 'fan_in', 'normal', { outAxis: 0 });
    this.embedding = new Param(init(rngs.params(), [numEmbeddings, features], paramDtype));
    this.numEmbeddings = numEmbeddings;
    this.features = features;
    this.dtype = dtype;
    this.paramDtype = paramDtype;
  }

  /** `ids` are integers of any shape; the result is [...ids, features]. */
  call(ids: JaxArray): JaxArray {
    return jnp.take(inDType(use(this.embedding), this.dtype), ids, { axis: 0 });
  }

  /** Scores of `query` [..., features] for every row: [..., numEmbeddings]. */
  attend(query: JaxArray): JaxArray {
    return inDType(query, this.dtype).matmul(jnp.transpose(inDType(use(this.embedding), this.dtype)));
  }
}
