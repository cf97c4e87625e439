import { type Array as JaxArray, jnp } from '#linnet/tensor';
import { use } from '../graph/use';
import { storeOwned } from '../variable';
import { MetricState } from '../variableTypes';
import { inputOf, Metric, type MetricInputs } from './metric';

/** What Welford computes. */
export interface Statistics {
  readonly mean: JaxArray;
  readonly standardErrorOfMean: JaxArray;
  readonly standardDeviation: JaxArray;
}

/** Mean, its standard error, and the population standard deviation, in one pass (Welford 1962). Like `flax.nnx.metrics.Welford`. */
export class Welford extends Metric {
  readonly argname: string;
  readonly count: MetricState;
  readonly mean: MetricState;
  readonly m2: MetricState;

  constructor(argname = 'values') {
    super();
    this.argname = argname;
    this.count = new MetricState(jnp.array(0, 'int32'));
    this.mean = new MetricState(jnp.array(0, 'float32'));
    this.m2 = new MetricState(jnp.array(0, 'float32'));
  }

  reset(): void {
    this.count.value = jnp.array(0, 'int32');
    this.mean.value = jnp.array(0, 'float32');
    this.m2.value = jnp.array(0, 'float32');
  }

  update(inputs: MetricInputs): void {
    const given = inputOf(inputs, this.argname, 'Welford') as JaxArray | number;
    const values = typeof given === 'number' ? jnp.array(given, 'float32') : given;
    const before = use(this.count);
    const count = before.add(values.size);
    const delta = jnp.mean(values).sub(use(this.mean));
    const mean = use(this.mean).add(delta.mul(values.size).div(count));
    const spread = jnp.var(values).mul(values.size).add(delta.mul(delta).mul(before).mul(values.size).div(count));
    storeOwned(this.m2, use(this.m2).add(spread));
    storeOwned(this.mean, mean);
    storeOwned(this.count, count);
  }

  compute(): Statistics {
    const variance = use(this.m2).div(use(this.count));
    const standardDeviation = jnp.sqrt(variance);
    return {
      mean: use(this.mean),
      standardErrorOfMean: standardDeviation.div(jnp.sqrt(use(this.count).astype('float32'))),
      standardDeviation,
    };
  }
}
