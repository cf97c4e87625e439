/** What a test asks of a library that lives in this worker. */
export type LibraryCall = { readonly id: number } & (
  | { readonly do: 'open'; readonly name: string; readonly oldAfterMs: number }
  | { readonly do: 'save'; readonly run: string; readonly step: number; readonly byteLength: number }
  | { readonly do: 'verify'; readonly run: string; readonly step: number }
  | { readonly do: 'list' | 'hold' | 'release'; readonly run: string }
  | { readonly do: 'bin'; readonly run: string; readonly step: number }
  | { readonly do: 'restoreFromBin'; readonly entry: string }
  | { readonly do: 'discard'; readonly run: string; readonly steps: readonly number[] }
  | { readonly do: 'usage' | 'scan' | 'problems' }
);
