import { LinnetError } from '#linnet/core';
import { currentTrace } from '#linnet/tensor';

/** The body of one of this layer's transforms while it runs. */
interface Transform {
  /** For messages: `nnx.jit`. */
  readonly name: string;
}

/** Where a Variable was made: inside which transform of modules, and inside which trace of arrays. */
export interface Scope {
  readonly transform: Transform | undefined;
  readonly trace: ReturnType<typeof currentTrace>;
}

let current: Transform | undefined;

/** Where Variables are made now. */
export const currentScope = (): Scope => ({ transform: current, trace: currentTrace() });

/** Runs `body` as the body of a transform: Variables made outside cannot be written in it. */
export function withScope<T>(transform: string, body: () => T): T {
  const outer = current;
  current = { name: transform };
  try {
    return body();
  } finally {
    current = outer;
  }
}

/** Whether a Variable made in `scope` may be written now: outside of transforms, or in the one it was made in. */
export function isWritable(scope: Scope): boolean {
  const { transform, trace } = currentScope();
  return (transform === undefined && trace === undefined) || (scope.transform === transform && scope.trace === trace);
}

/** Throws TraceError when a Variable made in `scope` is written from inside another transform. */
export function checkWritable(scope: Scope, typeName: string): void {
  if (isWritable(scope)) return;
  const now = currentScope();
  throw new LinnetError(
    'TraceError',
    `${now.transform?.name ?? `jax.${now.trace!.name}`} was about to write a ${typeName} that its function captured from outside. The write would leave the traced program unseen: ` +
      'pass the module that owns it as an argument of the transformed function (nnx.jit, nnx.grad and the like take modules).',
  );
}
