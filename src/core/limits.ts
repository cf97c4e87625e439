import { LinnetError } from './errors';

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

/**
 * Caps for files that come from elsewhere. A file past a cap is refused before memory is taken for it: foreign bytes may be damaged
 * or hostile. Byte counts unless the name says otherwise.
 */
export const LIMITS = {
  /** One uploaded file, as it lies on disk. More does not fit a tab beside the model. */
  uploadByteLength: 2 * GiB,
  /** Everything one archive or array unpacks to. Above it a tab runs out of memory. */
  decompressedByteLength: 4 * GiB,
  /** Unpacked to packed bytes of a zip entry, beyond `expansionFreeByteLength`; weights compress 1.1 : 1, zeros 1000 : 1. */
  expansionRatio: 100,
  /** Bytes an entry may unpack to whatever its ratio: small files of zeros are honest. */
  expansionFreeByteLength: 10 * MiB,
  /** Most a zstd frame can honestly shrink: a 128 KiB run of one byte takes 4 bytes. Deflate reaches 1032. */
  chunkExpansionRatio: 40_000,
  /** What an array may unfold to although nothing of it is stored: chunks of zeros that a writer left out. */
  unstoredByteLength: 256 * MiB,
  /** Files in an archive or folder. A plain-file checkpoint of 10,000 leaves has 20,000. */
  archiveEntries: 100_000,
  /** Central directory of a zip: 100,000 entries of 160 bytes take 16 MB; names may be longer. */
  zipDirectoryByteLength: 64 * MiB,
  /** One JSON document. The tree of 100,000 leaves takes 21 MB. */
  jsonByteLength: 64 * MiB,
  /** Nesting of JSON. Real metadata nests 8 deep; walks are recursive. */
  jsonDepth: 64,
  /** UTF-8 bytes of a file's path, as in most file systems' limits. */
  pathByteLength: 1024,
  /** Folders a file's path may pass through. */
  pathDepth: 32,
  /** Leaves of one tree. */
  leaves: 100_000,
  /** Dimensions of an array; zarr's own limit. */
  dims: 32,
  /** Chunks of one array. */
  chunksPerArray: 1_000_000,
  /** A B+tree or version tree node, decoded: Orbax's own max_decoded_node_bytes. */
  ocdbtNodeByteLength: 100_000_000,
  /** Levels of a B+tree: 16 levels of 2 children hold 65,536 leaves, and real nodes hold thousands. */
  ocdbtDepth: 16,
  /** Entries of one B+tree node, TensorStore's own limit. */
  ocdbtNodeEntries: 1_048_576,
  /** Keys of one database: 100,000 leaves with ten chunks each and their metadata fit. */
  ocdbtKeys: 2_000_000,
  /** One OCDBT key or data file path, TensorStore's own limit. */
  ocdbtKeyByteLength: 65_535,
  /** Keys of one node written out in full: prefix compression could unfold one small node to gigabytes. */
  ocdbtNodeKeyByteLength: 64 * MiB,
  /** A value inside a B+tree node, TensorStore's own limit. */
  ocdbtInlineValueByteLength: MiB,
  /** Data files named by one node or manifest. */
  ocdbtDataFiles: 100_000,
  /** Versions of one database that are listed. */
  ocdbtVersions: 100_000,
  /** History a zstd decoder must keep; zstd's own default for decoders. */
  zstdWindowByteLength: 128 * MiB,
  /** Header of a safetensors file, the format's own limit. */
  safetensorsHeaderByteLength: 100_000_000,
  /** Header of an npy file. NumPy writes 128 bytes and itself refuses more than 10,000 by default. */
  npyHeaderByteLength: 64 * KiB,
} as const;

/** Refuses `found` above `limit`: a LimitExceededError that names both. `what` is the thing measured, `unit` is put after the numbers. */
export function checkLimit(what: string, found: number | bigint, limit: number, unit = ''): void {
  if (found <= limit) return;
  const suffix = unit === '' ? '' : ` ${unit}`;
  throw new LinnetError('LimitExceededError', `${what}: ${found}${suffix}, above the limit of ${limit}${suffix} for foreign files.`, {
    details: { found, limit },
  });
}
