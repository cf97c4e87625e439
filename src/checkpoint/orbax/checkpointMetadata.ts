import { encodeUtf8 } from '#linnet/core';
import { asObject, isObject, type Json, type JsonObject, member, parseJson } from '../json';

const HANDLERS = 'orbax.checkpoint._src.handlers.';

/** What Orbax calls the handler of an item; `manager.restore(step)` without args works only when the step names it. */
export const ITEM_HANDLERS = {
  standard: `${HANDLERS}standard_checkpoint_handler.StandardCheckpointHandler`,
  pytree: `${HANDLERS}pytree_checkpoint_handler.PyTreeCheckpointHandler`,
  json: `${HANDLERS}json_checkpoint_handler.JsonCheckpointHandler`,
} as const;

/** The file `_CHECKPOINT_METADATA`: facts about one checkpoint or one step. Times are nanoseconds since 1970. */
export interface CheckpointMetadata {
  /** One handler, or one for each item of a step. */
  readonly itemHandlers: string | ReadonlyMap<string, string> | undefined;
  readonly initTimestampNsecs: bigint | undefined;
  /** Missing while the checkpoint is unfinished. */
  readonly commitTimestampNsecs: bigint | undefined;
  readonly customMetadata: Json;
}

/** Timestamps exceed 2^53, so they are turned into text before the parser sees them. */
const quoteTimestamps = (text: string): string => text.replace(/("(?:init|commit)_timestamp_nsecs"\s*:\s*)(\d{1,20})/g, '$1"$2"');

const timestamp = (value: Json | undefined): bigint | undefined =>
  typeof value === 'string' && /^\d{1,20}$/.test(value) ? BigInt(value) : undefined;

function parseHandlers(value: Json | undefined): CheckpointMetadata['itemHandlers'] {
  if (typeof value === 'string') return value;
  if (!isObject(value)) return undefined;
  return new Map(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** Reads `_CHECKPOINT_METADATA` of any Orbax version; members it does not know are left out. */
export function parseCheckpointMetadata(bytes: Uint8Array): CheckpointMetadata {
  const file = asObject(parseJson(bytes, '_CHECKPOINT_METADATA', quoteTimestamps), '_CHECKPOINT_METADATA');
  return {
    itemHandlers: parseHandlers(member(file, 'item_handlers')),
    initTimestampNsecs: timestamp(member(file, 'init_timestamp_nsecs')),
    commitTimestampNsecs: timestamp(member(file, 'commit_timestamp_nsecs')),
    customMetadata: member(file, 'custom_metadata') ?? null,
  };
}

/** Bytes of `_CHECKPOINT_METADATA`. */
export function encodeCheckpointMetadata({
  itemHandlers,
  initTimestampNsecs,
  commitTimestampNsecs,
  customMetadata,
}: CheckpointMetadata): Uint8Array {
  const handlers: Json = typeof itemHandlers === 'object' ? (Object.fromEntries(itemHandlers) as JsonObject) : (itemHandlers ?? null);
  const fields = [
    `"item_handlers": ${JSON.stringify(handlers)}`,
    '"metrics": {}',
    '"performance_metrics": {}',
    `"init_timestamp_nsecs": ${initTimestampNsecs ?? 'null'}`,
    `"commit_timestamp_nsecs": ${commitTimestampNsecs ?? 'null'}`,
    `"custom_metadata": ${JSON.stringify(customMetadata ?? {})}`,
  ];
  return encodeUtf8(`{${fields.join(', ')}}`);
}

/** Now, in nanoseconds since 1970, as Orbax counts. */
export const nowNsecs = (): bigint => BigInt(Date.now()) * 1_000_000n;
