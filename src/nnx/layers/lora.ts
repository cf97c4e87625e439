import { type Initializer, initializers } from '#linnet/random';
import type { Array as JaxArray } from '#linnet/tensor';
import { FLAX_NAMES } from '../flaxNames';
import { use } from '../graph/use';
import { Module } from '../module';
import type { Rngs } from '../rngs/rngs';
import type { VariableType } from '../variable';
import { LoRAParam } from '../variableTypes';
import { type KernelOptions, Linear } from './linear';
import { type ComputeDType, checkRngs, inDType, type ParamDType } from './options';
import type { Layer } from './sequential';

export interface LoRAOptions {
  readonly rngs: Rngs;
  /** A layer whose result the low-rank product is added to. */
  readonly baseModule?: Layer | null;
  readonly dtype?: ComputeDType;
  readonly paramDtype?: ParamDType;
  /** By default He uniform. */
  readonly aInit?: Initializer;
  /** By default zeros, so that training starts from the base. */
  readonly bInit?: Initializer;
  /** Variable type of both matrices, by default LoRAParam. */
  readonly loraType?: VariableType;
}

/** A low-rank map (Hu et al. 2021): `lora_a` [inFeatures, rank] times `lora_b` [rank, outFeatures]. Like `flax.nnx.LoRA`. */
export class LoRA extends Module {
  static override readonly attributeNames = FLAX_NAMES;
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly dtype: ComputeDType;
  readonly paramDtype: ParamDType;
  readonly loraType: VariableType;
  baseModule: Layer | null;
  loraA: LoRAParam;
  loraB: LoRAParam;

  constructor(inFeatures: number, loraRank: number, outFeatures: number, options: LoRAOptions) {
    super();
    checkRngs(options, 'nnx.LoRA');
    const { rngs, paramDtype = 'float32', loraType = LoRAParam } = options;
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.dtype = options.dtype ?? null;
    this.paramDtype = paramDtype;
    this.loraType = loraType;
    this.baseModule = options.baseModule ?? null;
    const { aInit = initializers.heUniform(), bInit = initializers.zeros } = options;
    this.loraA = new loraType(aInit(rngs.params(), [inFeatures, loraRank], paramDtype)) as LoRAParam;
    this.loraB = new loraType(bInit(rngs.params(), [loraRank, outFeatures], paramDtype)) as LoRAParam;
  }

  /** `x` is [..., inFeatures]; the result [..., outFeatures]. */
  call(x: JaxArray): JaxArray {
    const y = inDType(x, this.dtype)
      .matmul(inDType(use(this.loraA), this.dtype))
      .matmul(inDType(use(this.loraB), this.dtype));
    if (this.baseModule === null) return y;
    return y.add(typeof this.baseModule === 'function' ? this.baseModule(x) : this.baseModule.call(x));
  }
}

export interface LoRALinearOptions extends KernelOptions {
  readonly loraRank: number;
  readonly aInit?: Initializer;
  readonly bInit?: Initializer;
}

/** A Linear whose kernel keeps its path and gets a low-rank addition under `lora`. Like `flax.nnx.LoRALinear`. */
export class LoRALinear extends Linear {
  lora: LoRA;

  constructor(inFeatures: number, outFeatures: number, options: LoRALinearOptions) {
    super(inFeatures, outFeatures, options);
    this.lora = new LoRA(inFeatures, options.loraRank, outFeatures, options);
  }

  override call(x: JaxArray): JaxArray {
    return super.call(x).add(this.lora.call(x));
  }
}
