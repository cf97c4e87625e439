import { describe, expect, test, vi } from 'vitest';
import { bytesEqual, type HostArray, hostArray } from '#linnet/core';
import { type ByteSource, counting, memoryStore, pieces, type WritableStore } from '#linnet/store';
import { fixtureStore } from '../testing/checkpointLeaves';
import { collectLeaves } from './leaves';
import { loadIntoTarget, loadWithoutTarget } from './load';
import { describeTree } from './metadata';
import { openTree } from './openTree';
import { CheckpointPath } from './paths/checkpointPath';
import { type OrbaxWriteOptions, saveCheckpoint } from './saveOrbax';
import { LeafSlice } from './tree';

// Counts decide here, not time: a busy machine may take long.
vi.setConfig({ testTimeout: 60_000 });

const filled = (shape: number[], seed: number): HostArray => {
  const size = shape.reduce((a, b) => a * b, 1);
  return hostArray('float32', shape, new Uint8Array(Float32Array.from({ length: size }, (_, i) => Math.sin(seed + i)).buffer));
};

/**
 * A store that holds views of what is written where they are views of `shared`, so that hundreds of megabytes take no memory, and
 * counts what was allocated for the rest. Reads give copies.
 */
function viewStore(shared: ArrayBufferLike): { store: WritableStore; allocated: () => number; written: () => number } {
  const files = new Map<string, { start: number; bytes: Uint8Array }[]>();
  const owned = new Set<ArrayBufferLike>();
  let [written, allocated] = [0, 0];
  const sizeOf = (key: string): number | undefined => files.get(key)?.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const store: WritableStore = {
    name: 'views',
    readsAreCopies: true,
    delete: async (key) => void files.delete(key),
    deletePrefix: async () => files.clear(),
    byteLength: async (key) => sizeOf(key),
    list: async (prefix = '') =>
      [...files.keys()].filter((key) => key.startsWith(prefix)).map((key) => ({ key, byteLength: sizeOf(key)! })),
    write: async (key, data: ByteSource) => {
      const parts: { start: number; bytes: Uint8Array }[] = [];
      let start = 0;
      for await (const bytes of pieces(data)) {
        parts.push({ start, bytes: bytes.buffer === shared ? bytes : bytes.slice() });
        start += bytes.length;
        if (bytes.buffer === shared || owned.has(bytes.buffer)) continue;
        owned.add(bytes.buffer);
        allocated += bytes.buffer.byteLength;
      }
      written += start;
      files.set(key, parts);
    },
    read: async (key, range) => {
      const size = sizeOf(key);
      if (size === undefined) return undefined;
      const [from, length] =
        range === undefined ? [0, size] : 'suffix' in range ? [size - range.suffix, range.suffix] : [range.offset, range.length];
      const result = new Uint8Array(length);
      for (const { start, bytes } of files.get(key)!) {
        const part = bytes.subarray(Math.max(from - start, 0), Math.max(from + length - start, 0));
        if (part.length > 0) result.set(part, Math.max(start - from, 0));
      }
      return result;
    },
  };
  return { store, allocated: () => allocated, written: () => written };
}

/** `count` small arrays in blocks of ten. */
const manyLeaves = (count: number): Record<string, Record<string, HostArray>> =>
  Object.fromEntries(
    Array.from({ length: count / 10 }, (_, block) => [
      `block_${block}`,
      Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`leaf_${i}`, filled([2, 3], block * 10 + i)])),
    ]),
  );

async function saved(tree: object, options: OrbaxWriteOptions = {}): Promise<WritableStore> {
  const store = memoryStore('large');
  await saveCheckpoint(store, collectLeaves(tree, { copy: false }), { ...options, handler: 'standard' });
  return store;
}

describe.each([500, 10_000])('%d leaves', (count) => {
  test('come back bit for bit, in few files and few reads', async () => {
    const tree = manyLeaves(count);
    const inner = await saved(tree);
    expect((await inner.list()).length).toBeLessThan(10);
    const { store, counts } = counting(inner);
    const opened = await openTree(new CheckpointPath(store));
    expect(counts.reads).toBeLessThan(30);
    const restored = await loadWithoutTarget(opened);
    expect(counts.reads).toBeLessThan(30);
    for (const block of [0, count / 20, count / 10 - 1]) {
      expect(restored[`block_${block}`].leaf_7.data).toEqual(tree[`block_${block}`]!.leaf_7!.data);
    }
    expect(Object.keys(restored)).toHaveLength(count / 10);
  });
});

describe('checkpoints of many devices', () => {
  test.each(['e_sharded_4x2_zarr2_new', 'e_sharded_4x2_zarr2_old', 'e_sharded_4x2_zarr3_new'])(
    '%s: the sharding is shown, and a shard reads its own chunk only',
    async (fixture) => {
      const { store, counts } = counting(await fixtureStore(`orbax/${fixture}/ckpt`));
      const opened = await openTree(new CheckpointPath(store));
      const leaf = opened.leaves.find(({ name }) => name === 'w_both')!;
      expect(leaf.sharding).toMatchObject({ sharding_type: 'NamedSharding', shape: [4, 2] });
      const whole = await opened.readArray(leaf);
      const readWhole = counts.bytesRead;
      const before = { ...counts };
      const shard = new LeafSlice([
        [2, 4],
        [3, 6],
      ]);
      const restored = await loadIntoTarget(opened, { w_both: shard as any }, { partialRestore: true });
      expect(restored.w_both).toMatchObject({ dtype: 'float32', shape: [2, 3] });
      const floats = new Float32Array(restored.w_both.data.slice().buffer);
      expect([...floats]).toEqual([15, 16, 17, 21, 22, 23]);
      expect(whole.shape).toEqual([8, 6]);
      // The fixture is small enough for its chunks to lie inside one node, which is read once.
      expect(counts.reads - before.reads).toBeLessThanOrEqual(1);
      expect(counts.bytesRead - before.bytesRead).toBeLessThan(readWhole / 4);
    },
  );
});

describe('what is read', () => {
  const large = { big: filled([1024, 512], 1), small: filled([4], 2) };

  test('metadata reads no element', async () => {
    const { store, counts } = counting(await saved(large));
    const { leaves } = describeTree(await openTree(new CheckpointPath(store)));
    expect(leaves).toMatchObject([{ name: 'big', shape: [1024, 512] }, { name: 'small' }]);
    expect(counts.bytesRead).toBeLessThan(8 * 1024);
  });

  test('a part of an array reads the chunks that it overlaps', async () => {
    for (const options of [
      { chunkByteSize: 64 * 1024 },
      { chunkByteSize: 64 * 1024, zarr: 3 },
      { chunkByteSize: 64 * 1024, ocdbt: false },
    ] as OrbaxWriteOptions[]) {
      const { store, counts } = counting(await saved(large, options));
      const opened = await openTree(new CheckpointPath(store));
      const before = counts.bytesRead;
      const restored = await loadIntoTarget(
        opened,
        {
          big: new LeafSlice([
            [100, 101],
            [10, 20],
          ]) as any,
        },
        { partialRestore: true },
      );
      expect(restored.big.shape).toEqual([1, 10]);
      expect(restored.big.data).toEqual(large.big.data.slice((100 * 512 + 10) * 4, (100 * 512 + 20) * 4));
      expect(counts.bytesRead - before, JSON.stringify(options)).toBeLessThan(3 * 64 * 1024);
    }
  });

  test('a save holds one array at a time and writes hardly more than the data', async () => {
    let held = 0;
    let most = 0;
    const leaves = collectLeaves(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`w${i}`, filled([64, 1024], i)])), {
      copy: false,
    });
    const counted = leaves.map((leaf) => ({
      ...leaf,
      array: {
        ...leaf.array!,
        read: async () => {
          held++;
          most = Math.max(most, held);
          const array = await leaf.array!.read();
          queueMicrotask(() => held--);
          return array;
        },
      },
    }));
    const { store, counts } = counting(memoryStore('sink'));
    await saveCheckpoint(store, counted, { handler: 'standard' });
    expect(most).toBe(1);
    expect(counts.bytesWritten).toBeLessThan(20 * 64 * 1024 * 4 + 64 * 1024);
  });

  describe('256 MB', () => {
    const byteLength = 16 * 2 ** 20;
    const source = filled([2048, 2048], 1);
    const leaves = Array.from({ length: 16 }, (_, i) => ({
      path: [{ key: `w${i}`, type: 'dict' as const }],
      name: `w${i}`,
      valueType: 'jax.Array' as const,
      array: { dtype: 'float32' as const, shape: source.shape, read: async () => source },
    }));

    test('pass through a save with hardly anything held beside one array', async () => {
      const { store, allocated, written } = viewStore(source.data.buffer);
      await saveCheckpoint(store, leaves, { handler: 'standard' });
      expect(written()).toBeGreaterThan(16 * byteLength);
      expect(written()).toBeLessThan(16 * byteLength * 1.001);
      expect(allocated()).toBeLessThan(2 ** 20);
    });

    test('are described by a few kilobytes; a part of a leaf reads the chunks it overlaps', async () => {
      const inner = viewStore(source.data.buffer).store;
      await saveCheckpoint(inner, leaves, { handler: 'standard', chunkByteSize: byteLength / 4 });
      const { store, counts } = counting(inner);
      const opened = await openTree(new CheckpointPath(store));
      expect(describeTree(opened).leaves).toHaveLength(16);
      expect(counts.bytesRead).toBeLessThan(64 * 1024);
      const slice = { w3: new LeafSlice([[1500, 1501], null]) as any };
      const before = counts.bytesRead;
      const { w3 } = await loadIntoTarget(opened, slice, { partialRestore: true });
      expect(w3.data).toEqual(source.data.subarray(1500 * 8192, 1501 * 8192));
      // Orbax cuts along all axes: a row of 2048 crosses two of the four chunks.
      expect(counts.bytesRead - before).toBeLessThan((byteLength / 2) * 1.001);
    });

    test('an array that is one chunk is restored in the memory that its file was read into', async () => {
      const inner = viewStore(source.data.buffer).store;
      await saveCheckpoint(inner, leaves, { handler: 'standard' });
      const read = new Set<ArrayBufferLike>();
      let bytesRead = 0;
      const store: WritableStore = Object.assign(Object.create(inner), {
        read: async (...args: Parameters<WritableStore['read']>) => {
          const bytes = await inner.read(...args);
          if (bytes !== undefined) read.add(bytes.buffer);
          bytesRead += bytes?.length ?? 0;
          return bytes;
        },
      });
      const opened = await openTree(new CheckpointPath(store));
      for (const leaf of opened.leaves.slice(0, 2)) {
        const before = bytesRead;
        const { data } = await opened.readArray(leaf);
        expect(bytesEqual(data, source.data)).toBe(true);
        expect(read.has(data.buffer)).toBe(true);
        expect(bytesRead - before).toBeLessThan(byteLength * 1.001);
      }
    });
  });

  test('progress is told leaf by leaf', async () => {
    const seen: string[] = [];
    const store = memoryStore('progress');
    const onProgress = (p: { leavesDone: number; bytesDone: number; bytesTotal: number }) =>
      seen.push(`${p.leavesDone}: ${p.bytesDone}/${p.bytesTotal}`);
    await saveCheckpoint(store, collectLeaves({ a: filled([2], 1), b: filled([3], 1) }, { copy: false }), {
      handler: 'standard',
      onProgress,
    });
    await loadWithoutTarget(await openTree(new CheckpointPath(store)), { onProgress });
    expect(seen).toEqual(['1: 8/20', '2: 20/20', '1: 8/20', '2: 20/20']);
  });
});
