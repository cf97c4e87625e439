import { encodeUtf8, LinnetError } from '#linnet/core';
import type { ReadableStore, WritableStore } from '#linnet/store';
import { prefixed } from '#linnet/store';
import { TEMPORARY_MARK } from '../detect';
import { asObject, type Json, parseJson } from '../json';
import {
  type CheckpointMetadata,
  encodeCheckpointMetadata,
  ITEM_HANDLERS,
  nowNsecs,
  parseCheckpointMetadata,
} from '../orbax/checkpointMetadata';
import { COMMIT_FILE, type LeavesAndOptions, writeOrbaxItem } from '../saveOrbax';
import type { CheckpointInfo, Metrics } from './checkpointInfo';
import type { StepNames } from './stepNames';

/** The item that holds a step's metrics. */
export const METRICS_ITEM = 'metrics';
/** The item of a step that was saved without names. */
export const DEFAULT_ITEM = 'default';

/** One item of a step, ready to be written. */
export type ItemToSave =
  | ({ readonly kind: 'standard' | 'pytree' } & LeavesAndOptions)
  | {
      readonly kind: 'json';
      readonly json: string;
      /** Name of the file in the item's directory. Default `metadata`; metrics are in `metrics`. */
      readonly file?: string;
    };

const nsecsToMs = (nsecs: bigint): number => Number(nsecs / 1_000_000n);

/**
 * Writes one step: its items, then the file that says it is complete. Until then the step's `_CHECKPOINT_METADATA` has no commit time,
 * which is how an interrupted save is recognised.
 */
export async function writeStep(store: WritableStore, items: ReadonlyMap<string, ItemToSave>): Promise<void> {
  const metadata: CheckpointMetadata = {
    itemHandlers: new Map([...items].map(([name, { kind }]) => [name, ITEM_HANDLERS[kind]])),
    initTimestampNsecs: nowNsecs(),
    commitTimestampNsecs: undefined,
    customMetadata: {},
  };
  await store.write('_CHECKPOINT_METADATA', encodeCheckpointMetadata(metadata));
  for (const [name, item] of items) {
    const itemStore = prefixed(store, `${name}/`);
    if (item.kind === 'json') await itemStore.write(item.file ?? 'metadata', encodeUtf8(item.json));
    else await writeOrbaxItem(itemStore, item.leaves, item.options);
  }
  await store.write('_CHECKPOINT_METADATA', encodeCheckpointMetadata({ ...metadata, commitTimestampNsecs: nowNsecs() }));
  await store.write(COMMIT_FILE, encodeUtf8('Checkpoint commit was successful.'));
}

async function readMetadata(store: ReadableStore, directory: string): Promise<CheckpointMetadata | undefined> {
  const bytes = await store.read(`${directory}/_CHECKPOINT_METADATA`);
  if (bytes === undefined) return undefined;
  try {
    return parseCheckpointMetadata(bytes);
  } catch {
    // Orbax restores beside a damaged file of this name; a step is not lost for it.
    return undefined;
  }
}

/** The metrics saved with a step; null when there are none. */
export async function readMetrics(store: ReadableStore, directory: string): Promise<Metrics | null> {
  const file = `${directory}/${METRICS_ITEM}/metrics`;
  const bytes = (await store.read(file)) ?? (await store.read(`${directory}/${METRICS_ITEM}/metadata`));
  return bytes === undefined ? null : asObject(parseJson(bytes, file), file);
}

/** A JSON item of a step. */
export async function readJsonItem(store: ReadableStore, directory: string, item: string): Promise<Json> {
  const names = item === METRICS_ITEM ? ['metrics', 'metadata'] : ['metadata'];
  for (const name of names) {
    const bytes = await store.read(`${directory}/${item}/${name}`);
    if (bytes !== undefined) return parseJson(bytes, `${directory}/${item}/${name}`);
  }
  throw new LinnetError('CheckpointNotFoundError', `The step ${directory} of ${store.name} has no JSON item "${item}".`);
}

function isFinished(files: readonly string[], metadata: CheckpointMetadata | undefined): boolean {
  if (files.some((file) => file.includes(TEMPORARY_MARK))) return false;
  // Files written by hand may lack the metadata or its times; only a start without an end says that a save was interrupted.
  return metadata?.initTimestampNsecs === undefined || metadata.commitTimestampNsecs !== undefined;
}

/** Every finished step below a manager's root, by number, with its time and its metrics. */
export async function readSteps(store: ReadableStore, names: StepNames): Promise<CheckpointInfo[]> {
  const directories = new Map<string, string[]>();
  for (const { key } of await store.list()) {
    const [directory = '', ...rest] = key.split('/');
    if (rest.length === 0 || names.stepOf(directory) === undefined) continue;
    const files = directories.get(directory);
    if (files === undefined) directories.set(directory, [rest.join('/')]);
    else files.push(rest.join('/'));
  }
  const steps: CheckpointInfo[] = [];
  for (const [directory, files] of directories) {
    const metadata = await readMetadata(store, directory);
    if (!isFinished(files, metadata)) continue;
    const time = metadata?.commitTimestampNsecs;
    steps.push({
      step: names.stepOf(directory)!,
      timeMs: time === undefined ? 0 : nsecsToMs(time),
      metrics: await readMetrics(store, directory),
    });
  }
  return steps.sort((a, b) => a.step - b.step);
}
