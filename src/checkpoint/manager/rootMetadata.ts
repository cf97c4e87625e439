import { encodeUtf8 } from '#linnet/core';
import type { ReadableStore } from '#linnet/store';
import { asObject, isObject, type JsonObject, member, parseJson } from '../json';
import type { CheckpointPath } from '../paths/checkpointPath';

const FILE = 'metadata/_ROOT_METADATA';

/** What was kept beside the steps; `{}` when nothing was. Orbax has written three shapes of this file. */
export async function readRootMetadata(store: ReadableStore): Promise<JsonObject> {
  const bytes = await store.read(FILE);
  if (bytes === undefined) return {};
  const file = asObject(parseJson(bytes, FILE), FILE);
  const custom = member(file, 'custom_metadata') ?? member(file, 'custom');
  return isObject(custom) ? custom : {};
}

/** Writes it, unless there is nothing to write or an earlier run already did. */
export async function writeRootMetadata(place: CheckpointPath, custom: Readonly<Record<string, unknown>> | undefined): Promise<void> {
  if (custom === undefined || (await place.store.byteLength(FILE)) !== undefined) return;
  await place.write((store) => store.write(FILE, encodeUtf8(JSON.stringify({ internal_metadata: {}, custom_metadata: custom }))));
}
