import { LinnetError } from '#linnet/core';
import type { ByteRange, WritableStore } from '#linnet/store';
import { describeTree } from '../../checkpoint/metadata';
import { openTree } from '../../checkpoint/openTree';
import { CheckpointPath } from '../../checkpoint/paths/checkpointPath';
import { comparableLeaf } from '../checkpointLeaves';

/** Where a file was damaged. `bit` is undefined for a file cut off at `byte`. */
export interface Damage {
  readonly file: string;
  readonly byte: number;
  readonly bit?: number;
}

/** Damage for messages. */
export const damageText = ({ file, byte, bit }: Damage): string =>
  bit === undefined ? `${file} cut off at byte ${byte}` : `${file}, byte ${byte}, bit ${bit}`;

async function eachDamage(
  store: WritableStore,
  damaged: (bytes: Uint8Array, file: string) => Iterable<readonly [Damage, Uint8Array]>,
  visit: (damage: Damage) => Promise<void>,
): Promise<number> {
  let count = 0;
  for (const { key } of await store.list()) {
    const sound = (await store.read(key))!;
    for (const [damage, bytes] of damaged(sound, key)) {
      await store.write(key, bytes);
      await visit(damage);
      count++;
    }
    await store.write(key, sound);
  }
  return count;
}

/** Flips each bit of each byte of `store` that `isWanted` names in turn, and calls `visit` while it is flipped. Returns how many there were. */
export const eachFlip = (
  store: WritableStore,
  visit: (damage: Damage) => Promise<void>,
  isWanted: (file: string, byte: number) => boolean = () => true,
): Promise<number> =>
  eachDamage(
    store,
    function* (sound, file) {
      const bytes = sound.slice();
      for (let byte = 0; byte < bytes.length; byte++) {
        for (let bit = 0; bit < 8 && isWanted(file, byte); bit++) {
          bytes[byte] = sound[byte]! ^ (1 << bit);
          yield [{ file, byte, bit }, bytes];
        }
        bytes[byte] = sound[byte]!;
      }
    },
    visit,
  );

/** Cuts each file of `store` off at each byte in turn, and calls `visit` while it is short. Returns how many cuts there were. */
export const eachCut = (store: WritableStore, visit: (damage: Damage) => Promise<void>): Promise<number> =>
  eachDamage(
    store,
    function* (sound, file) {
      for (let byte = 0; byte < sound.length; byte++) yield [{ file, byte }, sound.subarray(0, byte)];
    },
    visit,
  );

/** What a checkpoint restores to: each leaf as text by name, or the LinnetError that refused it. Any other error is thrown on. */
export async function restored(store: WritableStore): Promise<ReadonlyMap<string, string> | LinnetError> {
  try {
    const saved = await openTree(new CheckpointPath(store));
    describeTree(saved);
    const leaves = new Map<string, string>();
    for (const leaf of saved.leaves) leaves.set(leaf.name, JSON.stringify(await comparableLeaf(saved, leaf)));
    return leaves;
  } catch (cause) {
    if (cause instanceof LinnetError && cause.kind !== 'InternalError') return cause;
    throw cause;
  }
}

/**
 * Whether a byte of `store` is read in the course of a restore. Of any other byte a restore cannot depend: it is given the same bytes, and
 * so asks for the same again.
 */
export async function bytesRead(store: WritableStore): Promise<(file: string, byte: number) => boolean> {
  const touched = new Map<string, Uint8Array>();
  const note = async (key: string, range?: ByteRange): Promise<void> => {
    const byteLength = await store.byteLength(key);
    if (byteLength === undefined) return;
    const marks = touched.get(key) ?? new Uint8Array(byteLength);
    touched.set(key, marks);
    if (range === undefined) marks.fill(1);
    else if ('suffix' in range) marks.fill(1, byteLength - range.suffix);
    else marks.fill(1, range.offset, range.offset + range.length);
  };
  const observed: WritableStore = {
    name: store.name,
    read: async (key, range) => {
      await note(key, range);
      return store.read(key, range);
    },
    byteLength: (key) => store.byteLength(key),
    list: (prefix) => store.list(prefix),
    write: (key, data) => store.write(key, data),
    delete: (key) => store.delete(key),
    deletePrefix: (prefix) => store.deletePrefix(prefix),
  };
  await restored(observed);
  return (file, byte) => touched.get(file)?.[byte] === 1;
}
