import { type Experiment, LinnetError, type OptimizerName } from '#linnet/core';
import * as optax from '#linnet/optim';

type OptimizerSettings = Experiment['optimizer'];

/** Values of an optimiser that may change during a run without a new program: numbers, or scalars of the program being traced. */
export interface Hyperparameters {
  readonly learningRate: optax.Numeric;
  readonly weightDecay: optax.Numeric;
  readonly clipNorm: optax.Numeric;
}

/** Optimisers that take weight decay themselves; for the others it is added to the gradients. */
const DECOUPLED: ReadonlySet<OptimizerName> = new Set<OptimizerName>(['adamw', 'lion', 'lamb']);

/** The schedule of `settings` as a factor on the learning rate, or null when it is constant. */
function scheduleOf({ schedule, scheduleSteps }: OptimizerSettings): optax.Schedule | null {
  switch (schedule) {
    case 'cosine':
      return optax.cosineDecaySchedule(1, scheduleSteps);
    case 'warmupCosine':
      return optax.warmupCosineDecaySchedule(0, 1, Math.max(1, Math.round(scheduleSteps / 10)), scheduleSteps);
    case 'exponential':
      return optax.exponentialDecay(1, Math.max(1, Math.round(scheduleSteps / 10)), 0.7);
    case 'linear':
      return optax.linearSchedule(1, 0, scheduleSteps);
    default:
      return null;
  }
}

function byName(name: OptimizerName, learningRate: optax.LearningRate, weightDecay: optax.Numeric): optax.GradientTransformation {
  switch (name) {
    case 'adamw':
      return optax.adamw(learningRate, { weightDecay });
    case 'lion':
      return optax.lion(learningRate, { weightDecay });
    case 'lamb':
      return optax.lamb(learningRate, { weightDecay });
    case 'adam':
      return optax.adam(learningRate);
    case 'nadam':
      return optax.nadam(learningRate);
    case 'rmsprop':
      return optax.rmsprop(learningRate);
    case 'adagrad':
      return optax.adagrad(learningRate);
    case 'momentum':
      return optax.momentum(learningRate);
    case 'nesterov':
      return optax.nesterov(learningRate);
    case 'sgd':
      return optax.sgd(learningRate);
  }
}

/** The rule of `settings` with the given values. Its state depends on the settings' structure alone (see `structureKey`). */
export function optimizerWith(settings: OptimizerSettings, hyper: Hyperparameters): optax.GradientTransformation {
  const factor = scheduleOf(settings);
  const { learningRate } = hyper;
  const rate: optax.LearningRate = factor === null ? learningRate : (count) => factor(count).mul(learningRate);
  const rule = byName(settings.name, rate, hyper.weightDecay);
  const before: optax.GradientTransformation[] = [];
  if (settings.clipNorm > 0) before.push(optax.clipByGlobalNorm(hyper.clipNorm));
  if (settings.weightDecay > 0 && !DECOUPLED.has(settings.name)) before.push(optax.addDecayedWeights(hyper.weightDecay));
  return before.length === 0 ? rule : optax.chain(...before, rule);
}

/** Two settings with the same key differ in values only: the program and the state stay. */
export const structureKey = ({ name, schedule, scheduleSteps, clipNorm, weightDecay }: OptimizerSettings): string =>
  JSON.stringify([name, schedule, scheduleSteps, clipNorm > 0, weightDecay > 0 || DECOUPLED.has(name)]);

/** An InvalidArgumentError when a run cannot go from one method to the other. */
export function refuseOtherMethod(present: OptimizerSettings, wanted: OptimizerSettings): void {
  if (wanted.name === present.name) return;
  throw new LinnetError(
    'InvalidArgumentError',
    `Going from ${present.name} to ${wanted.name} needs a new run: their states have nothing in common.`,
  );
}
