import { describe, expect, it } from 'vitest';
import { counting } from './counting';
import { memoryStore } from './memory';
import { prefixed, readOnly } from './prefixed';
import { isWritable } from './store';
import { contractFiles, readContract, writeContract } from './testing/contract';

writeContract('memory', async () => memoryStore());

writeContract('a prefix of memory', async () => {
  const outer = memoryStore();
  await outer.write('other', Uint8Array.of(1));
  await outer.write('run/30', Uint8Array.of(2));
  return prefixed(outer, 'run/3/');
});

readContract('a store made read only', async () => {
  const store = memoryStore();
  for (const [key, value] of contractFiles()) await store.write(key, value);
  return readOnly(store);
});

describe('readOnly', () => {
  it('leaves no way to write, also through a prefix', () => {
    expect(isWritable(readOnly(memoryStore()))).toBe(false);
    expect(isWritable(prefixed(readOnly(memoryStore()), 'a/'))).toBe(false);
    expect(isWritable(prefixed(memoryStore(), 'a/'))).toBe(true);
  });
});

writeContract('a counted store', async () => counting(memoryStore()).store);

describe('counting', () => {
  it('counts calls and bytes', async () => {
    const { store, counts } = counting(memoryStore());
    await store.write('a', new Uint8Array(10));
    await store.read('a', { offset: 2, length: 3 });
    await store.read('b');
    await store.list();
    await store.byteLength('a');
    await store.delete('a');
    expect(counts).toEqual({ reads: 2, byteLengths: 1, lists: 1, writes: 1, deletes: 1, bytesRead: 3, bytesWritten: 10 });
  });
});
