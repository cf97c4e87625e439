import { args, CheckpointManager, CheckpointPath, openTree, type SavedLeaf, StandardCheckpointer } from '#linnet/checkpoint';
import { decodeUtf8, type HostArray, hostArray, LinnetError, typedView } from '#linnet/core';
import * as nnx from '#linnet/nnx';
import { GatheringStore, type HeldBytes } from '#linnet/store';
import type { OwnRows } from './data/load';
import { parseRecord, type RunRecord } from './runRecord';
import type { StepContent } from './stepContent';
import type { TrainingState } from './trainingState';

/** Files of a step, by their path inside the step's directory. */
export type StepFiles = ReadonlyMap<string, HeldBytes>;

/** The model's state cut into what Flax users save apart: parameters and statistics, and random streams. */
export function splitModel(model: nnx.State): { model: nnx.State; rngs: nnx.State } {
  const [rngs, rest] = nnx.splitState(model, nnx.RngState, true) as [nnx.State, nnx.State];
  return { model: rest, rngs };
}

/** The person's own rows as a tree: an array `[rows, columns]` and, as text, what it means. */
function ownTree({ values, ...meaning }: OwnRows): { values: HostArray; meaning: string } {
  const { columns } = meaning;
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { values: hostArray('float32', [values.length / columns.length, columns.length], bytes), meaning: JSON.stringify(meaning) };
}

/**
 * The files of an Orbax manager step: items `model`, `optimizer`, `rngs`, the JSON item `linnet`, and `data` for the person's own rows,
 * which exist nowhere else. They are made of the arrays' own memory, which must not change until the files are written.
 */
export async function writeStep({ model, optimizer, rngs, record, own }: StepContent): Promise<StepFiles> {
  const store = new GatheringStore('memory:/step');
  const manager = new CheckpointManager(new CheckpointPath(store), { asyncCheckpointing: false, copyValues: false });
  await manager.save(
    record.step,
    args.Composite({
      model: args.StandardSave(model),
      optimizer: args.StandardSave(optimizer),
      rngs: args.StandardSave(rngs),
      linnet: args.JsonSave(record),
      ...(own === undefined ? {} : { data: args.StandardSave(ownTree(own)) }),
    }),
  );
  await manager.close();
  return store.files(`${record.step}/`);
}

/** The JSON item `linnet` of the step at `place`. */
export async function readRecord(place: CheckpointPath): Promise<RunRecord> {
  const bytes = await place.join('linnet').store.read('metadata');
  if (bytes === undefined) {
    throw new LinnetError('CheckpointNotFoundError', `${place} has no item "linnet": it is no step that Linnet saved.`);
  }
  const text = decodeUtf8(bytes, 'The item "linnet"');
  try {
    return parseRecord(JSON.parse(text));
  } catch (cause) {
    if (cause instanceof LinnetError) throw cause.within(String(place));
    throw new LinnetError('CorruptFileError', `${place}: the item "linnet" is no JSON.`, { cause });
  }
}

/** The arrays of the step at `place`, in the form of `target`; every path that differs is named in one error. */
export async function readState(place: CheckpointPath, target: TrainingState): Promise<TrainingState> {
  const checkpointer = new StandardCheckpointer();
  const wanted = splitModel(target.model);
  const model = await checkpointer.restore(place.join('model'), wanted.model);
  const rngs = await checkpointer.restore(place.join('rngs'), wanted.rngs);
  const optimizer = await checkpointer.restore(place.join('optimizer'), target.optimizer);
  return { model: nnx.mergeState(model, rngs), optimizer };
}

/** The person's own rows of the step at `place`; undefined when it has none. */
export async function readOwnRows(place: CheckpointPath): Promise<OwnRows | undefined> {
  const data = place.join('data');
  if (!(await data.exists())) return undefined;
  const tree = await openTree(data);
  const leaf = (name: string): SavedLeaf | undefined => tree.leaves.find((candidate) => candidate.name === name);
  const [values, meaning] = [leaf('values'), leaf('meaning')?.text];
  if (values?.array?.dtype !== 'float32' || meaning === undefined) {
    throw new LinnetError('CorruptFileError', `${data} does not hold rows as Linnet saves them.`);
  }
  return { ...parseMeaning(meaning, data), values: typedView(await tree.readArray(values)) as Float32Array };
}

function parseMeaning(text: string, place: CheckpointPath): Omit<OwnRows, 'values'> {
  try {
    const meaning = JSON.parse(text) as Omit<OwnRows, 'values'>;
    const isText = (list: readonly unknown[]): boolean => list.every((part) => typeof part === 'string');
    if (isText([meaning.name, ...meaning.columns, ...meaning.classNames])) return meaning;
  } catch (cause) {
    throw new LinnetError('CorruptFileError', `${place}: what the columns mean is no JSON.`, { cause });
  }
  throw new LinnetError('CorruptFileError', `${place}: what the columns mean is not said in text.`);
}
