import { hasSyncAccess } from '../fileWriter';
import { opfsStore } from '../opfs';

/** One call to an OPFS store that lives in this worker: which folder, which method, with what. */
export interface StoreCall {
  readonly id: number;
  readonly folder: string;
  readonly method: 'read' | 'byteLength' | 'list' | 'write' | 'delete' | 'deletePrefix' | 'hasSyncAccess';
  readonly args: readonly unknown[];
}

/** A source of bytes cannot be posted: its pieces are, and this makes a source of them again, broken where the original broke. */
async function* replay(parts: readonly Uint8Array[], broken: boolean) {
  yield* parts;
  if (broken) throw new RangeError('the source broke');
}

self.onmessage = async ({ data: { id, folder, method, args } }: MessageEvent<StoreCall>) => {
  try {
    if (method === 'hasSyncAccess') return self.postMessage({ id, value: hasSyncAccess() });
    const store = opfsStore(folder);
    const given = method === 'write' ? [args[0], replay(args[1] as Uint8Array[], args[2] as boolean)] : args;
    const value = await (store[method] as (...all: unknown[]) => Promise<unknown>)(...given);
    self.postMessage({ id, value });
  } catch (cause) {
    const { kind, message } = cause as { kind: string; message: string };
    self.postMessage({ id, kind, message });
  }
};
