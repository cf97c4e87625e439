/** Told of bytes that went through one of the phases of a save. */
export type Advance = (byteLength: number) => void;

/** Summing up, writing, reading back. */
const PHASES = 3;

/** Counts the bytes of a save through its phases and reports how many of `bytesTotal` that is. A phase that is done again counts once. */
export function commitMeter(bytesTotal: number, onProgress: ((bytesDone: number, bytesTotal: number) => void) | undefined): Advance {
  if (onProgress === undefined) return () => {};
  let passed = 0;
  return (byteLength) => {
    passed = Math.min(passed + byteLength, PHASES * bytesTotal);
    onProgress(Math.floor(passed / PHASES), bytesTotal);
  };
}
