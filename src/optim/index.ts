export { applyUpdates } from './applyUpdates';
export { addDecayedWeights, chain, clip, clipByGlobalNorm, scale, scaleByTrustRatio } from './chain';
export { InjectStatefulHyperparamsState, injectHyperparams, WrappedScheduleState } from './inject';
export { type LearningRate, ScaleByScheduleState, scaleByLearningRate, scaleBySchedule } from './learningRate';
export {
  cosineDistance,
  cosineSimilarity,
  hingeLoss,
  huberLoss,
  klDivergence,
  l2Loss,
  logCosh,
  sigmoidBinaryCrossEntropy,
  smoothLabels,
  softmaxCrossEntropy,
  softmaxCrossEntropyWithIntegerLabels,
  squaredError,
} from './losses';
export { type Mask, MaskedNode, MaskedState, masked } from './masked';
export { type AdamOptions, ScaleByAdamState, ScaleByLionState, scaleByAdam, scaleByAdamax, scaleByLion } from './moments';
export { MultiSteps, MultiStepsState } from './multiSteps';
export { globalNorm } from './norms';
export {
  adagrad,
  adam,
  adamax,
  adamw,
  lamb,
  lion,
  momentum,
  nadam,
  nadamw,
  nesterov,
  type OptimizerFactory,
  rmsprop,
  sgd,
} from './optimizers';
export {
  ScaleByRmsState,
  ScaleByRmsWithCountState,
  ScaleByRStdDevState,
  ScaleByRStdDevWithCountState,
  ScaleByRssState,
  scaleByRms,
  scaleByRss,
  scaleByStddev,
  TraceState,
  trace,
} from './scaling';
export {
  constantSchedule,
  cosineDecaySchedule,
  cosineOnecycleSchedule,
  exponentialDecay,
  joinSchedules,
  linearOnecycleSchedule,
  linearSchedule,
  piecewiseConstantSchedule,
  piecewiseInterpolateSchedule,
  polynomialSchedule,
  type Schedule,
  warmupCosineDecaySchedule,
  warmupExponentialDecaySchedule,
} from './schedules';
export { EmptyState, type GradientTransformation, identity, type Numeric, OptaxState, pythonName } from './transformation';
