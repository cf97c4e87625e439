import { expect } from 'vitest';
import { hostArray, LinnetError } from '#linnet/core';
import { memoryStore } from '#linnet/store';
import { collectLeaves } from '../../checkpoint/leaves';
import { CheckpointPath } from '../../checkpoint/paths/checkpointPath';
import { type OrbaxWriteOptions, saveCheckpoint } from '../../checkpoint/saveOrbax';
import { verify } from '../../checkpoint/verify/verify';
import { float32 } from '../smallTrees';
import { type Damage, damageText, eachCut, eachFlip, restored } from './damage';

/** A small tree with every kind of place a value can lie in: inside a node, outside it (above 1024 bytes), in text, in the tree itself. */
const smallTree = () => ({
  w: { ...float32([3], 1, 2, 3), valueType: 'jax.Array' as const },
  big: hostArray(
    'int16',
    [516],
    Uint8Array.from({ length: 1032 }, (_, i) => i * 7),
  ),
  list: [1, 'text', null],
});

/**
 * Damages what Linnet writes with `options` everywhere: each file cut off at each byte, each bit of each byte flipped. Of each damage
 * `verify` must find an error, and a restore must refuse it or give every leaf as it was.
 */
export async function expectAllDamageFound(options: OrbaxWriteOptions): Promise<void> {
  const store = memoryStore('written');
  await saveCheckpoint(store, collectLeaves(smallTree(), { copy: false }), { ...options, handler: 'standard' });
  const place = new CheckpointPath(store);
  const sound = await restored(store);
  if (sound instanceof LinnetError) throw sound;
  const missed: string[] = [];
  const visit = async (damage: Damage): Promise<void> => {
    const findings = await verify(place);
    if (!findings.some(({ severity }) => severity === 'error')) missed.push(`${damageText(damage)}: verify says nothing`);
    const leaves = await restored(store);
    if (leaves instanceof LinnetError) return;
    for (const [name, text] of sound) if (leaves.get(name) !== text) missed.push(`${damageText(damage)}: ${name} is silently other`);
    if (leaves.size !== sound.size) missed.push(`${damageText(damage)}: ${leaves.size} leaves instead of ${sound.size}`);
  };
  const byteLength = (await store.list()).reduce((sum, file) => sum + file.byteLength, 0);
  expect(await eachCut(store, visit)).toBe(byteLength);
  expect(await eachFlip(store, visit)).toBe(8 * byteLength);
  expect(missed).toEqual([]);
  expect(await verify(place)).toEqual([]);
}
