import { patterned } from '../../testing/contract';
import type { Library } from '../library';
import { openLibrary } from '../openLibrary';

/** What a test asks of a library that lives in this worker. */
export type LibraryCall = { readonly id: number } & (
  | { readonly do: 'open'; readonly name: string; readonly oldAfterMs: number }
  | { readonly do: 'save'; readonly run: string; readonly step: number; readonly byteLength: number }
  | { readonly do: 'verify'; readonly run: string; readonly step: number }
  | { readonly do: 'discard'; readonly run: string; readonly steps: readonly number[] }
  | { readonly do: 'usage' | 'scan' | 'problems' }
);

let library: Library;
const problems: string[] = [];

async function answer(call: LibraryCall): Promise<unknown> {
  switch (call.do) {
    case 'open':
      library = await openLibrary({
        name: call.name,
        smallBytes: 50_000,
        pool: { minSlotBytes: 1 << 17, maxSlotBytes: 1 << 19, poolBytes: 1 << 24, spareSaves: 2, oldAfterMs: call.oldAfterMs },
        report: ({ kind, message }) => problems.push(`${kind}: ${message}`),
      });
      return undefined;
    case 'save': {
      const files = new Map([
        ['model/d', patterned(call.byteLength)],
        ['_METADATA', Uint8Array.of(call.step)],
      ]);
      const info = await library.commitStep(call.run, call.step, files);
      self.postMessage({ id: call.id, saved: call.step });
      await library.idle();
      return info;
    }
    case 'verify':
      return library.verifyStep(call.run, call.step);
    case 'discard':
      await library.discard(call.run, call.steps);
      return library.idle();
    case 'usage':
      return library.usage();
    case 'scan':
      return library.scan({ deep: true });
    case 'problems':
      return problems;
  }
}

self.onmessage = async ({ data }: MessageEvent<LibraryCall>) => {
  try {
    self.postMessage({ id: data.id, value: await answer(data) });
  } catch (cause) {
    const { kind, message } = cause as { kind: string; message: string };
    self.postMessage({ id: data.id, kind, message });
  }
};
