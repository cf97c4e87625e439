import { LinnetError } from '#linnet/core';
import { type EngineOptions, requestDevice } from '#linnet/gpu';
import { currentBackend, hasBackend, setBackend } from './backends';
import { type TuningMemory, tuneMatmul } from './jit/matmulTuning';
import { createWebGpuBackend } from './jit/webgpuBackend';

export interface InitOptions extends EngineOptions {
  /** 'webgpu' asks the platform for a device; 'cpu' needs none. */
  readonly backend?: 'webgpu' | 'cpu';
  /** Your own device. It is Linnet's from then on: `dispose` destroys it. */
  readonly device?: GPUDevice;
  /** Where it is remembered which kernels suit a GPU. With it they are measured once for each GPU, in about 50 ms; without, its kind decides. */
  readonly tuning?: TuningMemory;
}

/** The device of the backend in use, so that giving it twice does not destroy it in between. */
let deviceInUse: GPUDevice | undefined;

/**
 * Sets up what arrays live on and are computed by. Without options the platform is asked for a WebGPU device; a DeviceUnavailableError
 * says why there is none. Calling it again (but for the same device) replaces
 * the backend; arrays of the old one cannot be used any more.
 */
export async function init(options: InitOptions = {}): Promise<void> {
  if (options.backend === 'cpu') {
    if (options.device !== undefined) {
      throw new LinnetError('InvalidArgumentError', "jax.init got a device together with backend 'cpu'. Leave one of them out.");
    }
    // Those who compute on a GPU need not load it.
    const { CpuBackend } = await import('./cpu/index');
    setBackend(new CpuBackend());
    deviceInUse = undefined;
    return;
  }
  if (hasBackend() && options.device !== undefined && options.device === deviceInUse) return;
  const device = options.device ?? (await requestDevice(globalThis.navigator?.gpu));
  const backend = createWebGpuBackend(device, options);
  if (options.tuning) await tuneMatmul(backend, options.tuning);
  setBackend(backend);
  deviceInUse = device;
}

/** The devices in use, by name. */
export function devices(): readonly { readonly kind: 'webgpu' | 'cpu'; readonly description: string }[] {
  if (!hasBackend()) return [];
  const { kind, description } = currentBackend();
  return [{ kind, description }];
}

/** Which kind of backend is in use. */
export const defaultBackend = (): 'webgpu' | 'cpu' => currentBackend().kind;

/** Gives the backend and all its memory back. */
export function dispose(): void {
  setBackend(undefined);
  deviceInUse = undefined;
}
