import { LinnetError, mapTree } from '#linnet/core';
import { type Array as JaxArray, jnp } from '#linnet/tensor';
import { increment, zeroCount, zerosLike } from './arithmetic';
import { type GradientTransformation, OptaxState } from './transformation';

/** Gradients gathered so far, and the state of the optimiser that will use them. */
export class MultiStepsState extends OptaxState {
  constructor(
    readonly miniStep: JaxArray,
    readonly gradientStep: JaxArray,
    readonly innerOptState: unknown,
    readonly accGrads: unknown,
    readonly skipState: readonly unknown[] = [],
  ) {
    super();
  }
}

/** Accumulates gradients over several calls and lets `inner` see their mean; updates in between are zero. */
export class MultiSteps implements GradientTransformation {
  readonly #inner: GradientTransformation;
  readonly #every: number;
  readonly #mean: boolean;

  /** `everyK` calls make one update of `inner`. With `useGradMean: false` gradients are summed. */
  constructor(inner: GradientTransformation, everyK: number, { useGradMean = true }: { readonly useGradMean?: boolean } = {}) {
    if (!Number.isInteger(everyK) || everyK < 1) {
      throw new LinnetError('InvalidArgumentError', `MultiSteps gathers over ${everyK} calls; it must be an integer from 1.`);
    }
    this.#inner = inner;
    this.#every = everyK;
    this.#mean = useGradMean;
  }

  init(params: unknown): MultiStepsState {
    return new MultiStepsState(zeroCount(), zeroCount(), this.#inner.init(params), zerosLike(params));
  }

  update(grads: unknown, state: unknown, params?: unknown): [unknown, MultiStepsState] {
    const old = state as MultiStepsState;
    const gathered = mapTree((g: JaxArray, acc: JaxArray) => this.#gather(g, acc, old.miniStep), grads, old.accGrads);
    const [updates, inner] = this.#inner.update(gathered, old.innerOptState, params);
    const emit = jnp.equal(old.miniStep, this.#every - 1);
    const next = new MultiStepsState(
      jnp.where(emit, 0, old.miniStep.add(1)),
      jnp.where(emit, increment(old.gradientStep), old.gradientStep),
      mapTree((before: JaxArray, after: JaxArray) => jnp.where(emit, after, before), old.innerOptState, inner),
      mapTree((acc: JaxArray) => jnp.where(emit, 0, acc), gathered),
      old.skipState,
    );
    return [mapTree((u: JaxArray) => jnp.where(emit, u, 0), updates), next];
  }

  /** The mean is kept up to date (Welford), so that it never overflows. */
  #gather(grad: JaxArray, acc: JaxArray, miniStep: JaxArray): JaxArray {
    return this.#mean ? acc.add(grad.sub(acc).div(miniStep.add(1).astype('float32'))) : acc.add(grad);
  }
}
