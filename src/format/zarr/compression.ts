import { type BytesCodec, deflateCodec, zstdCodec } from './bytesCodecs';

/** How chunks are packed. `level` 0 of gzip and zlib stores without compressing; Linnet's zstd never compresses but runs of one byte. */
export type Compression = { readonly id: 'none' } | PackedCompression;
type PackedCompression = { readonly id: 'zstd' | 'gzip' | 'zlib'; readonly level?: number | undefined };

/** Level that Orbax names for zstd, and zlib's own default. */
const DEFAULT_LEVEL = { zstd: 1, gzip: 6, zlib: 6 } as const;

/** The level that goes into metadata. */
export const compressionLevel = (compression: PackedCompression): number => compression.level ?? DEFAULT_LEVEL[compression.id];

/** The codec that packs as `compression` says, if any. */
export function compressionCodecs(compression: Compression): BytesCodec[] {
  if (compression.id === 'none') return [];
  return [compression.id === 'zstd' ? zstdCodec : deflateCodec(compression.id, compressionLevel(compression))];
}
