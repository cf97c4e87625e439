import { setArrayFactory } from '#linnet/checkpoint';
import { type EngineInfo, isLinnetError } from '#linnet/core';
import { fromHostArray } from '#linnet/random';
import { currentBackend, init } from '#linnet/tensor';

/** Finds something to compute with: the graphics device, or, where there is none or `backend` says so, the CPU. */
export async function startEngine(backend: 'auto' | 'cpu' = 'auto'): Promise<EngineInfo> {
  let fallbackReason: string | null = null;
  try {
    await init(backend === 'cpu' ? { backend } : {});
  } catch (error) {
    if (!isLinnetError(error, 'DeviceUnavailableError')) throw error;
    fallbackReason = error.message;
    await init({ backend: 'cpu' });
  }
  setArrayFactory(fromHostArray);
  const { kind, description } = currentBackend();
  return { backend: kind, description, fallbackReason };
}
