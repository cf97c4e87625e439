import { type LinnetError, type Problem, toLinnetError } from '#linnet/core';
import type { Recovery } from '#linnet/store';

/** What a person is told when training met a number that is not finite. `tensor` names the first array that holds one. */
export function divergedProblem(step: number, tensor: string | null): Problem {
  const where = tensor === null ? '' : `. The first tensor that is not finite is ${tensor}`;
  return {
    kind: 'InvalidArgumentError',
    message: `The loss of step ${step + 1} is not a finite number${where}.`,
    safe: 'Every checkpoint saved before is as it was.',
    todo: 'Go back to the last good checkpoint and try a lower learning rate, or clip the gradients.',
    actions: ['goBack', 'dismiss'],
    divergedAt: step + 1,
  };
}

/** What a person is told when the loss was finite after `step`, but an array of the model, `tensor`, is not. */
export function spoiltProblem(step: number, tensor: string | null): Problem {
  return {
    kind: 'InvalidArgumentError',
    message: `After step ${step} ${tensor ?? 'the model'} holds numbers that are not finite, though the loss does not show it.`,
    safe: 'Every checkpoint saved before is as it was.',
    todo: 'Go back to the last good checkpoint and try a lower learning rate, or clip the gradients.',
    actions: ['goBack', 'dismiss'],
  };
}

/** What a person is told when the device was lost and there is no other until `retryAtMs`. */
export function noDeviceProblem(error: LinnetError, retryAtMs: number): Problem {
  return {
    kind: 'DeviceUnavailableError',
    message: `The graphics device was lost, and the browser gives this page no other for now: ${shortened(error.message)}`,
    safe: 'Every saved checkpoint is as it was, and the steps since then are trained again.',
    todo: 'Wait: the GPU is tried again by itself. Or go on on the CPU now, which is slower and rounds in its own way.',
    actions: ['useCpu', 'reload'],
    retryAtMs,
  };
}

/** What a person is told when this browser's library cannot be opened. */
export function storageProblem(error: unknown): Problem {
  const { kind, message } = toLinnetError(error, 'StorageError');
  return {
    kind,
    title: 'The library cannot be opened',
    message: `The library of this browser cannot be opened, so what was saved is not shown and nothing can be kept: ${message}`,
    safe: 'What was saved before was not touched. Training works, and new checkpoints last as long as this tab.',
    todo: 'Close other windows of this browser and reload the page. Until then download what you want to keep.',
    actions: ['reload', 'download', 'dismiss'],
  };
}

/** How many lost steps are named. */
const NAMED_STEPS = 3;

/** What a person is told when the browser had lost its database, and what was brought back from the second copy. */
export function recoveredProblem({ runs, steps, lost }: Recovery): Problem {
  const named = lost.slice(0, NAMED_STEPS).map(({ run, step }) => `step ${step} of ${run}`);
  const more = lost.length > NAMED_STEPS ? ` and ${lost.length - NAMED_STEPS} more` : '';
  const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;
  return {
    kind: 'StorageError',
    title: 'The browser lost its database',
    message: 'The browser deleted its database of checkpoints, as it may when it was ended in the middle of a write.',
    safe:
      steps === 0
        ? 'What is listed was not touched.'
        : `${count(steps, 'checkpoint')} of ${count(runs, 'run')} came back from the second copy${lost.length === 0 ? ': all there were.' : '.'}`,
    todo: `${lost.length === 0 ? '' : `Not there any more: ${named.join(', ')}${more}. `}Download what you want to keep.`,
    actions: ['download', 'dismiss'],
  };
}

/** What a person is told when what was saved went while the page was open. */
export function clearedProblem(): Problem {
  return {
    kind: 'StorageError',
    title: 'What was saved here is gone',
    message: "This site's data was cleared while the page was open, and the checkpoints in it are gone.",
    safe: 'The run is as it was, and is saved anew from here on.',
    todo: 'Go on, and download what you want to keep.',
    actions: ['download', 'dismiss'],
  };
}

/** What a person is told when saving failed. */
export function saveProblem(error: unknown): Problem {
  const { kind, message } = toLinnetError(error, 'StorageError');
  return {
    kind,
    message: `The checkpoint was not saved: ${message}`,
    safe: 'Earlier checkpoints are as they were, and the run goes on.',
    todo:
      kind === 'QuotaError' ? 'Delete checkpoints that are not needed, or download this one.' : 'Try again, or download this checkpoint.',
    actions: ['retrySave', 'download', 'dismiss'],
  };
}

/** Characters of an engine's message that a person is shown: more is a kernel's source, which the console has. */
const SHOWN_CHARACTERS = 300;

function shortened(message: string): string {
  const [first = '', second = ''] = message.split('\n');
  const text = second === '' ? first : `${first} ${second}`;
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

/** What a person is told when training failed in the engine. */
export function trainingProblem(error: unknown): Problem {
  const failure: LinnetError = toLinnetError(error, 'InternalError');
  const lost = failure.kind === 'DeviceLostError';
  return {
    kind: failure.kind,
    message: lost ? `The graphics device was lost: ${failure.message}` : shortened(failure.message),
    safe: 'Every saved checkpoint is as it was.',
    todo: lost ? 'Reload to get a new device and go on from the last checkpoint, or train on the CPU.' : 'Go back to the last checkpoint.',
    actions: lost ? ['reload', 'useCpu'] : ['goBack', 'reload', 'dismiss'],
  };
}
