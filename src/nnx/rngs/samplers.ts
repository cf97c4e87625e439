import { LinnetError } from '#linnet/core';
import { initializers, type KeyArray, random } from '#linnet/random';

/** Samplers that a stream offers as methods: the function of `jax.random` without its key. */
const SAMPLERS = [
  'bernoulli',
  'bits',
  'categorical',
  'choice',
  'exponential',
  'gumbel',
  'laplace',
  'logistic',
  'normal',
  'orthogonal',
  'permutation',
  'randint',
  'rademacher',
  'truncatedNormal',
  'uniform',
] as const;

/** Initialisers that a stream offers as methods: `rngs.lecunNormal()(shape, dtype)`. */
const INITIALIZERS = ['glorotNormal', 'glorotUniform', 'heNormal', 'heUniform', 'lecunNormal', 'lecunUniform'] as const;

const samplerNames: ReadonlySet<string> = new Set(SAMPLERS);
const initializerNames: ReadonlySet<string> = new Set(INITIALIZERS);

/** The sampler or initialiser called `name`, drawing with the next key of a stream at each call; undefined if there is none. */
export function samplerOf(name: string, nextKey: () => KeyArray): ((...args: any[]) => unknown) | undefined {
  if (samplerNames.has(name)) {
    return (...args) => {
      const sample = (random as unknown as Record<string, any>)[name];
      if (sample === undefined) throw new LinnetError('InvalidArgumentError', `jax.random has no sampler "${name}".`);
      return sample(nextKey(), ...args);
    };
  }
  if (!initializerNames.has(name)) return undefined;
  return (...options) => {
    const initializer = (initializers as unknown as Record<string, any>)[name](...options);
    return (...args: unknown[]) => initializer(nextKey(), ...args);
  };
}
