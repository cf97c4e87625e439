import { LinnetError } from '#linnet/core';
import type { JsonMap, JsonValue } from './json';

/** What a JSON value is, for messages. */
export function describeJson(value: JsonValue | undefined): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value instanceof Map) return 'an object';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

const wrong = (name: string, expected: string, value: JsonValue | undefined): LinnetError =>
  new LinnetError('CorruptFileError', `${name} is ${describeJson(value)}, but ${expected} is expected.`);

/** `value` as an object; a CorruptFileError that names it as `name` otherwise. */
export function jsonObject(value: JsonValue | undefined, name: string): JsonMap {
  if (value instanceof Map) return value;
  throw wrong(name, 'an object', value);
}

/** `value` as an array. */
export function jsonArray(value: JsonValue | undefined, name: string): JsonValue[] {
  if (Array.isArray(value)) return value;
  throw wrong(name, 'an array', value);
}

/** `value` as a string. */
export function jsonString(value: JsonValue | undefined, name: string): string {
  if (typeof value === 'string') return value;
  throw wrong(name, 'a text', value);
}

/** `value` as an integer from `min` to 2^53 - 1. */
export function jsonInteger(value: JsonValue | undefined, name: string, min = 0): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min) return value;
  throw wrong(name, `an integer from ${min} to 2^53 - 1`, value);
}

/** `value` as an array of integers from `min`. */
export function jsonIntegers(value: JsonValue | undefined, name: string, min = 0): number[] {
  return jsonArray(value, name).map((item, i) => jsonInteger(item, `${name}[${i}]`, min));
}
