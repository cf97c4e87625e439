import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeUtf8, LIMITS } from '#linnet/core';
import { type JsonValue, parseJson } from './json';

const parse = (text: string): JsonValue => parseJson(encodeUtf8(text), 'test');

/** The same value as `JSON.parse` would give it. */
function plain(value: JsonValue): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  if (Array.isArray(value)) return value.map(plain);
  return typeof value === 'bigint' ? Number(value) : value;
}

test('agrees with the platform on what the platform writes', { timeout: 20_000 }, () => {
  fc.assert(
    fc.property(fc.json({ noUnicodeString: false, maxDepth: 3 }), fc.constantFrom(0, 2), (text, indent) => {
      // Names that occur twice are refused here, and writing again drops them.
      const once = JSON.stringify(JSON.parse(text), null, indent);
      fc.pre(!once.includes('"__proto__"'));
      expect(JSON.stringify(plain(parse(once)))).toBe(JSON.stringify(JSON.parse(once)));
    }),
    { numRuns: 60 },
  );
});

test('refuses what the platform refuses', { timeout: 20_000 }, () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'{}[],:"\\01-.eE tn\n'), maxLength: 12 }), (text) => {
      let accepted = true;
      try {
        JSON.parse(text);
      } catch {
        accepted = false;
      }
      if (!accepted) expect(() => parse(text)).toThrow(expect.objectContaining({ kind: 'CorruptFileError' }));
    }),
    { numRuns: 2000 },
  );
});

test('keeps large integers, reads NaN, and names are keys', () => {
  expect(parse('1795396262692891876')).toBe(1795396262692891876n);
  expect(parse('[NaN, Infinity, -Infinity, 1e400, -0]')).toEqual([
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    -0,
  ]);
  expect(parse('{"__proto__": {"a": 1}, "constructor": 2}')).toEqual(
    new Map<string, JsonValue>([
      ['__proto__', new Map([['a', 1]])],
      ['constructor', 2],
    ]),
  );
  expect(parse('"\\ud800"')).toBe('\ud800');
});

test('nesting ends at the limit', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  expect(() => parse(nested(LIMITS.jsonDepth + 1))).not.toThrow();
  expect(() => parse(nested(LIMITS.jsonDepth + 2))).toThrow(expect.objectContaining({ kind: 'LimitExceededError' }));
  expect(() => parse('{"a":1,"a":1}')).toThrow(/twice/);
});
