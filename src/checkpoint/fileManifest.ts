import { encodeUtf8, LinnetError, Sha256, toHex } from '#linnet/core';
import { type ByteSource, HeldBytes, pieces, type ReadableStore, type StoreEntry, type WritableStore } from '#linnet/store';
import { asObject, asString, type JsonObject, member, parseJson } from './json';

/** Lists every file of what Linnet wrote. Orbax ignores it. */
export const FILE_MANIFEST = 'linnet.manifest.json';

/** What is known of one file. `sha256` is missing for data files whose contents carry checksums of their own. */
export interface FileFacts {
  readonly byteLength: number;
  /** In hexadecimal digits. */
  readonly sha256?: string;
}

/** Files by path below the manifest's directory. */
export type FileManifest = ReadonlyMap<string, FileFacts>;

const FORMAT = 'linnet.manifest/1';

const filesText = (files: FileManifest): string =>
  `{${[...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, facts]) => `${JSON.stringify(path)}:${JSON.stringify(facts)}`)
    .join(',')}}`;

const hashText = (text: string): string => toHex(new Sha256().update(encodeUtf8(text)).digest());

/** Bytes of the manifest. It carries a checksum of itself, so that damage to it cannot hide a file. */
export function encodeFileManifest(files: FileManifest): Uint8Array {
  const text = filesText(files);
  return encodeUtf8(`{"format":"${FORMAT}","files":${text},"sha256":"${hashText(text)}"}`);
}

function parseFacts(path: string, json: JsonObject): FileFacts {
  const byteLength = member(json, 'byteLength');
  const sha256 = member(json, 'sha256');
  if (typeof byteLength !== 'number')
    throw new LinnetError('CorruptFileError', `${FILE_MANIFEST} gives no size for ${JSON.stringify(path)}.`);
  return { byteLength, ...(sha256 === undefined ? {} : { sha256: asString(sha256, `${FILE_MANIFEST} sha256`) }) };
}

/** Reads a manifest. A CorruptFileError when it was changed since it was written. */
export function parseFileManifest(bytes: Uint8Array): FileManifest {
  const json = asObject(parseJson(bytes, FILE_MANIFEST), FILE_MANIFEST);
  const files = asObject(member(json, 'files'), `${FILE_MANIFEST} files`);
  const manifest = new Map(
    Object.keys(files).map((path) => [path, parseFacts(path, asObject(member(files, path), `${FILE_MANIFEST} entry`))]),
  );
  if (member(json, 'format') !== FORMAT || member(json, 'sha256') !== hashText(filesText(manifest))) {
    throw new LinnetError(
      'CorruptFileError',
      `${FILE_MANIFEST} is damaged: its checksum is not the one it was written with. Verify the checkpoint, or delete this file to read without its checks.`,
    );
  }
  return manifest;
}

/** Size and SHA-256 of a whole file. */
export const fileFacts = (bytes: Uint8Array): FileFacts => ({
  byteLength: bytes.byteLength,
  sha256: toHex(new Sha256().update(bytes).digest()),
});

/** A store that remembers size and, where `hashes` says so, SHA-256 of what is written through it. */
export function recording(store: WritableStore, hashes: (key: string) => boolean): { store: WritableStore; files: Map<string, FileFacts> } {
  const files = new Map<string, FileFacts>();
  const recorder: WritableStore = {
    name: store.name,
    keepsPieces: store.keepsPieces,
    read: (key, range) => store.read(key, range),
    byteLength: (key) => store.byteLength(key),
    list: (prefix) => store.list(prefix),
    delete: (key) => store.delete(key),
    deletePrefix: (prefix) => store.deletePrefix(prefix),
    write: async (key, data) => {
      const hash = hashes(key) ? new Sha256() : undefined;
      let byteLength = 0;
      async function* observed(source: ByteSource): AsyncGenerator<Uint8Array> {
        for await (const piece of pieces(source)) {
          byteLength += piece.byteLength;
          hash?.update(piece);
          yield piece;
        }
      }
      if (data instanceof Uint8Array || data instanceof HeldBytes) {
        byteLength = data.byteLength;
        if (hash !== undefined) for (const piece of data instanceof Uint8Array ? [data] : data.pieces) hash.update(piece);
        await store.write(key, data);
      } else await store.write(key, observed(data));
      files.set(key, { byteLength, ...(hash === undefined ? {} : { sha256: toHex(hash.digest()) }) });
    },
  };
  return { store: recorder, files };
}

/** Files below this size are hashed sooner here than the platform answers. */
const PLATFORM_HASHES_FROM = 4096;

/** SHA-256 of a whole file in hexadecimal digits: of a large one by the platform, which is faster, where the page is secure enough to have it. */
async function sha256Of(bytes: Uint8Array): Promise<string> {
  const subtle: SubtleCrypto | undefined = bytes.length < PLATFORM_HASHES_FROM ? undefined : crypto.subtle;
  const digest = await subtle?.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return toHex(digest === undefined ? new Sha256().update(bytes).digest() : new Uint8Array(digest));
}

/** SHA-256 of `bytes`, against what the manifest says of `path`. */
async function checkFile(path: string, bytes: Uint8Array, facts: FileFacts, storeName: string): Promise<void> {
  const damaged = (found: string): LinnetError =>
    new LinnetError(
      'CorruptFileError',
      `${path} of ${storeName} is damaged: ${found}, unlike what ${FILE_MANIFEST} says. Use another copy of the checkpoint.`,
    );
  if (bytes.byteLength !== facts.byteLength) throw damaged(`it has ${bytes.byteLength} bytes instead of ${facts.byteLength}`);
  if (facts.sha256 !== undefined && (await sha256Of(bytes)) !== facts.sha256) throw damaged('its SHA-256 differs');
}

/** Whole files up to this size are checked when they are read: the small ones that describe the rest. */
const CHECKED_BYTES = 64 * 1024 * 1024;

class CheckedStore implements ReadableStore {
  readonly name: string;
  readonly readsAreCopies: boolean | undefined;
  readonly #inner: ReadableStore;
  readonly #files: FileManifest;

  constructor(inner: ReadableStore, files: FileManifest) {
    this.name = inner.name;
    this.readsAreCopies = inner.readsAreCopies;
    this.#inner = inner;
    this.#files = files;
  }

  async read(...[key, range]: Parameters<ReadableStore['read']>): Promise<Uint8Array | undefined> {
    const bytes = await this.#inner.read(key, range);
    const facts = this.#files.get(key);
    if (bytes !== undefined && facts !== undefined && range === undefined && facts.byteLength <= CHECKED_BYTES)
      await checkFile(key, bytes, facts, this.name);
    if (bytes === undefined && facts !== undefined) {
      throw new LinnetError(
        'CorruptFileError',
        `${key} of ${this.name} is missing, but ${FILE_MANIFEST} lists it. Use another copy of the checkpoint.`,
      );
    }
    return bytes;
  }

  byteLength(key: string): Promise<number | undefined> {
    return this.#inner.byteLength(key);
  }

  list(prefix?: string): Promise<StoreEntry[]> {
    return this.#inner.list(prefix);
  }
}

/** `store` with every whole file that it reads checked against its manifest, if it has one. */
export async function checkedByManifest(store: ReadableStore): Promise<ReadableStore> {
  const bytes = await store.read(FILE_MANIFEST);
  return bytes === undefined ? store : new CheckedStore(store, parseFileManifest(bytes));
}

/** Sizes and SHA-256 of files, read piece by piece, against a manifest: one message for each that differs. */
export async function compareFiles(store: ReadableStore, files: FileManifest): Promise<{ path: string; found: string }[]> {
  const problems: { path: string; found: string }[] = [];
  for (const [path, facts] of files) {
    const byteLength = await store.byteLength(path);
    if (byteLength === undefined) problems.push({ path, found: 'is missing' });
    else if (byteLength !== facts.byteLength) problems.push({ path, found: `has ${byteLength} bytes instead of ${facts.byteLength}` });
    else if (facts.sha256 !== undefined && (await hashFile(store, path, byteLength)) !== facts.sha256)
      problems.push({ path, found: 'has another SHA-256' });
  }
  return problems;
}

const PIECE_BYTES = 8 * 1024 * 1024;

async function hashFile(store: ReadableStore, path: string, byteLength: number): Promise<string> {
  const hash = new Sha256();
  for (let offset = 0; offset < byteLength; offset += PIECE_BYTES) {
    hash.update((await store.read(path, { offset, length: Math.min(PIECE_BYTES, byteLength - offset) }))!);
  }
  return toHex(hash.digest());
}
