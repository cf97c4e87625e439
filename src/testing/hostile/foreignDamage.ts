import { expect } from 'vitest';
import { LinnetError } from '#linnet/core';
import { type OcdbtReader, openOcdbt } from '#linnet/format';
import type { WritableStore } from '#linnet/store';
import { CheckpointPath } from '../../checkpoint/paths/checkpointPath';
import { verify } from '../../checkpoint/verify/verify';
import { fixtureStore } from '../checkpointLeaves';
import { bytesRead, type Damage, damageText, eachCut, eachFlip, restored } from './damage';

/** Index of a shard of zarr 3 with one inner chunk, as Orbax writes them in plain files: offset, length, CRC-32C. */
const SHARD_INDEX = 20;

/** Stretches of files under a CRC-32C, from the format itself: manifests and every node that the tree reaches, or the indices of shards. */
async function checkedStretches(store: WritableStore): Promise<(damage: Damage) => boolean> {
  if ((await store.byteLength('manifest.ocdbt')) === undefined) {
    const sizes = new Map((await store.list()).map(({ key, byteLength }) => [key, byteLength]));
    return ({ file, byte }) => /\/c(\/\d+)*$/.test(file) && byte >= sizes.get(file)! - SHARD_INDEX;
  }
  const database: OcdbtReader = await openOcdbt(store);
  const { nodes } = await database.survey();
  return ({ file, byte }) =>
    file === 'manifest.ocdbt' ||
    nodes.some(({ file: { path }, offset, length }) => path === file && byte >= offset && byte < offset + length);
}

/** What `verify` says of the sound checkpoint: leaves without a checksum, and describing files without one. */
async function uncheckedIn(store: WritableStore): Promise<{ leaves: ReadonlySet<string>; isDescription: (file: string) => boolean }> {
  const findings = (await verify(new CheckpointPath(store))).filter(({ code }) => code === 'unchecked');
  const descriptions = findings
    .find(({ where }) => where === '_METADATA')!
    .message.split(': ')[0]!
    .split(', ');
  return { leaves: new Set(findings.map(({ where }) => where)), isDescription: (file) => descriptions.includes(file) };
}

async function soundFixture(fixture: string): Promise<{ store: WritableStore; sound: ReadonlyMap<string, string> }> {
  const store = await fixtureStore(`orbax/${fixture}/ckpt`);
  const sound = await restored(store);
  if (sound instanceof LinnetError) throw sound;
  return { store, sound };
}

/**
 * Flips each bit that a restore of a foreign checkpoint reads, of every `step`-th byte: under a checksum it is found, elsewhere it
 * reaches only what `verify` calls unchecked.
 */
export async function expectFlipsFoundOrUnchecked(fixture: string, step = 1): Promise<void> {
  const { store, sound } = await soundFixture(fixture);
  const isChecked = await checkedStretches(store);
  const unchecked = await uncheckedIn(store);
  const isRead = await bytesRead(store);
  const wrong: string[] = [];
  let silent = 0;
  const visit = async (damage: Damage): Promise<void> => {
    const leaves = await restored(store);
    if (leaves instanceof LinnetError) return;
    if (isChecked(damage)) wrong.push(`${damageText(damage)} lies under a checksum, but was not found`);
    const changed = [...new Set([...sound.keys(), ...leaves.keys()])].filter((name) => leaves.get(name) !== sound.get(name));
    silent += changed.length > 0 ? 1 : 0;
    for (const name of changed.filter((one) => !unchecked.leaves.has(one) && !unchecked.isDescription(damage.file)))
      wrong.push(`${damageText(damage)}: ${name} is silently other, though verify does not call it unchecked`);
  };
  await eachFlip(store, visit, (file, byte) => byte % step === 0 && isRead(file, byte));
  expect(wrong).toEqual([]);
  // Without a checksum some flips must go unnoticed, else this looks at nothing.
  if (unchecked.leaves.size > 1) expect(silent).toBeGreaterThan(0);
}

/** Cuts each file of a foreign checkpoint off at each byte, or every `step`-th: a restore refuses it or does not need what is gone. */
export async function expectCutsFound(fixture: string, step = 1): Promise<void> {
  const { store, sound } = await soundFixture(fixture);
  const wrong: string[] = [];
  const visit = async (damage: Damage): Promise<void> => {
    if (damage.byte % step !== 0) return;
    const leaves = await restored(store);
    if (!(leaves instanceof LinnetError) && JSON.stringify([...leaves]) !== JSON.stringify([...sound])) wrong.push(damageText(damage));
  };
  await eachCut(store, visit);
  expect(wrong).toEqual([]);
}
