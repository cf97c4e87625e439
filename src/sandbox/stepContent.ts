import { asJaxArray } from '#linnet/checkpoint';
import { flatten, type HostArray, type TreeStructure } from '#linnet/core';
import type { Array as JaxArray } from '#linnet/tensor';
import type { OwnRows } from './data/load';
import type { RunRecord } from './runRecord';
import { splitModel } from './stepItems';
import type { TrainingState } from './trainingState';

/** A tree of host arrays in plain objects and lists: what can be posted to another thread. */
export type HostTree = unknown;

/** Everything a saved step is, fetched from the device. */
export interface StepContent {
  readonly model: HostTree;
  readonly optimizer: HostTree;
  readonly rngs: HostTree;
  readonly record: RunRecord;
  readonly own?: OwnRows | undefined;
}

/** Told how many arrays of how many are fetched. */
export type OnFetched = (leavesDone: number, leavesTotal: number) => void;

/** `structure` with `leaves` as its leaves, in containers that have no class. */
function plainTree({ type, tag, keys, children }: TreeStructure, leaves: Iterator<unknown>): HostTree {
  if (type === 'leaf') return leaves.next().value;
  if (type === 'none') return null;
  const values = children.map((child) => plainTree(child, leaves));
  return tag === 'array' ? values : Object.fromEntries(keys.map((key, i) => [String(key), values[i]]));
}

/** Bytes that are on their way from the device at once: arrays that are fetched one by one would each wait for the steps in between. */
const FETCHED_AT_ONCE = 8 * 1024 * 1024;

/** The arrays in host memory, in order; a few at a time, so that copying them never holds the thread for long. */
export async function fetchAll(arrays: readonly JaxArray[], onFetched: OnFetched): Promise<HostArray[]> {
  const fetched: HostArray[] = [];
  for (let from = 0; from < arrays.length; from = fetched.length) {
    let to = from + 1;
    for (let bytes = arrays[from]!.nbytes; to < arrays.length && bytes + arrays[to]!.nbytes <= FETCHED_AT_ONCE; to++)
      bytes += arrays[to]!.nbytes;
    const some = await Promise.all(arrays.slice(from, to).map((array) => array.toHost()));
    fetched.push(...some.map(asJaxArray));
    onFetched(fetched.length, arrays.length);
  }
  return fetched;
}

/** Fetches what a run is at a step. */
export async function fetchContent(
  state: TrainingState,
  record: RunRecord,
  own: OwnRows | undefined,
  onFetched: OnFetched = () => {},
): Promise<StepContent> {
  const { model, rngs } = splitModel(state.model);
  const trees = { model, optimizer: state.optimizer, rngs };
  const { leaves, structure } = flatten(trees);
  const fetched = await fetchAll(leaves as JaxArray[], onFetched);
  const content = plainTree(structure, fetched[Symbol.iterator]()) as Pick<StepContent, 'model' | 'optimizer' | 'rngs'>;
  return { ...content, record, own };
}

/** The memory that holds the arrays of a step, which can be handed to another thread without a copy. */
export function buffersOf({ model, optimizer, rngs }: StepContent): ArrayBuffer[] {
  const { leaves } = flatten(
    { model, optimizer, rngs },
    { isLeaf: (value) => value !== null && typeof value === 'object' && 'data' in value },
  );
  return [...new Set((leaves as HostArray[]).map(({ data }) => data.buffer as ArrayBuffer))];
}
