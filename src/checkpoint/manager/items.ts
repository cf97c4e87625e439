import { LinnetError } from '#linnet/core';
import type { ReadableStore } from '#linnet/store';
import { detect, type ItemKind } from '../detect';
import type { Json } from '../json';
import { collectLeaves } from '../leaves';
import { loadIntoTarget, loadWithoutTarget } from '../load';
import { openTree } from '../openTree';
import type { CheckpointPath } from '../paths/checkpointPath';
import { restoreTransformed, warnAboutSharding } from '../pyTreeCheckpointer';
import { warnWithoutTarget } from '../standardCheckpointer';
import type { RestoreArg, SaveArg } from './args';
import type { CheckpointManagerOptions } from './options';
import { DEFAULT_ITEM, type ItemToSave, METRICS_ITEM, readJsonItem } from './stepFiles';

/** A value as JSON text; an InvalidArgumentError when it is none. */
export function toJsonText(value: unknown, what: string): string {
  const text = JSON.stringify(value, (key, part: unknown) => {
    if (typeof part === 'number' && !Number.isFinite(part)) {
      throw new LinnetError('InvalidArgumentError', `${what} holds ${part} at "${key}", which JSON cannot say. Save it as text.`);
    }
    return part;
  });
  if (text === undefined) throw new LinnetError('InvalidArgumentError', `${what} is not a JSON value.`);
  return text;
}

/** Takes a snapshot of what is to be saved. */
export function itemToSave(name: string, arg: SaveArg, { orbax = {}, copyValues = true }: CheckpointManagerOptions): ItemToSave {
  if (arg.type === 'JsonSave') return { kind: 'json', json: toJsonText(arg.item, `The item "${name}"`) };
  return {
    kind: arg.type === 'StandardSave' ? 'standard' : 'pytree',
    leaves: collectLeaves(arg.item, { copy: copyValues }),
    options: orbax,
  };
}

/** Restores one item of the step at `step`. */
export async function restoreItem(step: CheckpointPath, name: string, arg: RestoreArg): Promise<unknown> {
  if (arg.type === 'JsonRestore') return readJsonItem(step.parent.store, step.name, name);
  const place = step.join(name);
  if (arg.type === 'PyTreeRestore' && arg.options.transforms !== undefined) return restoreTransformed(place, arg.item, arg.options);
  const saved = await openTree(place);
  if (arg.item !== undefined && arg.item !== null) return loadIntoTarget(saved, arg.item, arg.options);
  if (arg.type === 'StandardRestore') warnWithoutTarget();
  else warnAboutSharding();
  return loadWithoutTarget(saved, arg.options);
}

/** The items of a step, by what they hold. */
export async function itemsOfStep(step: CheckpointPath): Promise<ReadonlyMap<string, ItemKind>> {
  const found = await detect(step);
  const items = found.kind === 'step' || found.kind === 'v1' ? new Map(found.items) : new Map<string, ItemKind>();
  if (await hasMetrics(step.store)) items.set(METRICS_ITEM, 'json');
  return items;
}

const hasMetrics = async (store: ReadableStore): Promise<boolean> => (await store.byteLength(`${METRICS_ITEM}/metrics`)) !== undefined;

/** Restores an item as it was saved, without a target and without a warning: the whole step was asked for. */
async function restoreAsSaved(step: CheckpointPath, name: string, kind: ItemKind): Promise<unknown | Json> {
  if (kind === 'json') return readJsonItem(step.parent.store, step.name, name);
  return loadWithoutTarget(await openTree(step.join(name)));
}

/** Everything in a step as it was saved: its only item itself, or an object of all items. */
export async function restoreEverything(step: CheckpointPath): Promise<unknown> {
  const items = await itemsOfStep(step);
  const trees = [...items].filter(([name]) => name !== METRICS_ITEM);
  const [only] = trees;
  if (trees.length === 1 && only![0] === DEFAULT_ITEM) return restoreAsSaved(step, ...only!);
  const result = Object.create(null) as Record<string, unknown>;
  for (const [name, kind] of items) result[name] = await restoreAsSaved(step, name, kind);
  return result;
}

/** `name`, if a directory can have it; an InvalidArgumentError otherwise. */
export function checkItemName(name: string): string {
  if (/^[^/\\]+$/.test(name) && name !== '.' && name !== '..') return name;
  throw new LinnetError('InvalidArgumentError', `An item is a directory, but ${JSON.stringify(name)} cannot name one.`);
}
