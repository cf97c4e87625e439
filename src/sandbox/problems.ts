import { type LinnetError, type Problem, toLinnetError } from '#linnet/core';

/** What a person is told when training met a number that is not finite. `tensor` names the first array that holds one. */
export function divergedProblem(step: number, tensor: string | null): Problem {
  const where = tensor === null ? '' : `. The first tensor that is not finite is ${tensor}`;
  return {
    kind: 'InvalidArgumentError',
    message: `Training stopped itself: the loss of step ${step + 1} is not a finite number${where}.`,
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
    message: `Training stopped itself: after step ${step} ${tensor ?? 'the model'} holds numbers that are not finite, though the loss does not show it.`,
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

/** What a person is told when this browser keeps nothing. */
export function storageProblem(error: unknown): Problem {
  const { kind, message } = toLinnetError(error, 'StorageError');
  return {
    kind,
    message: `Nothing can be kept in this browser: ${message}`,
    safe: 'Training works, and checkpoints last as long as this tab.',
    todo: 'Download what you want to keep.',
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
