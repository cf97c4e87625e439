import { type CheckpointPath, exportFile, exportZip } from '#linnet/checkpoint';

/** A file to download. */
export interface ExportedFile {
  readonly name: string;
  readonly blob: Blob;
}

/** A name that every file system takes: characters with a meaning in paths become dashes. */
const fileName = (name: string): string => name.replace(/[\\/:*?"<>|]+/g, '-').trim() || 'run';

async function collect(pieces: AsyncIterable<Uint8Array>, type: string): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of pieces) parts.push(piece.slice());
  return new Blob(parts, { type });
}

/** The step at `place` as a zip of `<run name>/<step>/…` that Orbax restores, or its parameters alone as one file. */
export async function exportStep(
  place: CheckpointPath,
  runName: string,
  step: number,
  format: 'orbax' | 'safetensors' | 'npz',
): Promise<ExportedFile> {
  const run = fileName(runName);
  if (format !== 'orbax') {
    return { name: `${run}-${step}.${format}`, blob: await collect(exportFile(place.join('model'), format), 'application/octet-stream') };
  }
  return { name: `${run}-${step}.zip`, blob: await collect(exportZip(place, { directory: `${run}/${step}` }), 'application/zip') };
}
