import { isLinnetError } from '#linnet/core';
import { compareKeys } from '../keys';
import { resolveRange } from '../range';
import type { ByteRange, ReadableStore, StoreEntry } from '../store';
import { BlockCache } from './blockCache';
import { checkStepRow } from './checksums';
import { type Context, getStep } from './context';
import { type StepInfo, stepInfo } from './info';
import { noSuchStep } from './names';
import { readChecked } from './placedBytes';
import type { FileRow, StepRow } from './rows';

/** The files of one saved step, read only. Every byte handed out was checked against its saved checksum. */
export interface StepStore extends ReadableStore {
  readonly info: StepInfo;
}

class SavedStep implements StepStore {
  readonly name: string;
  readonly info: StepInfo;
  readonly #context: Context;
  readonly #row: StepRow;
  readonly readsAreCopies = true;
  readonly #files: ReadonlyMap<string, FileRow>;
  readonly #blocks = new BlockCache();

  constructor(context: Context, run: string, row: StepRow) {
    this.#context = context;
    this.#row = row;
    this.name = `library:/${run}/${row.step}`;
    this.info = stepInfo(run, row);
    this.#files = new Map(row.files.map((file) => [file.key, file]));
  }

  async read(key: string, range?: ByteRange): Promise<Uint8Array | undefined> {
    const file = this.#files.get(key);
    if (file === undefined) return undefined;
    const { start, end } = resolveRange(range, file.byteLength, key, this.name);
    try {
      return await readChecked(this.#context.places, this.#row, file, start, end, this.#blocks);
    } catch (cause) {
      if (isLinnetError(cause, 'CorruptFileError') && (await this.#isGone())) throw noSuchStep(this.info.run, this.info.step);
      throw isLinnetError(cause) ? cause.within(this.name) : cause;
    }
  }

  async byteLength(key: string): Promise<number | undefined> {
    return this.#files.get(key)?.byteLength;
  }

  async list(prefix = ''): Promise<StoreEntry[]> {
    const files = this.#row.files.filter(({ key }) => key.startsWith(prefix));
    return files.map(({ key, byteLength }) => ({ key, byteLength })).sort((a, b) => compareKeys(a.key, b.key));
  }

  /** Whether the step was removed for good since it was opened, which leaves its slots to others. */
  async #isGone(): Promise<boolean> {
    const { steps, bin } = await this.#context.catalog.look({ steps: { prefix: '' }, bin: { prefix: '' } });
    const { id } = this.#row;
    return !steps.some((row) => row.id === id) && !bin.some((entry) => entry.kind === 'step' && entry.step.id === id);
  }
}

/** Opens a saved step; a CheckpointNotFoundError when there is none, a CorruptFileError when its entry is damaged. */
export async function openStep(context: Context, run: string, step: number): Promise<StepStore> {
  const { row } = await getStep(context, run, step);
  checkStepRow(row);
  return new SavedStep(context, run, row);
}
