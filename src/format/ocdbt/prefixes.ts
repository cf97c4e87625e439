/** How many bytes `a` and `b` share at their beginning, at most `limit`. */
export function commonPrefixLength(a: Uint8Array, b: Uint8Array, limit = Number.POSITIVE_INFINITY): number {
  const end = Math.min(a.length, b.length, limit);
  let i = 0;
  while (i < end && a[i] === b[i]) i++;
  return i;
}

/** Whether `bytes` begin with `prefix`. */
export const startsWith = (bytes: Uint8Array, prefix: Uint8Array): boolean => commonPrefixLength(bytes, prefix) === prefix.length;
