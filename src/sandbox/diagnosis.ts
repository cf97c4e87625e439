import type { Array as JaxArray } from '#linnet/tensor';
import type { Trainer } from './trainer';
import { disposeTree, firstNonFinite } from './trainingState';

/** The first of the named arrays that holds a NaN or an infinity; null when all are finite. Disposes them. */
async function firstOf(named: Readonly<Record<string, JaxArray>>): Promise<string | null> {
  try {
    return await firstNonFinite(named);
  } finally {
    disposeTree(named);
  }
}

/**
 * Which tensor first held a NaN or an infinity in the step after `step`, in the order in which it is computed: what the step begins
 * with, what each layer makes of the batch, and the gradients; else it is the loss itself.
 */
export async function nameNonFinite(trainer: Trainer, step: number): Promise<string> {
  const held = trainer.snapshot();
  try {
    const before = (await firstNonFinite(held.model)) ?? (await firstNonFinite(held.optimizer));
    if (before !== null) return before;
    const { layers, gradients } = trainer.repeat(held, step);
    const output = await firstOf(layers);
    const gradient = await firstNonFinite(gradients).finally(() => disposeTree(gradients));
    if (output !== null) return `the output of ${output}`;
    return gradient === null ? 'the loss itself' : `the gradient of ${gradient}`;
  } finally {
    disposeTree(held);
  }
}
