/** A small generator of random numbers, the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export type Random = () => number;

/** An integer from 0 to `end` - 1. */
export const below = (random: Random, end: number): number => Math.floor(random() * end);

export const pick = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)]!;

const SPECIAL = [0, 1, 2, 3, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 129, 254, 255];

/** `bytes` with one to four changes: flipped bits, special values, runs copied, cut out, filled or put in. */
export function mutateBytes(random: Random, bytes: Uint8Array): Uint8Array {
  let result = bytes.slice();
  for (let change = 1 + below(random, 4); change > 0; change--) {
    const at = below(random, result.length + 1);
    const length = 1 + below(random, pick(random, [1, 4, 16, result.length + 1]));
    switch (below(random, 6)) {
      case 0:
        if (at < result.length) result[at] = result[at]! ^ (1 << below(random, 8));
        break;
      case 1:
        if (at < result.length) result[at] = pick(random, SPECIAL);
        break;
      case 2:
        result.copyWithin(at, below(random, result.length + 1), below(random, result.length + 1));
        break;
      case 3:
        result = Uint8Array.from([...result.subarray(0, at), ...result.subarray(at + length)]);
        break;
      case 4:
        result.fill(pick(random, SPECIAL), at, at + length);
        break;
      default: {
        const put = Array.from({ length: Math.min(length, 64) }, () => pick(random, SPECIAL));
        result = Uint8Array.from([...result.subarray(0, at), ...put, ...result.subarray(at)]);
      }
    }
  }
  return result;
}

const JSON_VALUES = [
  '-1',
  '0',
  '1',
  '1.5',
  '1e400',
  '9007199254740993',
  'null',
  'true',
  '""',
  '"C"',
  '"<f4"',
  '[]',
  '[0]',
  '[1,1]',
  '{}',
  '"zstd"',
  '{"id":"gzip"}',
  'NaN',
  '"__proto__"',
];

/** JSON text in which one to three values are others, or the text itself is damaged. */
export function mutateJson(random: Random, text: string): string {
  let result = text;
  for (let change = 1 + below(random, 3); change > 0; change--) {
    const values = [...result.matchAll(/-?\d+(\.\d+)?|"[^"]*"|null|true|false/g)];
    const target = values.length === 0 ? undefined : pick(random, values);
    if (target === undefined || random() < 0.1) {
      const at = below(random, result.length + 1);
      result = result.slice(0, at) + pick(random, ['{', '}', '[', ']', ',', ':', '"', '\\', '']) + result.slice(at + below(random, 3));
      continue;
    }
    result = result.slice(0, target.index) + pick(random, JSON_VALUES) + result.slice(target.index + target[0].length);
  }
  return result;
}
