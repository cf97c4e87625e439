import { checkLimit, decodeUtf8, isLinnetError, LIMITS, LinnetError } from '#linnet/core';

/** A JSON value as `JSON.parse` gives it. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
/** A JSON object. Read its members with `member`, never by plain indexing: names come from foreign files. */
export interface JsonObject {
  [key: string]: Json;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Refuses JSON nested deeper than the cap, before any parser recurses into it. */
function checkDepth(bytes: Uint8Array, what: string): void {
  let depth = 0;
  const end = bytes.byteLength;
  for (let i = 0; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === QUOTE) {
      for (i++; i < end && bytes[i] !== QUOTE; i++) if (bytes[i] === BACKSLASH) i++;
    } else if (byte === 0x7b || byte === 0x5b) {
      checkLimit(`${what}, nesting of JSON at byte ${i}`, ++depth, LIMITS.jsonDepth, 'levels');
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
}

/**
 * `bytes` as JSON, checked for size and nesting before it is parsed. `what` names the file in messages.
 * `prepare` may rewrite the text first, e.g. to keep integers above 2^53. CorruptFileError or LimitExceededError.
 */
export function parseJson(bytes: Uint8Array, what: string, prepare: (text: string) => string = (text) => text): Json {
  checkLimit(what, bytes.byteLength, LIMITS.jsonByteLength, 'bytes');
  checkDepth(bytes, what);
  const text = decodeUtf8(bytes, what);
  try {
    return JSON.parse(prepare(text)) as Json;
  } catch (cause) {
    throw new LinnetError('CorruptFileError', `${what} is not valid JSON (${(cause as Error).message}).`, { cause });
  }
}

const nameType = (value: Json | undefined): string =>
  value === undefined ? 'missing' : value === null ? 'null' : Array.isArray(value) ? 'an array' : `${typeof value}`;

const wrong = (what: string, expected: string, value: Json | undefined): LinnetError =>
  new LinnetError('CorruptFileError', `${what} must be ${expected}, but is ${nameType(value)}.`);

/** `parse` of `json`; a LinnetError it throws gets `where`, made only then: files hold thousands of entries. */
export function within<T>(where: () => string, parse: (json: Json) => T, json: Json): T {
  try {
    return parse(json);
  } catch (cause) {
    throw isLinnetError(cause) ? cause.within(where()) : cause;
  }
}

/** Whether `value` is a JSON object. */
export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The own member `name` of `object`; undefined when it is missing. */
export const member = (object: JsonObject, name: string): Json | undefined => (Object.hasOwn(object, name) ? object[name] : undefined);

/** `value` as an object, or a CorruptFileError that names `what`. */
export function asObject(value: Json | undefined, what: string): JsonObject {
  if (isObject(value)) return value;
  throw wrong(what, 'an object', value);
}

/** `value` as an array, or a CorruptFileError that names `what`. */
export function asArray(value: Json | undefined, what: string): Json[] {
  if (Array.isArray(value)) return value;
  throw wrong(what, 'an array', value);
}

/** `value` as text, or a CorruptFileError that names `what`. */
export function asString(value: Json | undefined, what: string): string {
  if (typeof value === 'string') return value;
  throw wrong(what, 'text', value);
}

/** `value` as a boolean, `fallback` when it is missing or null, or a CorruptFileError that names `what`. */
export function asBoolean<T>(value: Json | undefined, fallback: T, what: string): boolean | T {
  if (typeof value === 'boolean') return value;
  if (value === undefined || value === null) return fallback;
  throw wrong(what, 'true or false', value);
}

/** `value` as an array of integers from 0, or a CorruptFileError that names `what`. */
export function asLengths(value: Json | undefined, what: string): number[] {
  return asArray(value, what).map((dim) => {
    if (typeof dim === 'number' && Number.isSafeInteger(dim) && dim >= 0) return dim;
    throw wrong(`${what}: every entry`, 'an integer from 0', dim);
  });
}
