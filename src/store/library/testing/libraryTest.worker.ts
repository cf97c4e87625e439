import type { HeldLock } from '../../locks';
import { patterned } from '../../testing/contract';
import type { Library } from '../library';
import { openLibrary } from '../openLibrary';
import type { LibraryCall } from './libraryCall';

let library: Library;
let held: HeldLock | undefined;
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
      return library.recovery;
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
    case 'list':
      return (await library.findRun(call.run)) === undefined ? [] : (await library.listSteps(call.run)).map(({ step }) => step);
    case 'bin':
      return (await library.bin(call.run, call.step)).id;
    case 'restoreFromBin':
      return library.restoreFromBin(call.entry);
    case 'hold':
      held = (await library.holdRun(call.run)) ?? held;
      return held !== undefined;
    case 'release':
      held?.release();
      held = undefined;
      return undefined;
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
