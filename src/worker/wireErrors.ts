import { type TransferHandler, transferHandlers } from 'comlink';
import { type ErrorKind, isLinnetError, LinnetError } from '#linnet/core';

/** An error as plain data: what structured clone can carry. */
interface WireError {
  readonly kind: ErrorKind;
  readonly message: string;
  readonly path: readonly string[];
  readonly details: Readonly<Record<string, unknown>>;
  readonly stack: string;
}

/** `details` without what a message port refuses (functions, device objects); BigInt and typed arrays pass. */
function cloneable(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(details)) {
    try {
      kept[key] = structuredClone(value);
    } catch {
      kept[key] = String(value);
    }
  }
  return kept;
}

/** The message without the path that LinnetError's constructor puts before it. */
function bareMessage(error: LinnetError): string {
  return error.path.length > 0 ? error.message.slice(error.path.join(' › ').length + 2) : error.message;
}

/** `value` as plain data. What is not a LinnetError is a bug of ours and travels as InternalError. */
export function toWire(value: unknown): WireError {
  if (isLinnetError(value)) {
    return {
      kind: value.kind,
      message: bareMessage(value),
      path: [...value.path],
      details: cloneable(value.details),
      stack: value.stack ?? '',
    };
  }
  const message = value instanceof Error ? `${value.name}: ${value.message}` : String(value);
  const stack = value instanceof Error ? (value.stack ?? '') : '';
  return { kind: 'InternalError', message, path: [], details: {}, stack };
}

/** The LinnetError that `toWire` took apart, with the stack of the side that threw it. */
export function fromWire(wire: WireError): LinnetError {
  const error = new LinnetError(wire.kind, wire.message, { path: wire.path, details: wire.details });
  if (wire.stack !== '') error.stack = wire.stack;
  return error;
}

/**
 * Makes Comlink carry LinnetErrors whole: it keeps only name, message and stack by itself. Both ends of the boundary call this
 * before their first message.
 */
export function installWireErrors(): void {
  const standard = transferHandlers.get('throw') as TransferHandler<{ value: unknown }, unknown>;
  const handler: TransferHandler<{ value: unknown }, WireError> = {
    canHandle: (value): value is { value: unknown } => standard.canHandle(value),
    serialize: ({ value }) => [toWire(value), []],
    deserialize: (wire) => {
      throw fromWire(wire);
    },
  };
  transferHandlers.set('throw', handler);
}
