import type { LibraryCall } from '../../src/store/library/testing/libraryCall';

type Asked<T> = T extends unknown ? Omit<T, 'id'> : never;
/** What a test asks of the library in this page's worker. */
export type StoreCall = Asked<LibraryCall>;
type Answer = { readonly id: number; readonly value?: unknown; readonly saved?: number; readonly kind?: string; readonly message?: string };

declare global {
  /** Asks the library; the answer, or an object with the error's `kind`. */
  var ask: (call: StoreCall) => Promise<any>;
  /** Saves steps from `first` on, large and small, until something ends the page or the worker. Every step that is saved is told to `acknowledged`. */
  var saveOn: (run: string, first: number) => void;
  /** Ends the worker in the middle of what it does. */
  var endWorker: () => void;
  /** The test's own ear: it hears of every step that was reported as saved. */
  var acknowledged: (run: string, step: number) => Promise<void>;
}

const worker = new Worker(new URL('../../src/store/library/testing/libraryTest.worker.ts', import.meta.url), { type: 'module' });
const waiting = new Map<number, { resolve(value: unknown): void; saved?: () => void }>();
let calls = 0;

worker.onmessage = ({ data }: MessageEvent<Answer>) => {
  const call = waiting.get(data.id);
  if (data.saved !== undefined) return call?.saved?.();
  waiting.delete(data.id);
  call?.resolve(data.kind === undefined ? data.value : { kind: data.kind, message: data.message });
};

function post(call: StoreCall, saved?: () => void): Promise<any> {
  const id = ++calls;
  return new Promise((resolve) => {
    waiting.set(id, { resolve, ...(saved ? { saved } : {}) });
    worker.postMessage({ ...call, id });
  });
}

/** Sizes of steps in turn: in the catalogue, as a row or a Blob there, and in slots. */
const SIZES = [900, 300_000, 40_000, 700_000];

globalThis.ask = (call) => post(call);
globalThis.endWorker = () => worker.terminate();
globalThis.saveOn = (run, first) => {
  const next = async (step: number): Promise<void> => {
    await post({ do: 'save', run, step, byteLength: SIZES[step % SIZES.length]! }, () => void acknowledged(run, step));
    await next(step + 1);
  };
  void next(first);
};
