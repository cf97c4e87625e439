import { LinnetError } from '#linnet/core';

/** The refusal of a library that newer code wrote. */
export function newerLibrary(name: string, cause?: unknown): LinnetError {
  return new LinnetError(
    'UnsupportedFormatError',
    `The library in ${name} was written by a newer version of Linnet. Nothing in it was touched; reload the page to get the newer version.`,
    { cause },
  );
}
