import { LinnetError } from '#linnet/core';

/** Runs `decode`; a LinnetError it throws gets `where` put before its path, so that a bad byte says in which structure it lies. */
export function within<T>(where: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw error instanceof LinnetError ? error.within(where) : error;
  }
}

/** The same for a decoder that takes time. */
export async function withinAsync<T>(where: string, decode: () => Promise<T>): Promise<T> {
  try {
    return await decode();
  } catch (error) {
    throw error instanceof LinnetError ? error.within(where) : error;
  }
}
