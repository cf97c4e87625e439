import { requestDevice } from '#linnet/gpu';
import type { Backend } from '#linnet/tensor';

/** What the device complained about while a backend was in use. */
export interface WatchedBackend {
  readonly backend: Backend;
  readonly device: GPUDevice;
  /** Validation messages and warnings so far. Tests end with `expect(complaints).toEqual([])`. */
  readonly complaints: string[];
}

/** A backend on the browser's own WebGPU, for tests of the browser project. */
export async function openWebGpu(create: (device: GPUDevice) => Backend): Promise<WatchedBackend> {
  const device = await requestDevice(navigator.gpu);
  const complaints: string[] = [];
  device.addEventListener('uncapturederror', (event) => {
    complaints.push((event as GPUUncapturedErrorEvent).error.message);
  });
  return { backend: create(device), device, complaints };
}
