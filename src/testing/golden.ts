import { type HostArray, hostArray, parseDType } from '#linnet/core';

/** How golden files write an array: row-major little-endian bytes in base64. */
export interface GoldenArray {
  readonly shape: number[];
  readonly dtype: string;
  readonly b64: string;
}

export function decodeBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

/** A golden array as a HostArray. */
export function goldenArray(golden: GoldenArray): HostArray {
  return hostArray(parseDType(golden.dtype), golden.shape, decodeBase64(golden.b64));
}
