import { LinnetError } from '#linnet/core';
import {
  directoryHandleStore,
  fileListStore,
  httpStore,
  indexedDbStore,
  memoryStore,
  opfsStore,
  type PickedFile,
  type ReadableStore,
} from '#linnet/store';
import { openFile } from './archives';
import { CheckpointPath } from './checkpointPath';
import { libraryPath } from './libraryStore';
import { webFolder } from './webFolder';

/** What `path` accepts: a path in text, a folder or a file that the person chose, a list of files, a store, or a path itself. */
export type PathLike = string | CheckpointPath | ReadableStore | FileSystemDirectoryHandle | Blob | Iterable<File | PickedFile>;

/** Finds the store for a path in text; undefined when the text is none of its paths. */
export type PathScheme = (text: string) => CheckpointPath | undefined | Promise<CheckpointPath | undefined>;

const memory = memoryStore('memory:/');
const extraSchemes: PathScheme[] = [];

/** Adds a kind of path, e.g. directories in Node. Schemes added later are asked first. */
export function registerPathScheme(scheme: PathScheme): void {
  extraSchemes.unshift(scheme);
}

function httpPath(text: string): CheckpointPath {
  const url = new URL(text);
  const file = /\.(safetensors|npz|zip)$/i.exec(url.pathname);
  if (file === null) return new CheckpointPath(webFolder(text));
  const name = url.pathname.slice(url.pathname.lastIndexOf('/') + 1);
  return new CheckpointPath(httpStore(new URL('.', url).href), decodeURIComponent(name));
}

const BUILT_IN: Readonly<Record<string, (rest: string, text: string) => CheckpointPath | Promise<CheckpointPath>>> = {
  library: (rest) => libraryPath(rest),
  memory: (rest) => new CheckpointPath(memory, rest),
  opfs: (rest) => new CheckpointPath(opfsStore(), rest),
  indexeddb: (rest) => {
    const [database = '', ...below] = rest.split('/').filter((part) => part !== '');
    if (database === '') throw new LinnetError('InvalidArgumentError', 'An IndexedDB path needs the name of a database: indexeddb:/name.');
    return new CheckpointPath(indexedDbStore(database), below.join('/'));
  },
  http: (_, text) => httpPath(text),
  https: (_, text) => httpPath(text),
};

async function fromText(text: string): Promise<CheckpointPath> {
  for (const scheme of extraSchemes) {
    const found = await scheme(text);
    if (found !== undefined) return found;
  }
  const match = /^([a-z]+):\/+(.*)$/i.exec(text);
  const make = match === null ? undefined : BUILT_IN[match[1]!.toLowerCase()];
  if (make !== undefined) return make(match![2]!, text);
  throw new LinnetError(
    'InvalidArgumentError',
    `The path ${JSON.stringify(text)} names no store. Write memory:/…, opfs:/…, indexeddb:/name/…, library:/run/… or https://…, or pass a folder handle, a File or a FileList.`,
  );
}

const isStore = (value: object): value is ReadableStore => 'read' in value && 'list' in value && 'byteLength' in value;

/** The place that `source` names. Nothing is read but, for a zip File, its directory. */
export async function path(source: PathLike): Promise<CheckpointPath> {
  if (source instanceof CheckpointPath) return source;
  if (typeof source === 'string') return fromText(source);
  if (source instanceof Blob) return openFile(source);
  if ('kind' in source && source.kind === 'directory') return new CheckpointPath(directoryHandleStore(source));
  if (isStore(source)) return new CheckpointPath(source);
  if (Symbol.iterator in source) return new CheckpointPath(fileListStore(source));
  throw new LinnetError('InvalidArgumentError', `This is no path, folder, file or store: ${String(source)}.`);
}
