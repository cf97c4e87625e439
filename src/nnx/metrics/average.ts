import { formatShape, LinnetError, shapesEqual } from '#linnet/core';
import { type Array as JaxArray, jnp } from '#linnet/tensor';
import { use } from '../graph/use';
import { storeOwned } from '../variable';
import { MetricState } from '../variableTypes';
import { inputOf, Metric, type MetricInputs } from './metric';

/** Mean of all values seen; NaN before the first. Like `flax.nnx.metrics.Average`. */
export class Average extends Metric {
  readonly argname: string;
  readonly total: MetricState;
  readonly count: MetricState;

  /** `argname` is the name under which `update` gets the values. */
  constructor(argname = 'values') {
    super();
    this.argname = argname;
    this.total = new MetricState(jnp.array(0, 'float32'));
    this.count = new MetricState(jnp.array(0, 'int32'));
  }

  reset(): void {
    this.total.value = jnp.array(0, 'float32');
    this.count.value = jnp.array(0, 'int32');
  }

  update(inputs: MetricInputs): void {
    this.add(inputOf(inputs, this.argname, 'Average'));
  }

  compute(): JaxArray {
    return use(this.total).div(use(this.count));
  }

  protected add(values: JaxArray | number): void {
    const isNumber = typeof values === 'number';
    storeOwned(this.total, use(this.total).add(isNumber ? values : jnp.sum(values)));
    storeOwned(this.count, use(this.count).add(isNumber ? 1 : values.size));
  }
}

export interface AccuracyOptions {
  /** For binary problems: logits above it count as class 1. */
  readonly threshold?: number;
}

/** Share of predictions that are right: `update({ logits, labels })`. Like `flax.nnx.metrics.Accuracy`. */
export class Accuracy extends Average {
  readonly threshold: number | null;

  constructor({ threshold }: AccuracyOptions = {}) {
    super('values');
    this.threshold = threshold ?? null;
  }

  /** `logits` are [..., classes] (with a threshold [...]), `labels` [...] integers. */
  override update(inputs: MetricInputs): void {
    const logits = inputOf(inputs, 'logits', 'Accuracy');
    const labels = inputOf(inputs, 'labels', 'Accuracy');
    const predicted = this.threshold === null ? jnp.argmax(logits, -1) : logits.gt(this.threshold);
    if (!shapesEqual(predicted.shape, labels.shape)) {
      throw new LinnetError(
        'ShapeError',
        `Accuracy: logits of shape ${formatShape(logits.shape)} do not fit labels of shape ${formatShape(labels.shape)}.`,
      );
    }
    this.add(jnp.equal(predicted.astype('int32'), labels.astype('int32')).astype('float32'));
  }
}
