import { describe, expect, test, vi } from 'vitest';
import { type HostArray, hostArray } from '#linnet/core';
import { comparableLeaf, expectedItems, fixtureNames, fixtureStore } from '../testing/checkpointLeaves';
import { exportZip } from './exporting/exporting';
import { openOrbax } from './layouts/orbax';
import { StandardSave } from './manager/args';
import { CheckpointManager } from './manager/checkpointManager';
import { libraryPath } from './paths/libraryStore';
import { path } from './paths/resolve';
import { StandardCheckpointer } from './standardCheckpointer';
import { eraseAndCreateEmpty } from './testUtils';
import { verify } from './verify/verify';

vi.spyOn(console, 'warn').mockImplementation(() => {});
const floats = (...values: number[]): HostArray => hostArray('float32', [values.length], new Uint8Array(Float32Array.from(values).buffer));

describe('in a browser', () => {
  test.each(fixtureNames)('%s is read bit for bit', async (fixture) => {
    for (const [item, wanted] of await expectedItems(fixture)) {
      const saved = await openOrbax(await fixtureStore(`orbax/${fixture}/${item}`), fixture);
      const found = new Map(await Promise.all(saved.leaves.map(async (leaf) => [leaf.name, await comparableLeaf(saved, leaf)] as const)));
      expect(found.size).toBe(wanted.length);
      for (const leaf of wanted) expect(found.get(leaf.name), leaf.name).toEqual(leaf);
    }
  });

  test.each(['memory:/checkpoints', 'indexeddb:/linnet-checkpoint-test/a', 'opfs:/linnet-checkpoint-test'])(
    '%s: save, restore, replace, export, remove',
    async (text) => {
      const root = await eraseAndCreateEmpty(text);
      const checkpointer = new StandardCheckpointer();
      const big = floats(...Array.from({ length: 5000 }, (_, i) => i / 7));
      const tree = { layer: { kernel: big, bias: floats(1, 2) }, step: 3, name: 'net', 'odd/key': [null, true] };
      await checkpointer.save(root.join('state'), tree);
      const restored = await checkpointer.restore(root.join('state'));
      expect(restored.layer.kernel.data).toEqual(big.data);
      expect(restored.name).toBe('net');
      await expect(checkpointer.save(root.join('state'), tree)).rejects.toMatchObject({ kind: 'CheckpointExistsError' });
      await checkpointer.save(root.join('state'), tree, { force: true, compression: 'gzip' });
      await checkpointer.waitUntilFinished();
      expect(await verify(root.join('state'))).toEqual([]);
      const pieces: Uint8Array<ArrayBuffer>[] = [];
      for await (const piece of exportZip(root.join('state'))) pieces.push(piece.slice());
      const fromZip = await checkpointer.restore(await path(new File(pieces, 'state.zip')));
      expect(fromZip.layer.kernel.data).toEqual(big.data);
      await root.remove();
      expect(await root.exists()).toBe(false);
    },
  );

  test('library:/ keeps the steps of a manager', async () => {
    const place = await libraryPath(`run-${crypto.randomUUID()}`);
    const manager = new CheckpointManager(place, { maxToKeep: 1 });
    await manager.save(1, StandardSave({ w: floats(1) }));
    await manager.save(2, StandardSave({ w: floats(2) }));
    await manager.close();
    const again = new CheckpointManager(await path(`library:/${place.key}`));
    expect(await again.allSteps()).toEqual([2]);
    expect((await again.restore(null)).w.data).toEqual(floats(2).data);
    await place.remove();
    expect(await place.exists()).toBe(false);
  });
});
