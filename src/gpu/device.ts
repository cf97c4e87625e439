import { LinnetError } from '#linnet/core';

/** What the engine asks of an adapter beyond the defaults: as much memory and as many bindings as it has. */
const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupStorageSize',
] as const;

const FEATURES = ['shader-f16', 'subgroups', 'timestamp-query'] as const;

export interface DeviceOptions {
  /** Passed on to `requestAdapter`. */
  readonly powerPreference?: GPUPowerPreference;
}

/** Kinds of matmul kernels: every thread for itself, four neighbours together, or a workgroup together. */
export type MatmulTiles = 'registers' | 'quads' | 'workgroup';

/** What the compiler needs to know of a device. */
export interface DeviceFacts {
  /** Vendor, architecture and description of the adapter, for people. */
  readonly description: string;
  /** True for adapters that run on the CPU (SwiftShader, llvmpipe, WARP): workgroup memory costs there instead of helping. */
  readonly software: boolean;
  /** The kind of matmul tiles that suits the adapter: by its kind, or as it was measured. */
  readonly matmulTiles: MatmulTiles;
  /** Why `matmulTiles` is what it is, for people. */
  readonly matmulReason: string;
  readonly float16: boolean;
  readonly subgroups: boolean;
  readonly timestamps: boolean;
  readonly maxStorageBuffers: number;
  readonly maxBufferBytes: number;
  readonly maxWorkgroupBytes: number;
  readonly maxWorkgroupSize: number;
  readonly maxWorkgroupsPerDimension: number;
}

/** A device of `gpu` (pass `navigator.gpu`) with the limits the engine uses. DeviceUnavailableError says why there is none. */
export async function requestDevice(gpu: GPU | undefined, options: DeviceOptions = {}): Promise<GPUDevice> {
  if (!gpu) {
    throw new LinnetError(
      'DeviceUnavailableError',
      "This browser has no WebGPU (`navigator.gpu` is missing). Use a current Chrome, Edge, Firefox or Safari over https or localhost, or `jax.init({ backend: 'cpu' })`.",
    );
  }
  const adapter = await requestAdapter(gpu, options);
  const requiredLimits: Record<string, number> = {};
  for (const name of LIMITS) requiredLimits[name] = adapter.limits[name];
  const requiredFeatures = FEATURES.filter((feature) => adapter.features.has(feature));
  try {
    return await adapter.requestDevice({ requiredLimits, requiredFeatures });
  } catch (cause) {
    throw new LinnetError('DeviceUnavailableError', `The GPU adapter refused to open a device: ${(cause as Error).message}`, { cause });
  }
}

async function requestAdapter(gpu: GPU, options: DeviceOptions): Promise<GPUAdapter> {
  let cause: unknown;
  const adapter = await gpu.requestAdapter(options).catch((error: unknown) => {
    cause = error;
    return null;
  });
  if (adapter) return adapter;
  throw new LinnetError(
    'DeviceUnavailableError',
    "WebGPU is there, but no GPU adapter is available: hardware acceleration may be off, or the driver is blocked (see chrome://gpu). `jax.init({ backend: 'cpu' })` works without one.",
    { cause },
  );
}

/** The facts of `device`. Software adapters are told by the fallback flag or by name. */
export function deviceFacts(device: GPUDevice): DeviceFacts {
  const info = device.adapterInfo;
  const description = info ? [info.vendor, info.architecture, info.description || info.device].filter(Boolean).join(' ') : '';
  const { limits, features } = device;
  const software = info?.isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|basic render/i.test(description);
  const subgroups = features.has('subgroups');
  return {
    description: description || 'unknown WebGPU adapter',
    software,
    matmulTiles: software ? (subgroups ? 'quads' : 'registers') : 'workgroup',
    matmulReason: software ? 'best on software adapters' : 'best on most GPUs',
    float16: features.has('shader-f16'),
    subgroups,
    timestamps: features.has('timestamp-query'),
    maxStorageBuffers: limits.maxStorageBuffersPerShaderStage,
    maxBufferBytes: Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize),
    maxWorkgroupBytes: limits.maxComputeWorkgroupStorageSize,
    maxWorkgroupSize: limits.maxComputeInvocationsPerWorkgroup,
    maxWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
  };
}
