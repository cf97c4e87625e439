import { CheckpointPath } from '#linnet/checkpoint';
import type { GuideOutput } from '#linnet/core';
import * as nnx from '#linnet/nnx';
import { DeviceArray } from '#linnet/tensor';
import { displayNode } from '../modelDescription';

async function filesOf(place: CheckpointPath): Promise<{ path: string; byteLength: number }[]> {
  const listed = await place.store.list();
  return listed.map(({ key, byteLength }) => ({ path: `${place.name}/${key}`, byteLength }));
}

/** A value that a section shows, as plain data for the page. */
export async function guideOutput(label: string, shown: unknown): Promise<GuideOutput> {
  const value = await shown;
  if (value instanceof Blob) return { kind: 'file', label, blob: value };
  if (value instanceof CheckpointPath) return { kind: 'files', label, files: await filesOf(value) };
  if (value instanceof DeviceArray) return { kind: 'tree', label, tree: displayNode((await nnx.display(value)).tree) };
  if (typeof value === 'object' && value !== null && 'tree' in value) {
    return { kind: 'tree', label, tree: displayNode((value as nnx.Display).tree) };
  }
  return { kind: 'text', label, text: String(value) };
}
