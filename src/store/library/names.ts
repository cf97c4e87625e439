import { LinnetError } from '#linnet/core';

/** Longest name of a run or step, in UTF-16 code units: what fits one line of the page and a file name. */
const NAME_UNITS = 200;
const NOTE_UNITS = 100_000;

function refuse(what: string, value: unknown, why: string): never {
  throw new LinnetError('InvalidArgumentError', `${what} cannot be ${JSON.stringify(value)}: ${why}.`);
}

/** A name as given, or an InvalidArgumentError. */
export function checkName(what: string, name: string): string {
  if (typeof name !== 'string' || name.trim() === '') refuse(what, name, 'it is empty');
  if (name.length > NAME_UNITS) refuse(what, `${name.slice(0, 40)}…`, `it has ${name.length} characters, above ${NAME_UNITS}`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  if (/[\u0000-\u001f\u007f]|\p{Surrogate}/u.test(name)) refuse(what, name, 'it holds control characters or half a surrogate pair');
  return name;
}

export function checkNote(note: string): string {
  if (note.length > NOTE_UNITS) refuse('A note', `${note.slice(0, 40)}…`, `it has ${note.length} characters, above ${NOTE_UNITS}`);
  return note;
}

export function checkStep(step: number): number {
  if (!Number.isSafeInteger(step) || step < 0) refuse('A step', step, 'it is not a whole number from 0 to 2^53 - 1');
  return step;
}

export const noSuchRun = (run: string): LinnetError =>
  new LinnetError(
    'CheckpointNotFoundError',
    `There is no run ${JSON.stringify(run)} in the library. It may have been renamed or deleted in another tab.`,
    { details: { run } },
  );

export const noSuchStep = (run: string, step: number): LinnetError =>
  new LinnetError(
    'CheckpointNotFoundError',
    `The run ${JSON.stringify(run)} has no step ${step}. It may have been deleted, here or in another tab.`,
    { details: { run, step } },
  );

export const runExists = (run: string): LinnetError =>
  new LinnetError('CheckpointExistsError', `There is a run ${JSON.stringify(run)} already; choose another name.`, { details: { run } });

export const stepExists = (run: string, step: number): LinnetError =>
  new LinnetError(
    'CheckpointExistsError',
    `The run ${JSON.stringify(run)} has a step ${step} already; save another step, or replace this one on purpose.`,
    { details: { run, step } },
  );
