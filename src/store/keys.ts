import { LinnetError } from '#linnet/core';

/** What browsers call the half-written copy of a file; a crash may leave one behind. */
const SWAP_SUFFIX = '.crswap';

/** Whether a file of this name is an unfinished write, not a value. */
export const isUnfinishedName = (name: string): boolean => name.endsWith(SWAP_SUFFIX);

/** A name for the unfinished copy of the file `name`, different on every call. */
export const unfinishedName = (): string => `${crypto.randomUUID()}${SWAP_SUFFIX}`;

function whyNoFileName(part: string): string | undefined {
  if (part === '') return 'a part of it is empty';
  if (part === '.' || part === '..') return `"${part}" is a direction, not a name`;
  if (part.includes('\\')) return 'it holds a backslash';
  if (part.includes('\0')) return 'it holds a NUL character, at which browsers cut names in listings';
  if (/\p{Surrogate}/u.test(part)) return 'it holds half of a surrogate pair, which file names cannot keep';
  if (isUnfinishedName(part)) return `names that end with ${SWAP_SUFFIX} belong to unfinished writes`;
  return undefined;
}

/** The file path that `key` names in a store of real files; an InvalidArgumentError for a key that no file can have. */
export function keyToPath(key: string, storeName: string): string[] {
  const parts = key.split('/');
  for (const part of parts) {
    const why = whyNoFileName(part);
    if (why !== undefined)
      throw new LinnetError('InvalidArgumentError', `${storeName} cannot hold a file named ${JSON.stringify(key)}: ${why}.`, {
        details: { key },
      });
  }
  return parts;
}

/** Order of keys in a listing: by UTF-16 code units. */
export const compareKeys = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The least string greater than every string that starts with `prefix`; undefined when there is none. */
export function afterPrefix(prefix: string): string | undefined {
  for (let i = prefix.length - 1; i >= 0; i--) {
    const unit = prefix.charCodeAt(i);
    if (unit < 0xffff) return prefix.slice(0, i) + String.fromCharCode(unit + 1);
  }
  return undefined;
}
