import type { Counters } from './counters';

const MAP_READ_COPY_DST = 0x01 | 0x08;
const READ = 0x01;
/** Bytes of staging memory kept for later reads. */
const KEEP_BYTES = 256 * 1024 * 1024;

/** Reusable staging buffers for reading device memory. */
export class ReadbackRing {
  readonly #device: GPUDevice;
  readonly #counters: Counters;
  readonly #free: GPUBuffer[] = [];
  #freeBytes = 0;

  constructor(device: GPUDevice, counters: Counters) {
    this.#device = device;
    this.#counters = counters;
  }

  /** A staging buffer of at least `byteLength` bytes, the smallest free one that is not more than four times too large. */
  take(byteLength: number): GPUBuffer {
    let best = -1;
    for (let i = 0; i < this.#free.length; i++) {
      const { size } = this.#free[i]!;
      const fits = size >= byteLength && size <= Math.max(65536, 4 * byteLength);
      if (fits && (best < 0 || size < this.#free[best]!.size)) best = i;
    }
    if (best >= 0) {
      const [buffer] = this.#free.splice(best, 1);
      this.#freeBytes -= buffer!.size;
      return buffer!;
    }
    this.#counters.buffersCreated++;
    return this.#device.createBuffer({ size: Math.max(256, Math.ceil(byteLength / 256) * 256), usage: MAP_READ_COPY_DST });
  }

  /** Reads `byteLength` bytes of a staging buffer that a submitted copy fills, and gives the buffer back. */
  async read(staging: GPUBuffer, byteLength: number): Promise<Uint8Array> {
    const mapped = Math.ceil(byteLength / 4) * 4;
    await staging.mapAsync(READ, 0, mapped);
    const bytes = new Uint8Array(staging.getMappedRange(0, mapped)).slice(0, byteLength);
    staging.unmap();
    if (this.#freeBytes + staging.size <= KEEP_BYTES) {
      this.#free.push(staging);
      this.#freeBytes += staging.size;
    } else staging.destroy();
    return bytes;
  }
}
