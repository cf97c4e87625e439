import { LinnetError } from '#linnet/core';

/** The body of one transform while it is traced. Variables remember the one they were made in. */
export interface Scope {
  /** Name of the transform, for messages: `nnx.jit`. */
  readonly transform: string;
}

let current: Scope | null = null;

/** The transform whose body runs now; null outside of any. */
export const currentScope = (): Scope | null => current;

/** Runs `body` as the body of a transform: Variables made outside cannot be written in it. */
export function withScope<T>(transform: string, body: () => T): T {
  const outer = current;
  current = { transform };
  try {
    return body();
  } finally {
    current = outer;
  }
}

/** Throws TraceError when a Variable made in `scope` is written from inside another transform. */
export function checkWritable(scope: Scope | null, typeName: string): void {
  if (scope === current || current === null) return;
  throw new LinnetError(
    'TraceError',
    `${current.transform} was about to write a ${typeName} that its function captured from outside. The write would leave the traced program unseen: ` +
      'pass the module that owns it as an argument of the transformed function.',
  );
}
