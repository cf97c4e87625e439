import { type ErrorKind, isLinnetError, toLinnetError } from '#linnet/core';

/** What a person is told beside an error's own message. */
export interface Advice {
  readonly title: string;
  readonly safe: string;
  readonly todo: string;
}

const UNCHANGED = 'The run and its checkpoints are as they were.';
const COMMITTED = 'Every checkpoint that was called saved is safe.';

/** For every kind of error: a title, what is safe, what to do. */
export const ADVICE: Record<ErrorKind, Advice> = {
  AbortedError: { title: 'This was broken off', safe: COMMITTED, todo: 'Do it again when the status line says ready.' },
  CheckpointExistsError: {
    title: 'This step is saved already',
    safe: 'The earlier checkpoint was kept.',
    todo: 'Train a step further, or bin the earlier one first.',
  },
  CheckpointMismatchError: {
    title: 'The checkpoint does not fit the model',
    safe: 'Nothing was loaded; the model is as it was.',
    todo: 'Look at the match in Inspect: it lists each difference and how to mend it.',
  },
  CheckpointNotFoundError: { title: 'There is no such checkpoint', safe: UNCHANGED, todo: 'Choose another step in Checkpoints.' },
  CorruptFileError: {
    title: 'The file is damaged',
    safe: 'Nothing was loaded from it; your own checkpoints are not touched.',
    todo: 'Copy the file again from where it came, or load the parts that are right in Inspect.',
  },
  DTypeError: { title: 'The numbers are of another type', safe: UNCHANGED, todo: 'Cast them to the type named in the message.' },
  DeviceLostError: {
    title: 'The GPU went away',
    safe: COMMITTED,
    todo: 'Go back to the last checkpoint; if it happens again within two minutes, use the CPU or reload the page.',
  },
  DeviceUnavailableError: {
    title: 'No GPU can be used here',
    safe: UNCHANGED,
    todo: 'Train on the CPU: same results, slower. Chrome, Edge and Safari 26 have WebGPU; it may be off in the settings.',
  },
  DisposedError: { title: 'This was closed already', safe: UNCHANGED, todo: 'Open it again.' },
  InternalError: {
    title: 'Linnet made a mistake',
    safe: COMMITTED,
    todo: 'Try again; if it repeats, reload the page and report this message.',
  },
  InvalidArgumentError: { title: 'This cannot be done as asked', safe: UNCHANGED, todo: 'Change what the message names.' },
  LimitExceededError: {
    title: 'The file is larger than is safe to read',
    safe: 'Reading stopped before it could fill the memory; nothing was loaded.',
    todo: 'If you trust the file, read it with Linnet’s command line, which has no such limits.',
  },
  LockedError: {
    title: 'Another tab holds the store',
    safe: COMMITTED,
    todo: 'Save in the other tab, or close it and try again here.',
  },
  OutOfMemoryError: {
    title: 'The GPU has no memory left',
    safe: COMMITTED,
    todo: 'Use fewer or narrower layers or a smaller batch, or close other tabs that use the GPU.',
  },
  QuotaError: {
    title: 'There is no room for this checkpoint',
    safe: 'Nothing was deleted; all earlier checkpoints are safe.',
    todo: 'Download what you want to keep, then bin old steps in Checkpoints.',
  },
  ShaderError: { title: 'The GPU refused a program', safe: COMMITTED, todo: 'Train on the CPU and report this message.' },
  ShapeError: { title: 'The shapes do not fit together', safe: UNCHANGED, todo: 'Change what the message names.' },
  StorageError: {
    title: 'The disk refused',
    safe: COMMITTED,
    todo: 'Try again; if it repeats, download the latest checkpoint as a file.',
  },
  TraceError: { title: 'The program could not be traced', safe: UNCHANGED, todo: 'Report the message below.' },
  UnsupportedFormatError: {
    title: 'This is no checkpoint Linnet can read',
    safe: 'Nothing was loaded.',
    todo: 'Linnet reads Orbax folders and zips, safetensors and npz. Pickled files can run code when read, so they are refused.',
  },
};

/** The three parts of a message for any error, with the error's own words as what happened. */
export function adviceFor(error: unknown): Advice & { readonly kind: ErrorKind; readonly happened: string } {
  const known = toLinnetError(error, 'InternalError');
  const kind = isLinnetError(known) ? known.kind : 'InternalError';
  return { kind, happened: known.message, ...ADVICE[kind] };
}
