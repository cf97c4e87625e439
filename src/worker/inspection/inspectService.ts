import { type SavedLeaf, verify } from '#linnet/checkpoint';
import {
  type ByteCheck,
  type ForeignArrays,
  type InspectReport,
  itemByteLength,
  type LeafInfo,
  type LeafStatistics,
  LinnetError,
  leafStatistics,
  type MatchReport,
  type ModelLeaves,
  type Path,
  type Repairs,
  sizeOf,
} from '#linnet/core';
import type { InspectApi, InspectStage } from '../inspectProtocol';
import type { OwnData, Upload } from '../protocol';
import { fittingOptimizer, foreignArrays, matchItem } from './foreignArrays';
import { labelledRows } from './labelledRows';
import { NO_REPAIRS } from './matchTree';
import { provenance } from './provenance';
import { type Located, locate, type OpenItem, openItems } from './upload';

/** Time between two signs of life, ms. */
const ALIVE_MS = 250;

interface Opened {
  readonly located: Located;
  readonly items: readonly OpenItem[];
  /** Leaves of each item that was asked about, by path: an upload may have tens of thousands. */
  readonly leaves: Map<OpenItem, ReadonlyMap<string, SavedLeaf>>;
}

const pathKey = (path: Path): string => JSON.stringify(path);

function leafInfo({ path, valueType, array, text }: SavedLeaf): LeafInfo {
  const shape = array?.shape ?? null;
  const kind = array === undefined ? (text === undefined ? 'none' : 'string') : valueType === 'scalar' ? 'scalar' : 'array';
  return {
    path: path.map(({ key }) => key),
    kind,
    dtype: array?.dtype ?? null,
    shape,
    byteLength: array === undefined ? 0 : sizeOf(array.shape) * itemByteLength(array.dtype),
    text: text ?? null,
  };
}

/** An allocation that fails is no bug of ours: the file is larger than the memory there is. */
async function withinMemory<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new LinnetError('LimitExceededError', `"${name}" needs more memory than this tab may have (${cause.message}).`, { cause });
  }
}

/** The inspector's end of the boundary: one upload, opened once. */
export class InspectService implements InspectApi {
  #name = '';
  #opened: Opened | null = null;
  #stage: InspectStage = 'idle';

  async open(upload: Upload, alive: (stage: InspectStage) => void): Promise<InspectReport> {
    this.#name = upload.name;
    setInterval(() => alive(this.#stage), ALIVE_MS);
    return this.#during('finding out what it is', async () => {
      const located = await locate(upload);
      this.#stage = 'reading its tree';
      const items = await openItems(located.step);
      this.#opened = { located, items, leaves: new Map() };
      return {
        id: `${upload.name} ${performance.timeOrigin}`,
        name: upload.name,
        byteLength: located.byteLength,
        items: items.map(({ name, tree }) => ({ name, leaves: tree.leaves.map(leafInfo) })),
        ...(await provenance(located, items)),
      };
    });
  }

  check(): Promise<ByteCheck> {
    return this.#during('checking its bytes', async () => {
      const { located, items } = this.#here;
      const found = await verify(located.place);
      const prefix = located.found.kind === 'manager' ? `${located.found.steps.at(-1)}/` : '';
      const bare = new Set(found.filter(({ code }) => code === 'unchecked').map(({ where }) => where));
      const leaves = items.flatMap(({ name, tree }) =>
        tree.leaves.map((leaf) => ({ name, tree, leaf, where: `${prefix}${name === '' ? '' : `${name}/`}${leaf.name}` })),
      );
      const unchecked = leaves
        .filter(({ tree, where }) => tree.layout === 'safetensors' || tree.layout === 'json' || bare.has(where))
        .map(({ name, leaf }) => [name, leaf.path.map(({ key }) => key)] as const);
      const ofLeaves = new Set(leaves.map(({ where }) => where));
      const findings = found
        .filter(({ code, where }) => code !== 'unchecked' || !ofLeaves.has(where))
        .map(({ severity, code, where, message }) => ({ severity, code, where, message }));
      return { findings, unchecked };
    });
  }

  labelledRows(): Promise<OwnData | null> {
    return this.#during('reading arrays', async () => {
      const [only, ...others] = this.#here.items;
      return only === undefined || others.length > 0 ? null : labelledRows(this.#name, only.tree);
    });
  }

  leafStatistics(item: string, path: Path): Promise<LeafStatistics> {
    return this.#during('reading arrays', async () => {
      const opened = this.#item(item);
      const leaf = this.#leaf(opened, path);
      if (leaf?.array === undefined) {
        throw new LinnetError('CheckpointNotFoundError', `The upload has no array at ${[item, ...path].join('.')}.`);
      }
      return leafStatistics(await opened.tree.readArray(leaf));
    });
  }

  async match(name: string | null, leaves: ModelLeaves, repairs: Repairs): Promise<MatchReport & { readonly item: string }> {
    const { items } = this.#here;
    const item = name === null ? this.#bestItem(leaves) : this.#item(name);
    const { rows, wrapper } = matchItem(item, leaves, repairs);
    const optimizer = fittingOptimizer(items, leaves);
    return { item: item.name, rows, wrapper, optimizerFits: optimizer === undefined ? null : optimizer !== null };
  }

  arrays(item: string, leaves: ModelLeaves, repairs: Repairs): Promise<ForeignArrays> {
    return this.#during('reading arrays', () => foreignArrays(this.#name, this.#item(item), this.#here.items, leaves, repairs));
  }

  get #here(): Opened {
    if (this.#opened !== null) return this.#opened;
    throw new LinnetError('InvalidArgumentError', 'No upload is open here: call open first.');
  }

  #item(name: string): OpenItem {
    const item = this.#here.items.find((candidate) => candidate.name === name);
    if (item !== undefined) return item;
    const there = this.#here.items.map((candidate) => candidate.name).join(', ') || 'none';
    throw new LinnetError('CheckpointNotFoundError', `"${this.#name}" has no tree of arrays called "${name}". Items: ${there}.`);
  }

  #leaf(item: OpenItem, path: Path): SavedLeaf | undefined {
    const { leaves } = this.#here;
    let byPath = leaves.get(item);
    if (byPath === undefined) {
      byPath = new Map(item.tree.leaves.map((leaf) => [pathKey(leaf.path.map(({ key }) => key)), leaf]));
      leaves.set(item, byPath);
    }
    return byPath.get(pathKey(path));
  }

  /** The item whose leaves fit best. */
  #bestItem(leaves: ModelLeaves): OpenItem {
    const { items } = this.#here;
    const fitting = items.map((item) => matchItem(item, leaves, NO_REPAIRS).fitting);
    const best = items[fitting.indexOf(Math.max(...fitting))];
    if (best !== undefined) return best;
    throw new LinnetError('CheckpointNotFoundError', `"${this.#name}" has no tree of arrays.`);
  }

  async #during<T>(stage: InspectStage, work: () => Promise<T>): Promise<T> {
    this.#stage = stage;
    try {
      return await withinMemory(this.#name, work);
    } finally {
      this.#stage = 'idle';
    }
  }
}
