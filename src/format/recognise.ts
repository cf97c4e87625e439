import { LinnetError } from '#linnet/core';
import { isNpy } from './npy';

/** What a file is by its first bytes. */
export type FileKind = 'zip' | 'npy' | 'safetensors' | 'hdf5' | 'pickle' | 'msgpack' | 'gguf' | 'gzip' | 'zstd' | 'ocdbt' | 'unknown';

const ascii = (bytes: Uint8Array, at: number, text: string): boolean =>
  Array.from(text).every((char, i) => bytes[at + i] === char.charCodeAt(0));

const starts = (bytes: Uint8Array, ...prefix: number[]): boolean => prefix.every((byte, i) => bytes[i] === byte);

/** Tells a file's kind from its first 16 bytes or more. */
export function recogniseFile(head: Uint8Array): FileKind {
  if (ascii(head, 0, 'PK\x03\x04') || ascii(head, 0, 'PK\x05\x06')) return 'zip';
  if (isNpy(head)) return 'npy';
  if (starts(head, 0x89) && ascii(head, 1, 'HDF\r\n\x1a\n')) return 'hdf5';
  if (ascii(head, 0, 'GGUF')) return 'gguf';
  if (starts(head, 0x1f, 0x8b)) return 'gzip';
  if (starts(head, 0x28, 0xb5, 0x2f, 0xfd)) return 'zstd';
  if (starts(head, 0x0c, 0xdb)) return 'ocdbt';
  if (starts(head, 0x80) && head[1]! >= 2 && head[1]! <= 5) return 'pickle';
  // A length below 2^32 and then JSON.
  if (head.length > 8 && head[8] === 0x7b && starts(head.subarray(4), 0, 0, 0, 0)) return 'safetensors';
  if ((head[0]! >= 0x81 && head[0]! <= 0x8f) || head[0] === 0xde || head[0] === 0xdf) return 'msgpack';
  return 'unknown';
}

const CONVERT =
  'Load it in Python and save the arrays with orbax.checkpoint.StandardCheckpointer, safetensors.numpy.save_file or numpy.savez, then open that.';

const REFUSALS: Partial<Record<FileKind, string>> = {
  pickle: `It is a Python pickle. Reading a pickle can run any code its author put in, so Linnet never does. ${CONVERT}`,
  hdf5: `It is an HDF5 file, as Keras writes (.h5, .keras); Linnet has no reader for that format. ${CONVERT}`,
  msgpack: `It looks like msgpack, as older Flax wrote with flax.serialization. ${CONVERT}`,
  gguf: `It is a GGUF file, made for quantised language models. ${CONVERT}`,
  gzip: 'It is gzip-compressed. Unpack it first and open what is inside.',
  zstd: 'It is zstd-compressed. Unpack it first and open what is inside.',
  ocdbt: 'It is one file of an Orbax checkpoint. Open the whole folder, or a zip of it.',
};

/** Refuses kinds of files that are known and not read, with the reason and the way round. Others pass. */
export function refuseForeignFile(kind: FileKind, name: string): void {
  const reason = REFUSALS[kind];
  if (reason !== undefined) throw new LinnetError('UnsupportedFormatError', `${name} cannot be opened. ${reason}`, { details: { kind } });
}

/** Refuses a zip that PyTorch or Keras wrote: `keys` are the names of its files. */
export function refuseForeignArchive(keys: readonly string[], name: string): void {
  if (keys.some((key) => /(^|\/)data\.pkl$/.test(key))) {
    throw new LinnetError(
      'UnsupportedFormatError',
      `${name} cannot be opened. It is a PyTorch checkpoint, whose structure is a Python pickle; reading a pickle can run any code its author put in, so Linnet never does. In Python: safetensors.torch.save_file(torch.load(path, weights_only=True), "model.safetensors"), then open that.`,
      { details: { kind: 'pytorch' } },
    );
  }
  if (keys.some((key) => /\.weights\.h5$/.test(key))) refuseForeignFile('hdf5', name);
}
