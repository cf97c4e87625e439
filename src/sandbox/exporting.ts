import { type CheckpointPath, exportFile, exportZip } from '#linnet/checkpoint';
import { type ExportFormat, type HostArray, hostArray } from '#linnet/core';
import type { ByteSource } from '#linnet/store';
import { continueInJax, ROWS_FILE, SCRIPT_FILE } from './code/continueInJax';
import { loadDataset } from './data/load';
import { type PreparedData, prepare, type Rows } from './data/prepared';
import { DataOrder } from './dataOrder';
import { runInfo } from './runInfo';
import { readOwnRows, readRecord } from './stepItems';

/** A file to download. */
export interface ExportedFile {
  readonly name: string;
  readonly blob: Blob;
}

/** A name that every file system takes: characters with a meaning in paths become dashes, and none of these nor a dot comes first. */
export const fileName = (name: string): string => name.replace(/[\\/:*?"<>|]+/g, '-').replace(/^[-.\s]+|\s+$/g, '') || 'run';

async function collect(pieces: AsyncIterable<Uint8Array>, type: string): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of pieces) parts.push(piece.slice());
  return new Blob(parts, { type });
}

/** The step at `place` as a zip of `<run name>/<step>/…` that Orbax restores (for JAX with a script and the rows), or its parameters alone as one file. */
export async function exportStep(place: CheckpointPath, runName: string, step: number, format: ExportFormat): Promise<ExportedFile> {
  const run = fileName(runName);
  if (format === 'safetensors' || format === 'npz') {
    return { name: `${run}-${step}.${format}`, blob: await collect(exportFile(place.join('model'), format), 'application/octet-stream') };
  }
  const beside = format === 'jax' ? await besideForJax(place, runName, run) : new Map<string, ByteSource>();
  const zip = await collect(exportZip(place, { directory: `${run}/${step}`, beside }), 'application/zip');
  return { name: `${run}-${step}${format === 'jax' ? '-jax' : ''}.zip`, blob: zip };
}

/** The rows of a run as it sees them, and the Python that goes on with them. */
async function continuation(place: CheckpointPath, runName: string): Promise<{ data: PreparedData; script: string }> {
  const { experiment, run, step } = await readRecord(place);
  const data = prepare(await loadDataset(experiment, await readOwnRows(place)), experiment);
  // What the record says of the model's layers is not believed: it would become code.
  const info = runInfo({ id: run.id, name: runName, parent: null }, experiment, data, run.parameterCount);
  const { batchSize } = new DataOrder(data.train.count, experiment.training.batchSize, experiment.training.seed);
  return { data, script: continueInJax(info, step, batchSize) };
}

/** A Python script that goes on in JAX from the step at `place`; the zip for JAX has it, too. */
export const jaxScript = async (place: CheckpointPath, runName: string): Promise<string> => (await continuation(place, runName)).script;

/** What lies beside the step in the zip for JAX: the script and the rows. */
async function besideForJax(place: CheckpointPath, runName: string, directory: string): Promise<Map<string, ByteSource>> {
  const { data, script } = await continuation(place, runName);
  return new Map<string, ByteSource>([
    [`${directory}/${SCRIPT_FILE}`, new TextEncoder().encode(script)],
    [`${directory}/${ROWS_FILE}`, exportFile(rowsTree(data), 'npz')],
  ]);
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength);

/** Both halves of the split as arrays by name; classes as int32. */
function rowsTree({ dataset, train, test }: PreparedData): Record<string, HostArray> {
  const half = (name: string, { count, inputs, labels }: Rows): [string, HostArray][] => [
    [`${name}_inputs`, hostArray('float32', [count, inputs.length / count], bytesOf(inputs))],
    [
      `${name}_labels`,
      dataset.task === 'classification'
        ? hostArray('int32', [count], bytesOf(Int32Array.from(labels)))
        : hostArray('float32', [count], bytesOf(labels)),
    ],
  ];
  return Object.fromEntries([...half('train', train), ...half('test', test)]);
}
