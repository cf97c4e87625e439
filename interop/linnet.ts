import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toHex } from '#linnet/core';
import { memoryStore, openMemoryLibrary, type WritableStore } from '#linnet/store';
import { exportZip } from '../src/checkpoint/exporting/exporting';
import { loadWithoutTarget } from '../src/checkpoint/load';
import { Composite, JsonRestore, JsonSave, StandardSave } from '../src/checkpoint/manager/args';
import { CheckpointManager } from '../src/checkpoint/manager/checkpointManager';
import { openTree } from '../src/checkpoint/openTree';
import { CheckpointPath } from '../src/checkpoint/paths/checkpointPath';
import { libraryPath } from '../src/checkpoint/paths/libraryStore';
import { type OrbaxWriteOptions, saveCheckpoint } from '../src/checkpoint/saveOrbax';
import { repair, verify } from '../src/checkpoint/verify/verify';
import { NodeDirectoryStore } from '../src/cli/directoryStore';
import { comparableLeaf, fixtureStore } from '../src/testing/checkpointLeaves';
import { below, pick, randomNumbers } from '../src/testing/hostile/mutate';
import { fixtureTrees, type LeafSpec, leafToSave, randomTrees, type TreeSpec } from './trees';

/** A checkpoint that Python is to restore. */
interface Case {
  readonly name: string;
  readonly directory: string;
  readonly leaves: readonly LeafSpec[];
  /** Whether a sharding was written: restores without any fail without it. */
  readonly sharded: boolean;
  /** Whether Python saves what it restored, for Linnet to read again. */
  readonly resave: boolean;
}

const OPTIONS: readonly (readonly [string, OrbaxWriteOptions])[] = [
  ['default', {}],
  ['none', { compression: 'none' }],
  ['gzip', { compression: 'gzip' }],
  ['zlib', { compression: 'zlib' }],
  ['files', { ocdbt: false }],
  ['chunks', { chunkByteSize: 48 }],
  ['zarr3', { zarr: 3 }],
  ['zarr3-none', { zarr: 3, compression: 'none' }],
  ['zarr3-files', { zarr: 3, ocdbt: false }],
  ['zarr3-chunks', { zarr: 3, chunkByteSize: 48 }],
  ['any', { targetDevices: 'any' }],
];

async function writeCase(root: string, tree: TreeSpec, label: string, options: OrbaxWriteOptions, resave: boolean): Promise<Case> {
  const name = `${tree.name}.${label}`;
  const directory = join(root, name);
  await saveCheckpoint(new NodeDirectoryStore(directory), tree.leaves.map(leafToSave), { ...options, handler: 'standard' });
  const sharded = options.targetDevices !== 'any';
  return { name, directory, leaves: tree.leaves, sharded, resave: resave && sharded };
}

const treeOf = async (tree: TreeSpec): Promise<object> => {
  const store = memoryStore(tree.name);
  await saveCheckpoint(store, tree.leaves.map(leafToSave), { handler: 'standard' });
  return loadWithoutTarget(await openTree(new CheckpointPath(store)));
};

/** A manager's directory with two steps of named items, and the zip of a step of the library. */
async function writeManagers(root: string, trees: readonly TreeSpec[]): Promise<object> {
  const model = trees.find(({ name }) => name.startsWith('b_bias_state_new'))!;
  const optimizer = trees.find(({ name }) => name.startsWith('b_optimizer_state_new'))!;
  const [modelTree, optimizerTree] = [await treeOf(model), await treeOf(optimizer)];
  const linnet = { version: 1, step: 3, seed: '9007199254740993' };
  const items = Composite({ model: StandardSave(modelTree), optimizer: StandardSave(optimizerTree), linnet: JsonSave(linnet) });
  const composite = new CheckpointManager(new CheckpointPath(new NodeDirectoryStore(join(root, 'composite'))), {
    metadata: { made: 'here' },
  });
  await composite.save(3, items, { metrics: { loss: 0.5 } });
  await composite.save(7, items, { metrics: { loss: 0.75 } });
  await composite.close();
  const single = new CheckpointManager(new CheckpointPath(new NodeDirectoryStore(join(root, 'single'))), {
    stepPrefix: 'ckpt',
    stepFormatFixedLength: 8,
  });
  for (const step of [2, 3]) await single.save(step, StandardSave(modelTree));
  await single.close();
  const library = await openMemoryLibrary();
  const run = new CheckpointManager(await libraryPath('my run', library));
  await run.save(40, items, { metrics: { loss: 0.25 } });
  await run.close();
  const zip: Uint8Array[] = [];
  for await (const piece of exportZip(await libraryPath('my run/40', library))) zip.push(piece.slice());
  await writeFile(join(root, 'run.zip'), Buffer.concat(zip));
  return { root, model: model.leaves, optimizer: optimizer.leaves, json: linnet };
}

/** The guide's model as each stack's Flax expects it, from the tree of the other stack too. */
async function writeGuide(root: string, trees: readonly TreeSpec[]): Promise<object> {
  const { leaves } = trees.find(({ name }) => name.startsWith('a_guide_state_new'))!;
  for (const [stack, flax] of [
    ['new', '0.12'],
    ['old', '0.10'],
  ] as const) {
    await saveCheckpoint(new NodeDirectoryStore(join(root, `guide-${stack}`)), leaves.map(leafToSave), { flax, handler: 'standard' });
  }
  return { root, leaves };
}

/** Copies that `repair` writes of checkpoints that lack something: Python must restore them in every flow. */
async function writeRepaired(root: string, trees: readonly TreeSpec[]): Promise<Case[]> {
  const cases: Case[] = [];
  const write = async (name: string, damaged: WritableStore, leaves: readonly LeafSpec[]): Promise<void> => {
    const directory = join(root, name);
    await repair(damaged, new NodeDirectoryStore(directory));
    cases.push({ name, directory, leaves, sharded: true, resave: true });
  };
  const unmerged = trees.find(({ name }) => name.startsWith('e_multiproc2_new'))!;
  await write('repaired.unmerged', await fixtureStore('orbax/e_multiproc2_new/premerge'), unmerged.leaves);
  const whole = trees.find(({ name }) => name.startsWith('b_bias_state_new'))!;
  for (const missing of ['_METADATA', '_sharding', 'commit_success.txt']) {
    const store = memoryStore(missing);
    await saveCheckpoint(store, whole.leaves.map(leafToSave), { handler: 'standard' });
    for (const file of [missing, 'linnet.manifest.json']) await store.delete(file);
    await write(`repaired.without-${missing}`, store, whole.leaves);
  }
  return cases;
}

const FLIPS_PER_OPTION = 12;

/** Copies of a checkpoint with one bit of its data flipped: Python must fail on them, or restore the right bits all the same. */
async function writeDamaged(root: string, trees: readonly TreeSpec[], seed: number): Promise<Omit<Case, 'sharded' | 'resave'>[]> {
  const { leaves } = trees.find(({ name }) => name.startsWith('c_chunks_old'))!;
  const random = randomNumbers(seed);
  const cases: Omit<Case, 'sharded' | 'resave'>[] = [];
  for (const label of ['default', 'gzip', 'zlib', 'files', 'zarr3']) {
    const store = memoryStore(label);
    await saveCheckpoint(store, leaves.map(leafToSave), { ...OPTIONS.find(([name]) => name === label)![1], handler: 'standard' });
    const files = await store.list();
    const data = files.filter(({ key, byteLength }) => byteLength > 1000 && !key.endsWith('_METADATA') && !key.endsWith('.json'));
    for (let i = 0; i < FLIPS_PER_OPTION; i++) {
      const name = `damaged.${label}.${i}`;
      const copy = new NodeDirectoryStore(join(root, name));
      const victim = pick(random, data);
      const at = below(random, victim.byteLength);
      for (const { key } of files) {
        const bytes = (await store.read(key))!;
        if (key === victim.key) bytes[at]! ^= 1 << below(random, 8);
        await copy.write(key, bytes);
      }
      cases.push({ name, directory: join(root, name), leaves });
    }
  }
  return cases;
}

/** Writes every checkpoint that Python is to restore below `root`, and says what they are in `root/plan.json`. */
export async function writeCases(root: string, randomCount: number, seed: number): Promise<number> {
  await rm(root, { recursive: true, force: true });
  await mkdir(root, { recursive: true });
  const trees = await fixtureTrees();
  const cases: Case[] = [];
  for (const tree of trees) {
    for (const [label, option] of OPTIONS) cases.push(await writeCase(root, tree, label, option, label === 'default'));
  }
  for (const [i, tree] of randomTrees(randomCount, seed).entries()) {
    // File systems refuse some names that a database takes.
    const usable = OPTIONS.filter(([, { ocdbt = true }]) => ocdbt);
    const [label, option] = usable[i % usable.length]!;
    cases.push(await writeCase(root, tree, label, option, true));
  }
  const managers = await writeManagers(root, trees);
  cases.push(...(await writeRepaired(root, trees)));
  await writeFile(
    join(root, 'plan.json'),
    JSON.stringify({ cases, managers, guide: await writeGuide(root, trees), damaged: await writeDamaged(root, trees, seed) }),
  );
  return cases.length;
}

function difference(found: { hex?: string; kind: string; dtype?: string }, leaf: LeafSpec): string | undefined {
  if (found.kind !== leaf.kind && !(leaf.kind === 'Tuple' && found.kind === 'List')) return `is a ${found.kind} instead of a ${leaf.kind}`;
  // Orbax restores NumPy scalars as Python's own numbers.
  const becomesPython = leaf.kind === 'scalar' && !['int64', 'float64', 'bool'].includes(leaf.dtype ?? '');
  if (leaf.data === undefined || becomesPython) return undefined;
  const hex = toHex(new Uint8Array(Buffer.from(leaf.data, 'base64')));
  return found.dtype === leaf.dtype && found.hex === hex
    ? undefined
    : `is ${found.dtype} ${found.hex?.slice(0, 40)} instead of ${leaf.dtype} ${hex.slice(0, 40)}`;
}

/** Reads what Python saved at `directory` and names each leaf that is not as it was. NumPy scalars come back from Python as its own numbers. */
export async function compareResaved(directory: string, leaves: readonly LeafSpec[]): Promise<string[]> {
  const place = new CheckpointPath(new NodeDirectoryStore(directory));
  const saved = await openTree(place);
  const found = new Map(await Promise.all(saved.leaves.map(async (leaf) => [leaf.name, await comparableLeaf(saved, leaf)] as const)));
  const problems = leaves.flatMap((leaf) => {
    const other = found.get(leaf.paramName);
    if (other === undefined) return [`${leaf.paramName} is missing`];
    const why = difference(other, leaf);
    return why === undefined ? [] : [`${leaf.paramName} ${why}`];
  });
  if (found.size !== leaves.length) problems.push(`${found.size} leaves instead of ${leaves.length}`);
  const findings = (await verify(place)).filter(({ severity }) => severity === 'error');
  return [...problems, ...findings.map(({ message }) => message)];
}

/** Reads the run that Python went on with: its steps, and the items of the step that Python saved. */
export async function compareContinued(
  directory: string,
  managers: { model: readonly LeafSpec[]; optimizer: readonly LeafSpec[] },
): Promise<string[]> {
  const manager = new CheckpointManager(new CheckpointPath(new NodeDirectoryStore(directory)));
  const steps = await manager.allSteps();
  const { linnet } = await manager.restore(9, Composite({ linnet: JsonRestore() }));
  const problems = [
    ...(await compareResaved(join(directory, '9/model'), managers.model)),
    ...(await compareResaved(join(directory, '9/optimizer'), managers.optimizer)),
  ];
  if (steps.join() !== '7,9') problems.push(`steps ${steps.join()} instead of 7,9`);
  if (linnet.step !== 9) problems.push(`the JSON item is ${JSON.stringify(linnet)}`);
  return problems;
}
