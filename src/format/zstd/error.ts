import { LinnetError } from '#linnet/core';

/** A CorruptFileError about a zstd frame. */
export const zstdError = (message: string): LinnetError => new LinnetError('CorruptFileError', `zstd frame: ${message}.`);
