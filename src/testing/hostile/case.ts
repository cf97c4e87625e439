import type { ErrorKind } from '#linnet/core';

/** What reads a hostile file. */
export type HostileParser = 'zip' | 'ocdbt' | 'zarr' | 'safetensors' | 'npy' | 'npz' | 'zstd';

/** One idea of an attacker, or of a broken disk: files, and the kind of error that reading them must end with. */
export interface HostileCase {
  readonly name: string;
  readonly parser: HostileParser;
  readonly kind: ErrorKind;
  /** The one file, or the files of a store. Built when needed: some are large. */
  readonly build: () => Uint8Array | ReadonlyMap<string, Uint8Array>;
}

/** Cases of one parser from rows of name, kind and content. */
export function cases(
  parser: HostileParser,
  rows: readonly (readonly [name: string, kind: ErrorKind, build: HostileCase['build']])[],
): HostileCase[] {
  return rows.map(([name, kind, build]) => ({ name: `${parser}: ${name}`, parser, kind, build }));
}
