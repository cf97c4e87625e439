import { checkRange, rangeError } from './range';

/** Bytes that can be read anywhere, of a length known before. */
export interface BlobSource {
  /** What to call it in messages. */
  readonly name: string;
  readonly byteLength: number;
  /** `length` bytes from `offset`; a CorruptFileError when they go past the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Random access to a `Blob` or `File`: only the bytes asked for are read. */
export function blobSource(blob: Blob, name = 'name' in blob ? String(blob.name) : 'blob'): BlobSource {
  return {
    name,
    byteLength: blob.size,
    async read(offset, length) {
      checkRange({ offset, length });
      if (offset + length > blob.size) throw rangeError({ offset, length }, blob.size, name, 'the chosen file');
      return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
    },
  };
}
