import {
  asJaxArray,
  type CheckpointPath,
  type DeviceArray,
  type MarkedHostArray,
  path,
  registerPathScheme,
  StandardCheckpointer,
} from '../../src/checkpoint';
import { type HostArray, hostArray, LinnetError } from '../../src/core';
import { opfsStore } from '../../src/store';

/** A tree of `count` arrays of `shape`, and how many hold one block together (0: all at the top). */
export interface TreeSize {
  readonly count: number;
  readonly shape: readonly [number, number];
  readonly perBlock: number;
}

/** What one action took. */
export interface Took {
  readonly ms: number;
  readonly leaves: number;
}

/** An array whose elements do not change once it is made, as those on a device: a save need not copy them. */
class FixedArray implements DeviceArray {
  readonly shape: HostArray['shape'];
  readonly dtype: string;
  readonly #host: HostArray;

  constructor(host: HostArray) {
    this.shape = host.shape;
    this.dtype = host.dtype;
    this.#host = host;
  }

  toHost(): Promise<HostArray> {
    return Promise.resolve(this.#host);
  }

  snapshot(): DeviceArray {
    return this;
  }
}

/** Numbers as weights are distributed, so that packing finds as little or as much in them: the sum of four uniform ones. */
function weights(shape: readonly number[], seed: number): HostArray {
  const values = new Float32Array(shape.reduce((size, dim) => size * dim, 1));
  let state = seed + 1;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  for (let i = 0; i < values.length; i++) values[i] = (uniform() + uniform() + uniform() + uniform()) * 0.0346;
  return hostArray('float32', [...shape], new Uint8Array(values.buffer));
}

function makeTree({ count, shape, perBlock }: TreeSize): object {
  const tree: Record<string, unknown> = {};
  for (let i = 0; i < count; i++) {
    const array = new FixedArray(weights(shape, i));
    if (perBlock === 0) tree[`w${i}`] = array;
    else {
      const block = `block_${Math.floor(i / perBlock)}`;
      tree[block] ??= {};
      (tree[block] as Record<string, unknown>)[`leaf_${i % perBlock}`] = array;
    }
  }
  return tree;
}

const isArray = (value: object): value is MarkedHostArray => 'dtype' in value && 'data' in value;

function countArrays(tree: unknown): number {
  if (typeof tree !== 'object' || tree === null) return 0;
  if (isArray(tree)) return asJaxArray(tree).data.byteLength > 0 ? 1 : 0;
  return Object.values(tree).reduce((sum: number, value) => sum + countArrays(value), 0);
}

let held: object = {};

/** Makes the tree that `save` writes; not part of what is timed. */
export function prepare(size: TreeSize): void {
  held = makeTree(size);
}

async function timed(work: () => Promise<number>): Promise<Took> {
  const start = performance.now();
  const leaves = await work();
  return { ms: performance.now() - start, leaves };
}

/** Saves the tree and waits until it is written. */
export function save(place: string): Promise<Took> {
  return timed(async () => {
    const checkpointer = new StandardCheckpointer();
    await checkpointer.save(place, held, { force: true });
    await checkpointer.close();
    return 0;
  });
}

/** Restores every array to main memory. */
export function restore(place: string): Promise<Took> {
  return timed(async () => countArrays(await new StandardCheckpointer().restore(place)));
}

/** Names, shapes and dtypes of all leaves. */
export function metadata(place: string): Promise<Took> {
  return timed(async () => (await new StandardCheckpointer().metadata(place)).leaves.length);
}

/** Copies the checkpoint whose files are served below `url` to `place` in the browser's file system. */
export async function download(url: string, files: readonly string[], place: string): Promise<void> {
  const store = opfsStore();
  for (const file of files) {
    const response = await fetch(`${url}/${file}`);
    if (!response.ok) throw new LinnetError('StorageError', `${url}/${file} is not served.`);
    await store.write(`${place.replace(/^opfs:\/+/, '')}/${file}`, new Uint8Array(await response.arrayBuffer()));
  }
}

/** Removes what was saved at `place`. */
export async function remove(place: string): Promise<void> {
  await (await path(place)).remove();
}

/** Lets paths in text name directories of the file system, as `make` opens them. */
export function useDirectories(make: (text: string) => CheckpointPath): void {
  registerPathScheme((text) => (text.startsWith('/') ? make(text) : undefined));
}
