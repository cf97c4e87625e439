import type { Experiment } from '#linnet/core';

function scheduleExpression({ schedule, scheduleSteps, learningRate }: Experiment['optimizer']): string {
  const tenth = Math.max(1, Math.round(scheduleSteps / 10));
  switch (schedule) {
    case 'cosine':
      return `optax.cosine_decay_schedule(${learningRate}, ${scheduleSteps})`;
    case 'warmupCosine':
      return `optax.warmup_cosine_decay_schedule(0.0, ${learningRate}, ${tenth}, ${scheduleSteps})`;
    case 'exponential':
      return `optax.exponential_decay(${learningRate}, ${tenth}, 0.7)`;
    case 'linear':
      return `optax.linear_schedule(${learningRate}, 0.0, ${scheduleSteps})`;
    default:
      return String(learningRate);
  }
}

/** The rule of a run's optimiser as an expression of Optax in Python. */
export function pythonOptimizer({ optimizer }: Experiment): string {
  const rate = scheduleExpression(optimizer);
  const { name, weightDecay, clipNorm } = optimizer;
  const decays = name === 'adamw' || name === 'lion' || name === 'lamb';
  const rule =
    name === 'momentum'
      ? `optax.sgd(${rate}, momentum=0.9)`
      : name === 'nesterov'
        ? `optax.sgd(${rate}, momentum=0.9, nesterov=True)`
        : `optax.${name}(${rate}${decays ? `, weight_decay=${weightDecay}` : ''})`;
  const before = [
    ...(clipNorm > 0 ? [`optax.clip_by_global_norm(${clipNorm})`] : []),
    ...(weightDecay > 0 && !decays ? [`optax.add_decayed_weights(${weightDecay})`] : []),
  ];
  return before.length === 0 ? rule : `optax.chain(${[...before, rule].join(', ')})`;
}
