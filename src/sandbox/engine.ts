import { setArrayFactory } from '#linnet/checkpoint';
import { type EngineInfo, isLinnetError } from '#linnet/core';
import { fromHostArray } from '#linnet/random';
import { indexedDbStore } from '#linnet/store';
import { currentBackend, init, type TuningMemory } from '#linnet/tensor';

/** What was measured of the GPUs of this browser, in a small database of its own. */
function measuredAdapters(): TuningMemory {
  const store = indexedDbStore('linnet-adapters');
  return {
    async load(adapter) {
      const bytes = await store.read(adapter);
      return bytes && new TextDecoder().decode(bytes);
    },
    save: (adapter, choice) => store.write(adapter, new TextEncoder().encode(choice)),
  };
}

/** Finds something to compute with: the graphics device, or, where there is none or `backend` says so, the CPU. */
export async function startEngine(backend: 'auto' | 'cpu' = 'auto'): Promise<EngineInfo> {
  let fallbackReason: string | null = null;
  try {
    await init(backend === 'cpu' ? { backend } : { tuning: measuredAdapters() });
  } catch (error) {
    if (!isLinnetError(error, 'DeviceUnavailableError')) throw error;
    fallbackReason = error.message;
    await init({ backend: 'cpu' });
  }
  setArrayFactory(fromHostArray);
  const { kind, description } = currentBackend();
  return { backend: kind, description, fallbackReason };
}
