import { type Array as JaxArray, jnp, nn } from '#linnet/tensor';

/** Cross-entropy of softmax(logits) against a distribution over the last axis: `[..., classes]` twice to `[...]`. */
export function softmaxCrossEntropy(logits: JaxArray, labels: JaxArray, { axis = -1 }: { readonly axis?: number } = {}): JaxArray {
  return jnp.sum(nn.logSoftmax(logits, axis).mul(labels), axis).neg();
}

/**
 * Cross-entropy of softmax(logits) against class indices: `[..., classes]` and `[...]` to `[...]`. The label's logit is picked by a
 * comparison, not a gather, so that the gradient is elementwise too.
 */
export function softmaxCrossEntropyWithIntegerLabels(logits: JaxArray, labels: JaxArray): JaxArray {
  const classes = logits.shape.at(-1)!;
  const isLabel = jnp.equal(jnp.expandDims(labels, -1).astype('int32'), jnp.arange(classes, { dtype: 'int32' }));
  return jnp.sum(jnp.where(isLabel, nn.logSoftmax(logits, -1), 0), -1).neg();
}

/** Cross-entropy of sigmoid(logits) against labels in [0, 1], element by element. */
export function sigmoidBinaryCrossEntropy(logits: JaxArray, labels: JaxArray): JaxArray {
  const positive = nn.logSigmoid(logits).mul(labels);
  return nn.logSigmoid(logits.neg()).mul(labels.neg().add(1)).add(positive).neg();
}

/** `(predictions - targets)^2`, element by element. */
export function squaredError(predictions: JaxArray, targets?: JaxArray): JaxArray {
  const error = targets === undefined ? predictions : predictions.sub(targets);
  return error.mul(error);
}

/** Half the squared error. */
export const l2Loss = (predictions: JaxArray, targets?: JaxArray): JaxArray => squaredError(predictions, targets).mul(0.5);

/** Quadratic up to `delta`, linear beyond (Huber 1964). */
export function huberLoss(predictions: JaxArray, targets?: JaxArray, { delta = 1 }: { readonly delta?: number } = {}): JaxArray {
  const size = jnp.abs(targets === undefined ? predictions : predictions.sub(targets));
  const quadratic = jnp.minimum(size, delta);
  return quadratic.mul(quadratic).mul(0.5).add(size.sub(quadratic).mul(delta));
}

/** log(cosh(error)): like half the square near zero, like the absolute value far away. */
export function logCosh(predictions: JaxArray, targets?: JaxArray): JaxArray {
  const error = targets === undefined ? predictions : predictions.sub(targets);
  return jnp.logaddexp(error, error.neg()).sub(Math.LN2);
}

/** `max(0, 1 - prediction * target)` for targets -1 and 1. */
export const hingeLoss = (predictions: JaxArray, targets: JaxArray): JaxArray => jnp.maximum(predictions.mul(targets).neg().add(1), 0);

/** Cosine of the angle between the last axes; `epsilon` is the least norm. */
export function cosineSimilarity(predictions: JaxArray, targets: JaxArray, { epsilon = 0 }: { readonly epsilon?: number } = {}): JaxArray {
  const unit = (x: JaxArray): JaxArray => x.div(jnp.maximum(jnp.sqrt(jnp.sum(x.mul(x), { axis: -1, keepdims: true })), epsilon));
  return jnp.sum(unit(predictions).mul(unit(targets)), -1);
}

/** One minus the cosine of the angle. */
export const cosineDistance = (predictions: JaxArray, targets: JaxArray, options: { readonly epsilon?: number } = {}): JaxArray =>
  cosineSimilarity(predictions, targets, options).neg().add(1);

/** Moves a share `alpha` of each label's mass to all classes evenly: `[..., classes]`. */
export const smoothLabels = (labels: JaxArray, alpha: number): JaxArray => labels.mul(1 - alpha).add(alpha / labels.shape.at(-1)!);

/** Kullback-Leibler divergence of `targets` from exp(logPredictions) over the last axis; zero targets count nothing. */
export function klDivergence(logPredictions: JaxArray, targets: JaxArray): JaxArray {
  const positive = jnp.greater(targets, 0);
  const logTargets = jnp.log(jnp.where(positive, targets, 1));
  return jnp.sum(targets.mul(logTargets.sub(logPredictions)), -1);
}
