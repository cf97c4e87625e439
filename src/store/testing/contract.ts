import { describe, expect, it } from 'vitest';
import { bytesEqual, isLinnetError } from '#linnet/core';
import { compareKeys } from '../keys';
import type { ReadableStore, WritableStore } from '../store';

const bytes = (...values: number[]) => Uint8Array.from(values);
const text = (value: string) => new TextEncoder().encode(value);

/** Bytes that differ at every position of interest, long enough for stores that treat large values in another way. */
export function patterned(byteLength: number, seed = 0): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  for (let i = 0; i < byteLength; i++) bytes[i] = i * 31 + (i >>> 8) * 7 + 5 + seed * 7;
  return bytes;
}

/** Asserts that both are the same bytes; a matcher that prints differences takes seconds for large ones. */
export function expectBytes(actual: Uint8Array | undefined, expected: Uint8Array, what = 'bytes'): void {
  expect(actual?.byteLength, `length of ${what}`).toBe(expected.byteLength);
  expect(actual !== undefined && bytesEqual(actual, expected), `content of ${what}`).toBe(true);
}

/** The files that `readContract` expects to find. */
export function contractFiles(): Map<string, Uint8Array> {
  return new Map([
    ['_METADATA', text('{}')],
    ['ocdbt.process_0/d/0123', patterned(200_000)],
    ['ocdbt.process_0/manifest.ocdbt', patterned(777)],
    ['empty', bytes()],
    ['a/b/c/d', bytes(1, 2, 3, 4, 5)],
    ['a/b.0', bytes(9)],
    ['a-b', bytes(8)],
    ['params.linear1.kernel/.zarray', text('[]')],
    ['ünïcode/名前', bytes(7)],
  ]);
}

async function kindOf(work: Promise<unknown>): Promise<string> {
  const outcome = await work.then(
    () => 'no error',
    (cause) => cause,
  );
  return isLinnetError(outcome) ? outcome.kind : String(outcome);
}

/** What every store promises about reading. `make` gives a store that holds exactly `contractFiles()`. */
export function readContract(name: string, make: () => Promise<ReadableStore>): void {
  describe(`${name}: reading`, () => {
    it('gives every value whole, byte for byte, and its length', async () => {
      const store = await make();
      for (const [key, value] of contractFiles()) {
        expectBytes(await store.read(key), value, key);
        expect(await store.byteLength(key), key).toBe(value.byteLength);
      }
    });

    it('gives undefined for what is not there', async () => {
      const store = await make();
      for (const key of ['nothing', 'a', 'a/b', 'a/b/c', 'a/b/c/d/e', '_METADATA/x', 'toString', '__proto__']) {
        expect(await store.read(key), key).toBeUndefined();
        expect(await store.read(key, { offset: 0, length: 1 }), key).toBeUndefined();
        expect(await store.byteLength(key), key).toBeUndefined();
      }
    });

    it('gives parts of values', async () => {
      const store = await make();
      for (const key of ['ocdbt.process_0/d/0123', 'ocdbt.process_0/manifest.ocdbt', 'a/b/c/d']) {
        const value = contractFiles().get(key) as Uint8Array;
        const size = value.byteLength;
        for (const [offset, length] of [
          [0, 1],
          [1, 3],
          [size - 2, 2],
          [0, size],
          [size, 0],
          [2, 0],
        ] as const)
          expectBytes(await store.read(key, { offset, length }), value.slice(offset, offset + length));
        for (const suffix of [0, 1, 4, size]) expectBytes(await store.read(key, { suffix }), value.slice(size - suffix));
      }
    });

    it('refuses ranges that go past the end, and senseless ones', async () => {
      const store = await make();
      for (const range of [{ offset: 0, length: 6 }, { offset: 5, length: 1 }, { offset: 6, length: 0 }, { suffix: 6 }])
        expect(await kindOf(store.read('a/b/c/d', range)), JSON.stringify(range)).toBe('CorruptFileError');
      for (const range of [{ offset: -1, length: 1 }, { offset: 0, length: 0.5 }, { suffix: Number.NaN }, { offset: 2 ** 53, length: 1 }])
        expect(await kindOf(store.read('a/b/c/d', range)), JSON.stringify(range)).toBe('InvalidArgumentError');
    });

    it('lists keys in order of UTF-16 code units, by any plain prefix', async () => {
      const store = await make();
      const files = contractFiles();
      for (const prefix of [
        undefined,
        '',
        'a',
        'a/',
        'a/b',
        'a/b/',
        'a/b/c/d',
        'ocdbt.process_0/d',
        'param',
        'ün',
        'nothing',
        'nothing/x',
      ]) {
        const keys = [...files.keys()].filter((key) => key.startsWith(prefix ?? '')).sort(compareKeys);
        const expected = keys.map((key) => ({ key, byteLength: files.get(key)?.byteLength }));
        expect(await store.list(prefix), `prefix ${prefix}`).toEqual(expected);
      }
    });

    it('hands out bytes that the caller may change', async () => {
      const store = await make();
      (await store.read('a/b/c/d'))?.fill(0);
      expectBytes(await store.read('a/b/c/d'), bytes(1, 2, 3, 4, 5));
    });
  });
}

/** Keys as a hostile or merely unlucky checkpoint may name them. */
const HOSTILE_KEYS = [
  '',
  '/',
  '//',
  '.',
  '..',
  '../up',
  'a/../b',
  'a/./b',
  '/leading',
  'trailing/',
  'a//b',
  'back\\slash',
  'nul\u0000nul',
  'line\nbreak',
  '\u202Egnp.exe',
  'con',
  'dot.',
  ' space ',
  '__proto__',
  'constructor',
  'e\u0301',
  '\u00e9',
  'W',
  'w',
  '%2e%2e',
  'x'.repeat(240),
  '\ud800alone',
  '\uffff',
  'file.crswap',
  'C:',
  'a:b',
  'q?*"<>|',
];

/** What every store that can change promises. `make` gives an empty store, apart from all earlier ones. */
export function writeContract(name: string, make: () => Promise<WritableStore>): void {
  const filled = async () => {
    const store = await make();
    for (const [key, value] of contractFiles()) await store.write(key, value);
    return store;
  };
  readContract(name, filled);

  describe(`${name}: writing`, () => {
    it('replaces whole values, shorter and longer', async () => {
      const store = await make();
      for (const byteLength of [10, 300_000, 3, 0, 70_000]) {
        await store.write('deep/er/key', patterned(byteLength));
        expectBytes(await store.read('deep/er/key'), patterned(byteLength));
        expect(await store.list()).toEqual([{ key: 'deep/er/key', byteLength }]);
      }
    });

    it('takes bytes in pieces, also when their maker reuses one buffer, and views into larger buffers', async () => {
      const store = await make();
      async function* parts() {
        const buffer = new Uint8Array(4);
        for (let i = 0; i < 5; i++) {
          buffer.fill(i);
          yield buffer.subarray(0, i);
        }
      }
      await store.write('pieces', parts());
      expectBytes(await store.read('pieces'), bytes(1, 2, 2, 3, 3, 3, 4, 4, 4, 4));
      await store.write('view', bytes(0, 1, 2, 3).subarray(1, 3));
      expectBytes(await store.read('view'), bytes(1, 2));
    });

    it('keeps no hold on the bytes it was given', async () => {
      const store = await make();
      const mine = bytes(1, 2, 3);
      await store.write('k', mine);
      mine.fill(0);
      expectBytes(await store.read('k'), bytes(1, 2, 3));
    });

    it('leaves the old value when the source fails midway, and nothing where there was none', async () => {
      const store = await make();
      async function* failing() {
        yield bytes(1, 2, 3);
        throw new RangeError('the source broke');
      }
      await store.write('old', bytes(5, 5));
      for (const key of ['old', 'new']) expect(await kindOf(store.write(key, failing()))).toMatch(/Error/);
      expectBytes(await store.read('old'), bytes(5, 5));
      expect(await store.list()).toEqual([{ key: 'old', byteLength: 2 }]);
    });

    it('deletes one key, or all that start with a prefix, and nothing else', async () => {
      const store = await filled();
      await store.delete('a-b');
      await store.delete('a-b');
      await store.delete('never/was');
      await store.delete('a/b');
      await store.deletePrefix('a/b/');
      await store.deletePrefix('nowhere/at/all');
      const left = new Set(contractFiles().keys());
      left.delete('a-b');
      left.delete('a/b/c/d');
      expect((await store.list()).map(({ key }) => key)).toEqual([...left].sort(compareKeys));
      await store.deletePrefix('ocdbt.process_0/m');
      expect(await store.read('ocdbt.process_0/manifest.ocdbt')).toBeUndefined();
      expect(await store.byteLength('ocdbt.process_0/d/0123')).toBe(200_000);
      await store.deletePrefix('');
      expect(await store.list()).toEqual([]);
    });

    it('takes many writes at once', async () => {
      const store = await make();
      await Promise.all(Array.from({ length: 30 }, (_, i) => store.write(`d${i % 3}/${i}`, patterned(i * 100))));
      for (let i = 0; i < 30; i++) expectBytes(await store.read(`d${i % 3}/${i}`), patterned(i * 100));
      expect(await store.list()).toHaveLength(30);
    });

    it('round-trips a hostile key or refuses it by name; never confuses two', async () => {
      const store = await make();
      const kept = new Map<string, Uint8Array>();
      for (const [i, key] of HOSTILE_KEYS.entries()) {
        const value = bytes(i, i + 1);
        const outcome = await kindOf(store.write(key, value));
        if (outcome === 'no error') kept.set(key, value);
        else expect(outcome, JSON.stringify(key)).toBe('InvalidArgumentError');
      }
      for (const [key, value] of kept) expectBytes(await store.read(key), value, JSON.stringify(key));
      expect((await store.list()).map(({ key }) => key)).toEqual([...kept.keys()].sort(compareKeys));
      expect(kept.size).toBeGreaterThan(15);
    });
  });
}
