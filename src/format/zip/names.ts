import { checkLimit, encodeUtf8, LIMITS, LinnetError } from '#linnet/core';
import { decodeExactUtf8 } from '../utf8';

/** Control characters, and those that turn the direction of text so that a name shows as another. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII.
const isAscii = (name: string): boolean => /^[\u0000-\u007f]*$/.test(name);

/** Why `name` is not a plain relative path, or undefined if it is. */
function fault(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (INVISIBLE.test(name)) return 'has control or direction characters';
  if (name.includes('\\')) return 'has a backslash';
  if (name.startsWith('/')) return 'is absolute';
  if (/^[A-Za-z]:/.test(name)) return 'names a drive';
  const parts = name.split('/');
  if (parts.some((part) => part === '.' || part === '..')) return 'has "." or ".." as a part';
  if (parts.some((part) => part === '')) return 'has an empty part';
  return undefined;
}

/** Refuses a file name that is not a plain relative path, or is too long or too deep. Errors: CorruptFileError, LimitExceededError. */
export function checkFileName(name: string): void {
  checkLimit(`file name ${JSON.stringify(name.slice(0, 40))}`, encodeUtf8(name).length, LIMITS.pathByteLength, 'bytes');
  // What looks like a plain name may become another one when a file system normalizes it.
  const reason = fault(name) ?? (isAscii(name) ? undefined : (fault(name.normalize('NFC')) ?? fault(name.normalize('NFKC'))));
  if (reason !== undefined) {
    throw new LinnetError('CorruptFileError', `The file name ${JSON.stringify(name)} ${reason}; only plain relative names are accepted.`, {
      details: { name },
    });
  }
  checkLimit(`folders in ${JSON.stringify(name.slice(0, 40))}`, name.split('/').length - 1, LIMITS.pathDepth);
}

/** Names that some file system takes for one are equal here: without case and in one form of accents. */
export const foldFileName = (name: string): string =>
  isAscii(name) ? name.toLowerCase() : name.normalize('NFC').toLowerCase().normalize('NFC');

/** A name from an archive as text. Archives without the UTF-8 flag are read as UTF-8 too, as most tools write them. */
export const decodeFileName = (bytes: Uint8Array): string => decodeExactUtf8(bytes, 'A file name in the archive');
