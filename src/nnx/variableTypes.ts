import type { JaxArray } from './leaf';
import { Variable } from './variable';

/** What training changes by gradients: kernels, biases, embeddings. */
export class Param<T = JaxArray> extends Variable<T> {}

/** Running statistics, such as the mean and variance of BatchNorm. */
export class BatchStat<T = JaxArray> extends Variable<T> {}

/** What a layer remembers between calls, such as keys and values of attention. */
export class Cache<T = JaxArray> extends Variable<T> {}

/** What `sow` collects during a call. The value is an array of what was sown. */
export class Intermediate<T = unknown> extends Variable<T> {}

/** A zero added to an activation, whose gradient is the activation's. */
export class Perturbation<T = JaxArray> extends Variable<T> {}

/** State of random streams: RngKey and RngCount. */
export class RngState<T = JaxArray> extends Variable<T> {}

/** Base key of a stream. */
export class RngKey<T = JaxArray> extends RngState<T> {}

/** How many keys a stream has given: a uint32 scalar. */
export class RngCount<T = JaxArray> extends RngState<T> {}

/** State of a metric, such as a running total. */
export class MetricState<T = JaxArray> extends Variable<T> {}

/** State of an optimiser. */
export class OptState<T = JaxArray> extends Variable<T> {}

/** An array of the optimiser's state that mirrors no parameter, such as Adam's count. */
export class OptArray<T = JaxArray> extends OptState<T> {}

/** An array of the optimiser's state that mirrors a parameter, such as Adam's mean. */
export class OptVariable<T = JaxArray> extends OptState<T> {}

/** A low-rank update of a frozen kernel. */
export class LoRAParam<T = JaxArray> extends Param<T> {}
