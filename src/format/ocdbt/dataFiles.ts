import { type ByteReader, type ByteWriter, checkLimit, compareBytes, encodeUtf8, LIMITS } from '#linnet/core';
import { decodeExactUtf8 } from '../utf8';
import { commonPrefixLength } from './prefixes';
import { readVarint, readVarints, writeVarint } from './varint';

/**
 * A file that holds values and nodes. `path` is relative to the database's directory. Tables inside a node of this file are relative
 * to `base`: so a merged database refers to the databases of single processes (`ocdbt.process_0/`).
 */
export interface DataFile {
  readonly base: string;
  readonly path: string;
}

/** A stretch of a data file. */
export interface DataLocation {
  readonly file: DataFile;
  readonly offset: number;
  readonly length: number;
}

/** Paths that leave the database or that no file system accepts; empty parts are allowed only as the whole path. */
function checkPath(path: string, reader: ByteReader, at: number): void {
  checkLimit('data file path', path.length, LIMITS.pathByteLength, 'characters');
  const parts = path.split('/');
  checkLimit('folders of a data file path', parts.length - 1, LIMITS.pathDepth);
  const bad = path !== '' && parts.some((part) => part === '' || part === '.' || part === '..');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
  if (bad || /[\\\u0000-\u001f\u007f]|^[A-Za-z]:/.test(path)) {
    throw reader.error(`the data file path ${JSON.stringify(path)} is not a plain relative path`, at);
  }
}

/** Reads a table of data files. `base` is that of the file which holds the table, "" for a manifest. */
export function readDataFiles(reader: ByteReader, base: string): DataFile[] {
  const at = reader.offset;
  const count = readVarint(reader, 'number of data files');
  checkLimit('data files in one table', count, LIMITS.ocdbtDataFiles);
  const prefixes = [0, ...readVarints(reader, Math.max(count - 1, 0), 'data file path prefix')];
  const suffixes = readVarints(reader, count, 'data file path suffix');
  const baseLengths = readVarints(reader, count, 'base path length');
  let previous = new Uint8Array(0);
  return suffixes.map((suffix, i) => {
    const prefix = prefixes[i]!;
    if (prefix > previous.length) throw reader.error(`data file ${i} shares ${prefix} bytes with a path of ${previous.length}`, at);
    checkLimit('data file path', prefix + suffix, LIMITS.pathByteLength, 'bytes');
    const path = new Uint8Array(prefix + suffix);
    path.set(previous.subarray(0, prefix));
    path.set(reader.take(suffix, 'data file path'), prefix);
    previous = path;
    if (baseLengths[i]! > path.length)
      throw reader.error(`data file ${i} has a base of ${baseLengths[i]} in a path of ${path.length} bytes`, at);
    const file = {
      base: base + decodeExactUtf8(path.subarray(0, baseLengths[i]), 'data file base path'),
      path: base + decodeExactUtf8(path, 'data file path'),
    };
    checkPath(file.path, reader, at);
    return file;
  });
}

/** The file that `index` names in a table, or an error that says which reference is wrong. */
export function dataFileAt(files: readonly DataFile[], index: number, reader: ByteReader, what: string): DataFile {
  const file = files[index];
  if (file === undefined) throw reader.error(`${what} refers to data file ${index} of ${files.length}`);
  return file;
}

/** Distinct files in the order the format asks for, and the index of each. */
export function dataFileTable(files: Iterable<DataFile>): { files: DataFile[]; indexOf: (file: DataFile) => number } {
  const distinct = new Map<string, DataFile>();
  for (const file of files) distinct.set(`${file.base.length}:${file.path}`, file);
  const order = (a: string, b: string): number => compareBytes(encodeUtf8(a), encodeUtf8(b));
  const relative = (file: DataFile): string => file.path.slice(file.base.length);
  const sorted = [...distinct.values()].sort((a, b) => order(a.base, b.base) || order(relative(a), relative(b)));
  const indices = new Map(sorted.map((file, i) => [`${file.base.length}:${file.path}`, i]));
  return { files: sorted, indexOf: (file) => indices.get(`${file.base.length}:${file.path}`)! };
}

/** Writes a table as `dataFileTable` sorted it. A prefix is shared across different bases only as far as the bases go. */
export function writeDataFiles(writer: ByteWriter, files: readonly DataFile[]): void {
  const bases = files.map((file) => encodeUtf8(file.base));
  const paths = files.map((file) => encodeUtf8(file.path));
  const prefixes = paths.map((path, i) => {
    if (i === 0) return 0;
    const limit = files[i]!.base === files[i - 1]!.base ? undefined : Math.min(bases[i]!.length, bases[i - 1]!.length);
    return commonPrefixLength(path, paths[i - 1]!, limit);
  });
  writeVarint(writer, files.length);
  for (const prefix of prefixes.slice(1)) writeVarint(writer, prefix);
  paths.forEach((path, i) => {
    writeVarint(writer, path.length - prefixes[i]!);
  });
  for (const base of bases) writeVarint(writer, base.length);
  paths.forEach((path, i) => {
    writer.bytes(path.subarray(prefixes[i]!));
  });
}
