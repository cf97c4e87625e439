import { LinnetError } from '#linnet/core';
import { makeRoom } from '../checkpointer';
import { type Detected, detect, TEMPORARY_MARK } from '../detect';
import { compareFiles, FILE_MANIFEST, parseFileManifest } from '../fileManifest';
import { parseJson } from '../json';
import { openOrbax } from '../layouts/orbax';
import { loadWithoutTarget } from '../load';
import { openTree } from '../openTree';
import type { CheckpointPath } from '../paths/checkpointPath';
import { type PathLike, path } from '../paths/resolve';
import { saveCheckpoint, writeOrbaxItem } from '../saveOrbax';
import { leavesOf } from '../treeLeaves';
import { attempt, type Finding } from './finding';
import { uncheckedLeaf } from './unchecked';
import { verifyItem } from './verifyItem';

const below = (directory: string, findings: readonly Finding[]): Finding[] =>
  findings.map((finding) => ({ ...finding, where: `${directory}/${finding.where}` }));

type Step = Extract<Detected, { kind: 'step' | 'v1' }>;

async function verifyExportManifest(place: CheckpointPath, findings: Finding[]): Promise<void> {
  const { store } = place;
  await attempt(findings, FILE_MANIFEST, async () => {
    const bytes = await store.read(FILE_MANIFEST);
    if (bytes === undefined) return;
    for (const problem of await compareFiles(store, parseFileManifest(bytes))) {
      findings.push({
        severity: 'error',
        code: 'damaged',
        where: problem.path,
        message: `${problem.path} ${problem.found}, unlike what ${FILE_MANIFEST} says.`,
      });
    }
  });
}

async function verifyStep({ path: place, items }: Step): Promise<Finding[]> {
  const findings: Finding[] = [];
  await verifyExportManifest(place, findings);
  for (const [name, kind] of items) {
    if (kind === 'tree') findings.push(...below(name, await verifyPlace(place.join(name), false)));
    else
      await attempt(findings, `${name}/metadata`, async () => parseJson((await place.store.read(`${name}/metadata`))!, `${name}/metadata`));
  }
  for (const name of (await place.list()).filter((child) => child.includes(TEMPORARY_MARK))) {
    findings.push({
      severity: 'error',
      code: 'unfinished',
      where: name,
      message: `${name} is an item whose save was interrupted; what it holds is incomplete.`,
    });
  }
  return findings;
}

async function verifyManager(found: Extract<Detected, { kind: 'manager' }>): Promise<Finding[]> {
  const findings: Finding[] = [];
  await verifyExportManifest(found.path, findings);
  for (const step of found.steps) findings.push(...below(step, await verifyPlace(found.path.join(step), false)));
  for (const name of (await found.path.list()).filter((child) => child.includes(TEMPORARY_MARK))) {
    findings.push({
      severity: 'warning',
      code: 'unfinished',
      where: name,
      message: `${name} is a step whose save was interrupted. Orbax ignores it; it can be removed.`,
    });
  }
  return findings;
}

async function verifyPlace(place: CheckpointPath, topLevel: boolean): Promise<Finding[]> {
  const found = await detect(place);
  if (found.kind === 'orbax') return verifyItem(found.path.store, found.problem, topLevel);
  if (found.kind === 'manager') return verifyManager(found);
  if (found.kind === 'step' || found.kind === 'v1') return verifyStep(found);
  const findings: Finding[] = [];
  await attempt(findings, found.path.name, async () => {
    const saved = await openTree(found.path);
    await loadWithoutTarget(saved);
    // Zip archives have a CRC-32 of every file in them; these formats have nothing.
    if (found.kind === 'npz') return;
    const holders = saved.leaves.filter(({ array, text }) => array !== undefined || text !== undefined);
    findings.push(...holders.map(({ name }) => uncheckedLeaf(name, `A ${found.kind} file has no checksums. What stands at ${name} has`)));
  });
  return findings;
}

/**
 * Checks every byte at `place` that can be checked: structures and their checksums, the tree against its data, files against their
 * list. Each finding says what it means. Changes nothing. CheckpointNotFoundError when there is nothing to check.
 */
export async function verify(place: PathLike): Promise<Finding[]> {
  return verifyPlace(await path(place), true);
}

/**
 * Writes a repaired copy of the one tree at `place` to `destination`: parts of processes joined, the tree guessed where `_METADATA` is
 * missing, sharding and commit file added. The original stays as it is. Elements that cannot be read cannot be repaired: then the
 * reader's error is thrown and no complete copy is left.
 */
export async function repair(place: PathLike, destination: PathLike, options: { readonly force?: boolean } = {}): Promise<void> {
  const found = await detect(await path(place));
  const to = await path(destination);
  if (found.kind === 'manager') {
    throw new LinnetError('InvalidArgumentError', `${found.path} holds the steps ${found.steps.join(', ')}. Repair them one by one.`);
  }
  await makeRoom(to, options.force ?? false);
  if (found.kind === 'step' || found.kind === 'v1') {
    for (const [name, kind] of found.items) {
      const item = found.path.join(name);
      if (kind === 'json') await to.join(name).write(async (store) => store.write('metadata', (await item.store.read('metadata'))!));
      else await to.join(name).write(async (store) => writeOrbaxItem(store, leavesOf(await openDamaged(item)), {}));
    }
    return;
  }
  const saved = await openDamaged(found.path);
  await to.write((store) => saveCheckpoint(store, leavesOf(saved), { handler: 'pytree' }));
}

async function openDamaged(place: CheckpointPath) {
  const found = await detect(place);
  if (found.kind !== 'orbax') return openTree(place);
  return openOrbax(found.path.store, found.path.toString(), { unmerged: found.problem === 'unmerged' });
}
