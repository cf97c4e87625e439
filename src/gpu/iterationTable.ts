import type { Counters } from './counters';

/** Iterations told apart by one table; two lookups reach its square. */
export const ITERATION_RADIX = 4096;
const UNIFORM_COPY_DST = 0x40 | 0x08;

/**
 * The numbers 0, 1, 2, … in a uniform buffer, one per dynamic offset: a loop on the GPU learns its iteration from an offset recorded
 * with the dispatch, without a write per step.
 */
export class IterationTable {
  readonly #device: GPUDevice;
  readonly #counters: Counters;
  readonly #layout: GPUBindGroupLayout;
  readonly stride: number;
  #group: GPUBindGroup | undefined;

  constructor(device: GPUDevice, counters: Counters, layout: GPUBindGroupLayout) {
    this.#device = device;
    this.#counters = counters;
    this.#layout = layout;
    this.stride = device.limits.minUniformBufferOffsetAlignment;
  }

  /** The bind group of group 1; set it with `offsets(iteration)`. */
  get group(): GPUBindGroup {
    this.#group ??= this.#create();
    return this.#group;
  }

  /** Dynamic offsets for `iteration`: low part, high part. */
  offsets(iteration: number): [number, number] {
    return [(iteration % ITERATION_RADIX) * this.stride, Math.floor(iteration / ITERATION_RADIX) * this.stride];
  }

  #create(): GPUBindGroup {
    const size = ITERATION_RADIX * this.stride;
    const buffer = this.#device.createBuffer({ size, usage: UNIFORM_COPY_DST, mappedAtCreation: true });
    const words = new Uint32Array(buffer.getMappedRange());
    for (let i = 0; i < ITERATION_RADIX; i++) words[(i * this.stride) / 4] = i;
    buffer.unmap();
    this.#counters.buffersCreated++;
    this.#counters.bindGroupsCreated++;
    const resource = { buffer, offset: 0, size: 16 };
    return this.#device.createBindGroup({
      layout: this.#layout,
      entries: [
        { binding: 0, resource },
        { binding: 1, resource },
      ],
    });
  }
}
