import { LinnetError, type Shape } from '#linnet/core';
import { initializers } from '#linnet/random';
import { type Array as JaxArray, jnp } from '#linnet/tensor';
import { FLAX_NAMES } from '../flaxNames';
import { use } from '../graph/use';
import { Module } from '../module';
import { Param } from '../variableTypes';
import type { KernelOptions } from './linear';
import { type ComputeDType, checkRngs, inDType, type ParamDType } from './options';

/** `einsum(einsumStr, x, kernel) + bias`. `biasShape` null means no bias. Like `flax.nnx.Einsum`. */
export class Einsum extends Module {
  static override readonly attributeNames = FLAX_NAMES;
  kernel: Param;
  bias: Param | null;
  readonly einsumStr: string;
  readonly kernelShape: Shape;
  readonly biasShape: Shape | null;
  readonly dtype: ComputeDType;
  readonly paramDtype: ParamDType;

  constructor(einsumStr: string, kernelShape: Shape, biasShape: Shape | null, options: Omit<KernelOptions, 'useBias'>) {
    super();
    checkRngs(options, 'nnx.Einsum');
    const { rngs, dtype = null, paramDtype = 'float32' } = options;
    const { kernelInit = initializers.lecunNormal(), biasInit = initializers.zeros } = options;
    this.einsumStr = einsumStr.replaceAll(' ', '');
    partsOf(this.einsumStr);
    this.kernel = new Param(kernelInit(rngs.params(), kernelShape, paramDtype));
    this.bias = biasShape === null ? null : new Param(biasInit(rngs.params(), biasShape, paramDtype));
    this.kernelShape = kernelShape;
    this.biasShape = biasShape;
    this.dtype = dtype;
    this.paramDtype = paramDtype;
  }

  call(x: JaxArray): JaxArray {
    const y = jnp.einsum(this.einsumStr, inDType(x, this.dtype), inDType(use(this.kernel), this.dtype));
    return this.bias === null ? y : y.add(inDType(jnp.reshape(use(this.bias), this.broadcastBias()), this.dtype));
  }

  /** Shape of the bias against the output: the kernel's length on axes the kernel has, 1 on the others. */
  private broadcastBias(): number[] {
    const { kernel, output } = partsOf(this.einsumStr);
    return [...output].map((label) => (kernel.includes(label) ? this.kernelShape[kernel.indexOf(label)]! : 1));
  }
}

function partsOf(einsumStr: string): { kernel: string; output: string } {
  const match = /^([a-zA-Z]+|[a-zA-Z]*\.\.\.[a-zA-Z]*),([a-zA-Z]+)->([a-zA-Z]+|[a-zA-Z]*\.\.\.[a-zA-Z]*)$/.exec(einsumStr);
  if (match !== null) return { kernel: match[2]!, output: match[3]!.replace('...', '') };
  throw new LinnetError(
    'InvalidArgumentError',
    `nnx.Einsum needs two operands and an output, as in 'nta,hab->nthb'; found '${einsumStr}'.`,
  );
}
