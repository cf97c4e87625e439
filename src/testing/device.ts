import { requestDevice } from '#linnet/gpu';
import type { Backend } from '#linnet/tensor';

/** What the device complained about while a backend was in use. */
export interface WatchedBackend {
  readonly backend: Backend;
  readonly device: GPUDevice;
  /** Validation messages, and what the shader compiler had to say, so far. Tests end with `expect(complaints).toEqual([])`. */
  readonly complaints: string[];
}

/** A backend on the platform's own WebGPU. */
export async function openWebGpu(create: (device: GPUDevice) => Backend): Promise<WatchedBackend> {
  const device = await requestDevice(navigator.gpu);
  const complaints: string[] = [];
  device.addEventListener('uncapturederror', (event) => {
    complaints.push((event as GPUUncapturedErrorEvent).error.message);
  });
  const createShaderModule = device.createShaderModule.bind(device);
  device.createShaderModule = (descriptor) => {
    const module = createShaderModule(descriptor);
    const numbered = ({ lineNum, linePos, type, message }: GPUCompilationMessage): string => `${lineNum}:${linePos} ${type}: ${message}`;
    module.getCompilationInfo().then(
      ({ messages }) => complaints.push(...messages.map(numbered)),
      // The device is gone.
      () => undefined,
    );
    return module;
  };
  return { backend: create(device), device, complaints };
}
