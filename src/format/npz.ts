import { checkLimit, type HostArray, LIMITS, LinnetError } from '#linnet/core';
import type { ReadableStore } from '#linnet/store';
import { decodeNpyHeader, type NpyHeader, npyArray, npyHeaderByteLength, npyPieces } from './npy';
import type { RandomAccess } from './randomAccess';
import { withinAsync } from './within';
import { openZip } from './zip/reader';
import { type ZipFile, zipArchive } from './zip/writer';

const SUFFIX = '.npy';
/** Bytes read first of each file: NumPy's headers have 128. */
const FIRST_READ = 128;

/** The arrays of an npz file by name. */
export interface NpzFile {
  readonly names: readonly string[];
  /** Dtype and shape; reads the beginning of one file. */
  header(name: string): Promise<NpyHeader>;
  read(name: string): Promise<HostArray>;
}

/** The arrays of an opened zip. Files that are no npy files are an error: what reads half of a file hides the rest. */
export async function npzOf(store: ReadableStore): Promise<NpzFile> {
  const files = new Map<string, number>();
  for (const { key, byteLength } of await store.list()) {
    if (!key.endsWith(SUFFIX))
      throw new LinnetError('UnsupportedFormatError', `${store.name} holds ${JSON.stringify(key)}, which is no npy file.`);
    files.set(key.slice(0, -SUFFIX.length), byteLength);
  }
  checkLimit('arrays', files.size, LIMITS.leaves);
  const part = async (name: string, length: number): Promise<Uint8Array> => {
    const byteLength = files.get(name);
    if (byteLength === undefined) throw new LinnetError('InvalidArgumentError', `${store.name} has no array ${JSON.stringify(name)}.`);
    return (await store.read(name + SUFFIX, { offset: 0, length: Math.min(length, byteLength) }))!;
  };
  const header = (name: string): Promise<NpyHeader> =>
    withinAsync(name, async () => {
      const head = await part(name, FIRST_READ);
      const length = npyHeaderByteLength(head);
      return decodeNpyHeader(length <= head.length ? head : await part(name, length));
    });
  return {
    names: [...files.keys()],
    header,
    read: async (name) => {
      const found = await header(name);
      return withinAsync(name, async () => npyArray(found, (await store.read(name + SUFFIX))!.subarray(found.dataOffset)));
    },
  };
}

/** Opens an npz file, as `numpy.savez` and `savez_compressed` write it. No pickled objects. */
export const openNpz = async (source: RandomAccess): Promise<NpzFile> => npzOf(await openZip(source));

/** An npz file of `arrays` as a stream, readable by `numpy.load`. Errors: DTypeError for dtypes NumPy lacks, InvalidArgumentError for names. */
export function npzArchive(arrays: ReadonlyMap<string, HostArray>): AsyncGenerator<Uint8Array> {
  const files = [...arrays].map(([name, array]): ZipFile => {
    const pieces = npyPieces(array);
    const data = (async function* () {
      yield* pieces;
    })();
    return { name: name + SUFFIX, data, byteLength: pieces[0].length + pieces[1].length };
  });
  return zipArchive(files);
}
