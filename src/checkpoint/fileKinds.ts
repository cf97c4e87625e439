import { LinnetError } from '#linnet/core';
import type { CheckpointPath } from './paths/checkpointPath';

/** What a single file is, by its name and first bytes. */
export type FileKind = 'zip' | 'npz' | 'safetensors' | 'pytorch' | 'pickle' | 'hdf5' | 'msgpack' | 'gguf' | 'unknown';

/** Bytes that `recognise` looks at. */
const PREFIX_BYTES = 64;

/** The first bytes of the file at `path`. */
export async function readFilePrefix(path: CheckpointPath): Promise<Uint8Array> {
  const byteLength = (await path.root.byteLength(path.key)) ?? 0;
  return (await path.root.read(path.key, { offset: 0, length: Math.min(byteLength, PREFIX_BYTES) })) ?? new Uint8Array(0);
}

const startsWith = (bytes: Uint8Array, ...prefix: number[]): boolean => prefix.every((byte, i) => bytes[i] === byte);

/** A safetensors file starts with the length of its JSON header, below 100 MB, and the header's brace. */
const looksLikeSafetensors = (bytes: Uint8Array): boolean =>
  bytes.byteLength > 8 && bytes[8] === 0x7b && startsWith(bytes.subarray(4), 0, 0, 0, 0);

/** The kind of a file called `name` that starts with `bytes`. A PyTorch file is a zip too, so its name decides there. */
export function recognise(name: string, bytes: Uint8Array): FileKind {
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  if (startsWith(bytes, 0x50, 0x4b, 0x03, 0x04) || startsWith(bytes, 0x50, 0x4b, 0x05, 0x06)) {
    if (['pt', 'pth', 'ckpt', 'bin'].includes(extension)) return 'pytorch';
    return extension === 'npz' ? 'npz' : 'zip';
  }
  if (startsWith(bytes, 0x89, 0x48, 0x44, 0x46)) return 'hdf5';
  if (startsWith(bytes, 0x47, 0x47, 0x55, 0x46)) return 'gguf';
  if (bytes[0] === 0x80 && bytes[1]! >= 2 && bytes[1]! <= 5) return 'pickle';
  if (looksLikeSafetensors(bytes)) return 'safetensors';
  if (name === 'checkpoint' || extension === 'msgpack') return 'msgpack';
  return 'unknown';
}

const REASONS: Record<FileKind, string> = {
  zip: 'it is a zip archive; open it as a File, so that its contents are looked at',
  npz: 'it is an npz archive',
  safetensors: 'it is a safetensors file',
  pytorch:
    'it is a PyTorch file, which holds Python pickles: loading one means running its code. Convert it in Python: safetensors.torch.save_file(torch.load("file", weights_only=True), "model.safetensors")',
  pickle: 'it is a Python pickle: loading one means running its code. Convert it in Python, e.g. with numpy.savez("model.npz", **arrays)',
  hdf5: 'it is an HDF5 file (Keras). Convert it in Python, e.g. with numpy.savez("model.npz", **weights)',
  msgpack:
    'it is a checkpoint of the older flax.training.checkpoints (msgpack). Convert it in Python: restore it with flax.training.checkpoints.restore_checkpoint and save it with orbax.checkpoint.StandardCheckpointer',
  gguf: 'it is a GGUF file. Convert it in Python to safetensors',
  unknown: 'its kind is not known',
};

/** The error for a file that cannot be read as a tree: what it is, why not, and how to convert it. */
export function refuseForeign(location: string, kind: FileKind): LinnetError {
  return new LinnetError('UnsupportedFormatError', `${location} cannot be opened: ${REASONS[kind]}.`, { details: { fileKind: kind } });
}
