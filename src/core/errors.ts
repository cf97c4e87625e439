/** The kinds of error Linnet raises. Each names what went wrong, so that callers can switch on it without parsing a message. */
export type ErrorKind =
  | 'AbortedError'
  | 'CheckpointExistsError'
  | 'CheckpointMismatchError'
  | 'CheckpointNotFoundError'
  | 'CorruptFileError'
  | 'DTypeError'
  | 'DeviceLostError'
  | 'DeviceUnavailableError'
  | 'DisposedError'
  | 'InternalError'
  | 'InvalidArgumentError'
  | 'LimitExceededError'
  | 'LockedError'
  | 'OutOfMemoryError'
  | 'QuotaError'
  | 'ShaderError'
  | 'ShapeError'
  | 'StorageError'
  | 'TraceError'
  | 'UnsupportedFormatError';

export interface ErrorOptions {
  /** The error that led to this one. */
  readonly cause?: unknown;
  /** Where it happened, outermost first: `['step 40', 'params.linear1.kernel', 'manifest']`. */
  readonly path?: readonly string[];
  /** Structured facts for programs: byte offsets, shapes, names. Values are plain data. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * The one error class that leaves Linnet. The message says what was attempted, what was found, what was expected and what the
 * person can do; `kind` says it to programs.
 */
export class LinnetError extends Error {
  readonly kind: ErrorKind;
  readonly path: readonly string[];
  readonly details: Readonly<Record<string, unknown>>;

  constructor(kind: ErrorKind, message: string, options: ErrorOptions = {}) {
    const path = options.path ?? [];
    super(path.length > 0 ? `${path.join(' › ')}: ${message}` : message, { cause: options.cause });
    this.name = kind;
    this.kind = kind;
    this.path = path;
    this.details = options.details ?? {};
  }

  /** The same error seen from one structure further out: `where` is put before the path, details are kept. */
  within(where: string): LinnetError {
    const bare = this.path.length > 0 ? this.message.slice(this.path.join(' › ').length + 2) : this.message;
    return new LinnetError(this.kind, bare, { cause: this, path: [where, ...this.path], details: this.details });
  }
}

/** Whether `value` is a LinnetError, optionally of one kind. */
export function isLinnetError(value: unknown, kind?: ErrorKind): value is LinnetError {
  return value instanceof LinnetError && (kind === undefined || value.kind === kind);
}

/** `value` as a LinnetError: itself if it is one, else wrapped as `kind` with the original as `cause`. */
export function toLinnetError(value: unknown, kind: ErrorKind, message?: string): LinnetError {
  if (value instanceof LinnetError) return value;
  const text = value instanceof Error ? value.message : String(value);
  return new LinnetError(kind, message === undefined ? text : `${message}: ${text}`, { cause: value });
}

/** Throws an InternalError when `condition` is false: a bug in Linnet, never a mistake of the caller. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new LinnetError('InternalError', `Internal invariant broken: ${message}. Please report this.`);
}
