import { LinnetError } from '#linnet/core';
import { Metric, type MetricInputs } from './metric';

/** Several metrics under names, updated together. Like `flax.nnx.MultiMetric`. */
export class MultiMetric extends Metric {
  [name: string]: any;

  constructor(metrics: Readonly<Record<string, Metric>>) {
    super();
    for (const [name, metric] of Object.entries(metrics)) {
      if (name in this)
        throw new LinnetError('InvalidArgumentError', `A metric cannot be called "${name}": MultiMetric has a method of that name.`);
      this[name] = metric;
    }
  }

  reset(): void {
    for (const metric of metricsOf(this)) metric[1].reset();
  }

  /** Every metric gets all inputs and takes what it needs. */
  update(inputs: MetricInputs): void {
    for (const [, metric] of metricsOf(this)) metric.update(inputs);
  }

  /** The values by name. */
  compute(): Record<string, any> {
    return Object.fromEntries(metricsOf(this).map(([name, metric]) => [name, metric.compute()]));
  }
}

const metricsOf = (all: MultiMetric): [string, Metric][] =>
  Object.entries(all).filter((entry): entry is [string, Metric] => entry[1] instanceof Metric);
