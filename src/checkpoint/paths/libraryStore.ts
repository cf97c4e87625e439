import { LinnetError } from '#linnet/core';
import {
  type ByteRange,
  type ByteSource,
  type Library,
  openLibrary,
  type ReadableStore,
  type StepStore,
  type StoreEntry,
} from '#linnet/store';
import type { AtomicStore, CommitFacts } from './atomicStore';
import { CheckpointPath } from './checkpointPath';

/** A key of the library: run, step and file below it. */
interface Place {
  readonly run: string;
  readonly step: number | undefined;
  readonly file: string;
}

function placeOf(key: string): Place {
  const [run = '', step, ...rest] = key.split('/');
  return { run, step: step !== undefined && /^(0|[1-9]\d{0,15})$/.test(step) ? Number(step) : undefined, file: rest.join('/') };
}

/** The durable library as a store with the keys `<run>/<step>/<file>`. Checkpoints go in and out as whole steps. */
class LibraryStore implements AtomicStore {
  readonly name = 'library:/';
  readonly #library: Library;
  #opened: StepStore | undefined;

  constructor(library: Library) {
    this.#library = library;
  }

  async read(key: string, range?: ByteRange): Promise<Uint8Array | undefined> {
    return this.#inStep(key, (store, file) => store.read(file, range));
  }

  async byteLength(key: string): Promise<number | undefined> {
    return this.#inStep(key, (store, file) => store.byteLength(file));
  }

  async #inStep<T>(key: string, look: (store: ReadableStore, file: string) => Promise<T | undefined>): Promise<T | undefined> {
    const { run, step, file } = placeOf(key);
    const found = step === undefined || file === '' ? undefined : await this.#library.findStep(run, step);
    if (found === undefined) return undefined;
    // Files are read one after another; what an opened step knows of its bytes serves the next.
    const opened = this.#opened?.info.id === found.id ? this.#opened : await this.#library.openStep(run, found.step);
    this.#opened = opened;
    return look(opened, file);
  }

  async list(prefix = ''): Promise<StoreEntry[]> {
    const runs = await this.#library.listRuns();
    const matching = runs.filter(({ name }) => `${name}/`.startsWith(prefix) || prefix.startsWith(`${name}/`));
    const lists = await Promise.all(matching.map(({ name }) => this.#filesOf(name)));
    return lists
      .flat()
      .filter(({ key }) => key.startsWith(prefix))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  async #filesOf(run: string): Promise<StoreEntry[]> {
    const steps = await this.#library.listSteps(run);
    return steps.flatMap(({ step, files }) => files.map(({ key, byteLength }) => ({ key: `${run}/${step}/${key}`, byteLength })));
  }

  async commitDirectory(key: string, files: ReadonlyMap<string, ByteSource>, facts: CommitFacts): Promise<void> {
    const { run, step, file } = placeOf(key);
    if (run === '' || step === undefined || file !== '') {
      throw new LinnetError(
        'InvalidArgumentError',
        `The library keeps checkpoints as steps of runs: save to library:/<run>/<step>, with the step as a number, not to library:/${key}.`,
      );
    }
    await this.#library.commitStep(run, step, files, { ...facts, replace: true });
  }

  async removeDirectory(key: string, forGood: boolean): Promise<void> {
    const { run, step } = placeOf(key);
    if ((await this.#library.findRun(run)) === undefined) return;
    if (step === undefined) await this.#library.bin(run);
    else if ((await this.#library.findStep(run, step)) === undefined) return;
    else if (forGood) await this.#library.discard(run, [step]);
    else await this.#library.bin(run, step);
  }
}

let current: Promise<Library> | undefined;

/** Says which library `library:/…` means; without it this browser's own is opened at first use. */
export function setLibrary(library: Library | undefined): void {
  current = library === undefined ? undefined : Promise.resolve(library);
}

/** A place in the durable library: `<run>`, `<run>/<step>` or `<run>/<step>/<item>`. */
export async function libraryPath(key: string, library?: Library): Promise<CheckpointPath> {
  if (library !== undefined) return new CheckpointPath(new LibraryStore(library), key);
  current ??= openLibrary();
  try {
    return new CheckpointPath(new LibraryStore(await current), key);
  } catch (cause) {
    // A library that could not be opened may open the next time.
    current = undefined;
    throw cause;
  }
}
