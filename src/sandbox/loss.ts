import { softmaxCrossEntropyWithIntegerLabels, squaredError } from '#linnet/optim';
import { type Array as JaxArray, jnp } from '#linnet/tensor';
import type { Dataset } from './data/dataset';

/** Mean cross-entropy of class indices, or mean squared error of values: outputs `[batch, outputs]`, labels `[batch]` float32. */
export function meanLoss(task: Dataset['task'], outputs: JaxArray, labels: JaxArray): JaxArray {
  if (task === 'classification') return jnp.mean(softmaxCrossEntropyWithIntegerLabels(outputs, labels.astype('int32')));
  return jnp.mean(squaredError(jnp.reshape(outputs, [-1]), labels));
}

/** How many rows have their largest output at the label: an int32 scalar. */
export const countRight = (outputs: JaxArray, labels: JaxArray): JaxArray =>
  jnp.sum(jnp.equal(jnp.argmax(outputs, -1), labels.astype('int32')).astype('int32'));
