import { setArrayFactory } from '#linnet/checkpoint';
import { type EngineInfo, isDeviceDType, isLinnetError } from '#linnet/core';
import { random } from '#linnet/random';
import { currentBackend, fromHost, init } from '#linnet/tensor';

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
  // What a checkpoint restores becomes arrays of this device; keys keep their words on the host, so that drawing needs no reading back.
  setArrayFactory((host) => {
    if (host.dtype === 'key<fry>') return random.wrapKeyData(host);
    return isDeviceDType(host.dtype) ? fromHost(host) : undefined;
  });
  const { kind, description } = currentBackend();
  return { backend: kind, description, fallbackReason };
}
