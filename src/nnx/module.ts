import { LinnetError } from '#linnet/core';
import { type Array as JaxArray, jnp } from '#linnet/tensor';
import { type Filter, toPredicate } from './filters';
import { iterGraph } from './graph/iterGraph';
import { use } from './graph/use';
import { Pytree } from './pytree';
import type { VariableType } from './variable';
import { Perturbation } from './variableTypes';

export interface SetAttributesOptions {
  /** Only modules that this selects. By default all. */
  readonly filter?: Filter;
  /** Throws if no module has one of the attributes. By default true. */
  readonly raiseIfNotFound?: boolean;
}

export interface SowOptions<A> {
  /** What is there before the first value; by default an empty list. */
  readonly init?: () => A;
  /** Combines what is there with a value; by default appends it. */
  readonly reduce?: (collected: A, value: any) => A;
}

/**
 * Base of all models: extend it, make layers and Variables in the constructor, and compute in a method `call`. Its own public
 * properties are its attributes: modules, Variables and arrays (also inside arrays and objects) are data, all else is static. `#private`
 * fields and arrow functions that use `this` do not survive `merge` and `clone`. Like `flax.nnx.Module`.
 */
export abstract class Module extends Pytree {
  /** Training mode everywhere below: dropout on, batch norm uses and updates batch statistics. */
  train(): void {
    this.setAttributes({ deterministic: false, useRunningAverage: false }, { raiseIfNotFound: false });
  }

  /** Evaluation mode everywhere below: dropout off, batch norm uses running statistics. */
  eval(): void {
    this.setAttributes({ deterministic: true, useRunningAverage: true }, { raiseIfNotFound: false });
  }

  /** Sets the attributes on every module below (and this one) that has them, in place. */
  setAttributes(attributes: Readonly<Record<string, unknown>>, { filter = true, raiseIfNotFound = true }: SetAttributesOptions = {}): void {
    const predicate = toPredicate(filter);
    const missing = new Set(Object.keys(attributes));
    for (const [path, node] of iterGraph(this)) {
      if (!(node instanceof Module) || !predicate(path, node)) continue;
      for (const [name, value] of Object.entries(attributes)) {
        if (!Object.hasOwn(node, name)) continue;
        missing.delete(name);
        (node as unknown as Record<string, unknown>)[name] = value;
      }
    }
    if (raiseIfNotFound && missing.size > 0) {
      throw new LinnetError('InvalidArgumentError', `No selected module has the attribute ${[...missing].join(', ')}.`);
    }
  }

  /** Keeps `value` in a Variable of `type` called `name`: appended to what was sown before. Read it with `nnx.pop(model, type)`. */
  sow<A = unknown[]>(type: VariableType, name: string, value: unknown, options: SowOptions<A> = {}): void {
    const { init = () => [] as unknown as A, reduce = (all: A, one: unknown) => [...(all as unknown[]), one] as unknown as A } = options;
    const attributes = this as unknown as Record<string, unknown>;
    const known = attributes[name];
    if (known === undefined) attributes[name] = new type(reduce(init(), value));
    else if (known instanceof type) known.value = reduce(known.value as A, value);
    else
      throw new LinnetError(
        'InvalidArgumentError',
        `Cannot sow "${name}": ${this.constructor.name} has an attribute of that name that is no ${type.name}.`,
      );
  }

  /**
   * `value` plus a zero of its shape, kept in a Perturbation called `name`: the gradient by it is that of the activation. Run the model
   * once to make it, then `nnx.grad(loss, { wrt: nnx.Perturbation })`.
   */
  perturb(name: string, value: JaxArray): JaxArray {
    const attributes = this as unknown as Record<string, unknown>;
    attributes[name] ??= new Perturbation(jnp.zerosLike(value));
    const known = attributes[name];
    if (known instanceof Perturbation) return value.add(use(known));
    throw new LinnetError('InvalidArgumentError', `Cannot perturb "${name}": ${this.constructor.name} has an attribute of that name.`);
  }
}
