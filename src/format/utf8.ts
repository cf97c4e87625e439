import { LinnetError } from '#linnet/core';

// A byte order mark at the beginning of a key is part of the key.
const exact = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** `bytes` as UTF-8 text, each byte of it: for keys and names, which must be told apart. `what` names them in the error. */
export function decodeExactUtf8(bytes: Uint8Array, what: string): string {
  try {
    return exact.decode(bytes);
  } catch (cause) {
    throw new LinnetError('CorruptFileError', `${what} is not UTF-8 text.`, { cause });
  }
}
