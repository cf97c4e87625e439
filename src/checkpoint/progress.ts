import { itemByteLength, sizeOf } from '#linnet/core';
import type { SavedArrayInfo } from './layouts/savedTree';

/** How far a save or a restore is. */
export interface Progress {
  readonly leavesDone: number;
  readonly leavesTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

/** Called after each leaf. */
export type OnProgress = (progress: Progress) => void;

type Sized = Pick<SavedArrayInfo, 'dtype' | 'shape'> | undefined;

/** Bytes that an array's elements take in memory; 0 for a leaf without an array. */
export const arrayByteLength = (array: Sized): number => (array === undefined ? 0 : sizeOf(array.shape) * itemByteLength(array.dtype));

/** A function to be called with each finished leaf's array; it reports to `onProgress`. */
export function progressOver(arrays: readonly Sized[], onProgress: OnProgress | undefined): (done: Sized) => void {
  if (onProgress === undefined) return () => {};
  const bytesTotal = arrays.reduce((sum, array) => sum + arrayByteLength(array), 0);
  let [leavesDone, bytesDone] = [0, 0];
  return (array) => {
    leavesDone++;
    bytesDone += arrayByteLength(array);
    onProgress({ leavesDone, leavesTotal: arrays.length, bytesDone, bytesTotal });
  };
}
