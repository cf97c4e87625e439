import { type ErrorKind, LinnetError } from '#linnet/core';

const ADVICE: Readonly<Record<string, readonly [ErrorKind, string]>> = {
  QuotaExceededError: [
    'QuotaError',
    'This browser gives this site no more space; nothing was half-written. Delete or download old checkpoints, or free disk space.',
  ],
  NoModificationAllowedError: ['LockedError', 'Another tab or an unfinished write holds this file; try again when it is done.'],
  NotAllowedError: ['StorageError', 'Permission is missing; choose the folder again or allow access.'],
  SecurityError: ['StorageError', 'The browser forbids storage here (private window, blocked cookies or a sandboxed frame).'],
  AbortError: ['AbortedError', 'The browser gave up on it.'],
  UnknownError: [
    'StorageError',
    'The storage of this browser failed. Close other windows of this browser and reload the page; if it stays so, restart the browser.',
  ],
  TypeMismatchError: ['StorageError', 'A folder is where a file is wanted, or the other way round.'],
};

/** The DOMException name or class name of a thrown value. */
export function errorName(value: unknown): string {
  return typeof value === 'object' && value !== null && 'name' in value ? String(value.name) : typeof value;
}

/** A platform's exception as a LinnetError. `attempted` says what failed, as in "Writing a/b to opfs:/runs". */
export function platformError(cause: unknown, attempted: string, details: Readonly<Record<string, unknown>> = {}): LinnetError {
  if (cause instanceof LinnetError) return cause;
  const name = errorName(cause);
  const [kind, advice] = ADVICE[name] ?? [
    'StorageError',
    'The browser reported an unexpected storage error; reload the page and try again.',
  ];
  const said = cause instanceof Error && cause.message !== '' ? ` (${cause.message})` : '';
  return new LinnetError(kind, `${attempted} failed with ${name}${said}. ${advice}`, { cause, details });
}

/** Runs `work`; whatever it throws leaves as a LinnetError that says what was attempted. */
export async function attempting<T>(attempted: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw platformError(cause, attempted);
  }
}
