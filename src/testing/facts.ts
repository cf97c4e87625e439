import type { DeviceFacts } from '#linnet/gpu';

/** A device without anything special, with as many bindings as browsers give, to compile for without one. */
export const PLAIN_DEVICE: DeviceFacts = {
  description: 'none',
  software: true,
  matmulTiles: 'registers',
  matmulReason: 'none',
  float16: false,
  subgroups: false,
  timestamps: false,
  maxStorageBuffers: 10,
  maxBufferBytes: 2 ** 30,
  maxWorkgroupBytes: 16384,
  maxWorkgroupSize: 256,
  maxWorkgroupsPerDimension: 65535,
};
