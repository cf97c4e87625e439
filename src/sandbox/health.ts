import { flatten } from '#linnet/core';
import type * as nnx from '#linnet/nnx';
import { type Array as JaxArray, type Jitted, jit, jnp } from '#linnet/tensor';

/** Steps from one look to the next. */
export const LOOK_STEPS = 50;
/** Time from one look to the next, ms, where so many steps take less: a look costs as much as a few of them. */
const EVERY_MS = 100;

/**
 * Looks whether the arrays of a model are finite. A loss does not show every infinity: what an activation flattens, or a dead unit hides,
 * trains on in silence.
 */
export class Health {
  readonly #allFinite: Jitted<(model: nnx.State) => JaxArray>;
  #compiled: boolean | null = null;
  #step = 0;
  #ms = Number.NEGATIVE_INFINITY;

  constructor() {
    this.#allFinite = jit((model: nnx.State) => {
      const floats = (flatten(model).leaves as JaxArray[]).filter(({ dtype }) => dtype === 'float32');
      return jnp.all(jnp.stack(floats.map((leaf) => jnp.all(jnp.isfinite(leaf)))));
    });
  }

  /** Whether the model should be looked at after `step`. The first time it is, the look is compiled beside whatever runs. */
  isDue(step: number, model: nnx.State): boolean {
    if (Math.abs(step - this.#step) < LOOK_STEPS || performance.now() - this.#ms < EVERY_MS) return false;
    if (this.#compiled === null) this.#compile(model);
    return this.#compiled === true;
  }

  /** Whether the model should be looked at where training ends, after `step`: many steps may have been done since the last look. */
  isDueAtEnd(step: number): boolean {
    return this.#compiled === true && step !== this.#step;
  }

  /** Whether a model can be looked at at once. */
  get isReady(): boolean {
    return this.#compiled === true;
  }

  /** Whether so many steps lie between the last look and `step` that a bad model would not tell where it went wrong. */
  isFar(step: number): boolean {
    return Math.abs(step - this.#step) > LOOK_STEPS;
  }

  #compile(model: nnx.State): void {
    this.#compiled = false;
    this.#allFinite.compile(model).then(
      () => {
        this.#compiled = true;
      },
      // What does not compile is not looked at; losses are.
      () => {},
    );
  }

  /** Whether `model`, which is of `step`, is finite. Submitted at once. */
  async look(step: number, model: nnx.State): Promise<boolean> {
    this.#step = step;
    this.#ms = performance.now();
    const result = this.#allFinite(model);
    try {
      return Boolean(await result.item());
    } finally {
      result.dispose();
    }
  }
}
