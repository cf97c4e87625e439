import { addDecayedWeights, chain, scaleByTrustRatio } from './chain';
import { type LearningRate, scaleByLearningRate } from './learningRate';
import type { Mask } from './masked';
import { type AdamOptions, scaleByAdam, scaleByAdamax, scaleByLion } from './moments';
import { type RmsOptions, scaleByRms, scaleByRss, scaleByStddev, trace } from './scaling';
import { type GradientTransformation, identity, type Numeric } from './transformation';

/** An optimiser's constructor with the defaults of its numeric hyperparameters, which `injectHyperparams` turns into state. */
export interface OptimizerFactory<O> {
  (learningRate: LearningRate, options?: O): GradientTransformation;
  /** Names (ours) and default values, besides `learningRate`. */
  readonly numericDefaults: Readonly<Record<string, number>>;
}

function factory<O>(
  numericDefaults: Readonly<Record<string, number>>,
  build: (learningRate: LearningRate, options: O) => GradientTransformation,
): OptimizerFactory<O> {
  return Object.assign((learningRate: LearningRate, options?: O) => build(learningRate, { ...numericDefaults, ...options } as O), {
    numericDefaults,
  });
}

const ADAM = { b1: 0.9, b2: 0.999, eps: 1e-8, epsRoot: 0 };

export interface SgdOptions {
  /** Decay of the running sum of gradients; none without it. */
  readonly momentum?: Numeric;
  readonly nesterov?: boolean;
}

/** Gradient descent, with momentum if asked for. */
export const sgd = factory<SgdOptions>({}, (learningRate, { momentum, nesterov = false }) =>
  chain(momentum === undefined ? identity() : trace(momentum, { nesterov }), scaleByLearningRate(learningRate)),
);

/** Gradient descent with momentum 0.9. */
export const momentum = factory<SgdOptions>({ momentum: 0.9 }, (learningRate, options) => sgd(learningRate, options));

/** Gradient descent with Nesterov momentum 0.9. */
export const nesterov = factory<SgdOptions>({ momentum: 0.9 }, (learningRate, options) =>
  sgd(learningRate, { ...options, nesterov: true }),
);

/** Adam (Kingma & Ba 2014). */
export const adam = factory<AdamOptions>(ADAM, (learningRate, options) => chain(scaleByAdam(options), scaleByLearningRate(learningRate)));

/** Adam with Nesterov momentum (Dozat 2016). */
export const nadam = factory<AdamOptions>(ADAM, (learningRate, options) => adam(learningRate, { ...options, nesterov: true }));

/** Adam with an infinity norm in place of the second moment. */
export const adamax = factory<AdamOptions>({ b1: 0.9, b2: 0.999, eps: 1e-8 }, (learningRate, options) =>
  chain(scaleByAdamax(options), scaleByLearningRate(learningRate)),
);

export interface DecayOptions {
  /** Share of the parameter added to its update before the learning rate. */
  readonly weightDecay?: Numeric;
  /** Which leaves decay; all without it. */
  readonly mask?: Mask;
}

/** Adam with decoupled weight decay (Loshchilov & Hutter 2017); 1e-4 unless told otherwise, as in Optax. */
export const adamw = factory<AdamOptions & DecayOptions>(
  { ...ADAM, weightDecay: 1e-4 },
  (learningRate, { weightDecay = 1e-4, mask, ...options }) =>
    chain(scaleByAdam(options), addDecayedWeights(weightDecay, mask), scaleByLearningRate(learningRate)),
);

/** NAdam with decoupled weight decay 1e-4. */
export const nadamw = factory<AdamOptions & DecayOptions>({ ...ADAM, weightDecay: 1e-4 }, (learningRate, options) =>
  adamw(learningRate, { ...options, nesterov: true }),
);

export interface RmspropOptions extends Omit<RmsOptions, 'biasCorrection'>, SgdOptions {
  /** Divides by the standard deviation instead of the root mean square. */
  readonly centered?: boolean;
  readonly biasCorrection?: boolean;
}

/** RMSProp (Hinton 2012); momentum is applied after the learning rate. */
export const rmsprop = factory<RmspropOptions>({ decay: 0.9, eps: 1e-8, initialScale: 0 }, (learningRate, options) => {
  const { centered = false, momentum: decay, nesterov: ahead = false, ...rms } = options;
  return chain(
    centered ? scaleByStddev(rms) : scaleByRms(rms),
    scaleByLearningRate(learningRate),
    decay === undefined ? identity() : trace(decay, { nesterov: ahead }),
  );
});

export interface AdagradOptions {
  /** First value of the sums, 0.1. */
  readonly initialAccumulatorValue?: Numeric;
  /** Added inside the root, 1e-7. */
  readonly eps?: Numeric;
}

/** Adagrad (Duchi et al. 2011). */
export const adagrad = factory<AdagradOptions>({ initialAccumulatorValue: 0.1, eps: 1e-7 }, (learningRate, options) =>
  chain(scaleByRss(options), scaleByLearningRate(learningRate)),
);

export interface LionOptions extends DecayOptions {
  readonly b1?: Numeric;
  readonly b2?: Numeric;
}

/** Lion (Chen et al. 2023). Weight decay is 1e-3 unless told otherwise, as in Optax. */
export const lion = factory<LionOptions>(
  { b1: 0.9, b2: 0.99, weightDecay: 1e-3 },
  (learningRate, { weightDecay = 1e-3, mask, ...options }) =>
    chain(scaleByLion(options), addDecayedWeights(weightDecay, mask), scaleByLearningRate(learningRate)),
);

/** LAMB (You et al. 2019), for large batches. */
export const lamb = factory<AdamOptions & DecayOptions>(
  { b1: 0.9, b2: 0.999, eps: 1e-6, epsRoot: 0, weightDecay: 0 },
  (learningRate, { weightDecay = 0, mask, ...options }) =>
    chain(scaleByAdam(options), addDecayedWeights(weightDecay, mask), scaleByTrustRatio(), scaleByLearningRate(learningRate)),
);
