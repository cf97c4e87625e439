import { LinnetError } from '#linnet/core';
import type { Array as JaxArray } from '#linnet/tensor';
import { Pytree } from '../pytree';

/** Values given to `update` by name. */
export type MetricInputs = Readonly<Record<string, any>>;

/** Something measured over many batches. Like `flax.nnx.Metric`. */
export abstract class Metric extends Pytree {
  /** Starts again. */
  abstract reset(): void;
  /** Takes a batch into account. */
  abstract update(inputs: MetricInputs): void;
  /** The value so far. */
  abstract compute(): unknown;
}

/** The array called `name` among `inputs`, or an error that says which metric misses what. */
export function inputOf(inputs: MetricInputs, name: string, metric: string): JaxArray {
  const value: unknown = inputs?.[name];
  if (value !== undefined) return value as JaxArray;
  const given = Object.keys(inputs ?? {}).join(', ') || 'nothing';
  throw new LinnetError('InvalidArgumentError', `${metric}.update needs { ${name} }, but was given ${given}.`);
}
