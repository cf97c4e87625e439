import { LinnetError } from '#linnet/core';
import type { Counters } from './counters';

/** A piece of device memory of the pool. `id` names it in bind group caches. */
export interface Block {
  readonly id: number;
  readonly gpu: GPUBuffer;
  /** Bytes allocated, at least what was asked for. */
  readonly capacity: number;
  /** Set when the device turned out to have no such memory: nothing may be done with the block but to release it. */
  failure?: LinnetError;
}

export interface BufferPoolOptions {
  /** Bytes the engine may hold, free blocks included. */
  readonly byteBudget: number;
  /** Bytes of free blocks kept for reuse. */
  readonly keepBytes: number;
  /** The largest block the device allows. */
  readonly maxBlockBytes: number;
}

/** Blocks from this size on are waited for before they are used: smaller ones hardly ever fail, and waiting takes a moment. */
const UNSURE_BYTES = 16 * 2 ** 20;

const USAGE = 0x80 | 0x04 | 0x08; // STORAGE | COPY_SRC | COPY_DST, spelled out because Node has no GPUBufferUsage global

/** Blocks by size class, reused last in, first out, so that a loop of equal steps meets the same blocks and the same bind groups again. */
export class BufferPool {
  readonly #device: GPUDevice;
  readonly #counters: Counters;
  readonly #options: BufferPoolOptions;
  readonly #free = new Map<number, Block[]>();
  readonly #condemned: Block[] = [];
  #nextId = 1;
  #freeBytes = 0;
  #totalBytes = 0;
  #unsure: Promise<unknown> | undefined;

  constructor(device: GPUDevice, counters: Counters, options: BufferPoolOptions) {
    this.#device = device;
    this.#counters = counters;
    this.#options = options;
  }

  /** A block of at least `byteLength` bytes with unknown contents; `purpose` names it in errors. */
  acquire(byteLength: number, purpose: string): Block {
    const capacity = sizeClass(byteLength);
    const block = this.#free.get(capacity)?.pop();
    if (block) this.#freeBytes -= capacity;
    const taken = block ?? this.#create(capacity, purpose);
    const { counters } = this;
    counters.liveBuffers++;
    counters.liveBytes += capacity;
    counters.peakBytes = Math.max(counters.peakBytes, counters.liveBytes);
    return taken;
  }

  /** Gives `block` back. Commands already encoded may still use it: the queue is ordered. */
  release(block: Block): void {
    this.#counters.liveBuffers--;
    this.#counters.liveBytes -= block.capacity;
    if (block.failure) {
      this.#totalBytes -= block.capacity;
      return;
    }
    const list = this.#free.get(block.capacity) ?? [];
    this.#free.set(block.capacity, list);
    list.push(block);
    this.#freeBytes += block.capacity;
    if (this.#freeBytes > this.#options.keepBytes) this.trim(this.#options.keepBytes / 2);
  }

  get counters(): Counters {
    return this.#counters;
  }

  /** Settles when it is known whether the device has all the memory it was asked for; undefined when that is known. */
  get unsure(): Promise<unknown> | undefined {
    return this.#unsure;
  }

  /** Takes free blocks out of the pool, largest first, until at most `keep` bytes of them are left. */
  trim(keep: number): void {
    for (const capacity of [...this.#free.keys()].sort((a, b) => b - a)) {
      const list = this.#free.get(capacity)!;
      while (list.length > 0 && this.#freeBytes > keep) {
        this.#condemned.push(list.pop()!);
        this.#freeBytes -= capacity;
        this.#totalBytes -= capacity;
      }
      if (list.length === 0) this.#free.delete(capacity);
    }
  }

  /** Destroys what `trim` took out. Call right after a submit with nothing encoded or held back: no command names them any more. */
  destroyCondemned(): void {
    for (const block of this.#condemned.splice(0)) block.gpu.destroy();
  }

  #create(capacity: number, purpose: string): Block {
    const { byteBudget, maxBlockBytes } = this.#options;
    if (capacity > maxBlockBytes) {
      throw outOfMemory(purpose, capacity, `one buffer of this device holds at most ${formatBytes(maxBlockBytes)}`);
    }
    if (this.#totalBytes + capacity > byteBudget) this.trim(Math.max(0, this.#freeBytes - capacity));
    if (this.#totalBytes + capacity > byteBudget) {
      const used = formatBytes(this.#counters.liveBytes);
      throw outOfMemory(purpose, capacity, `${used} of the budget of ${formatBytes(byteBudget)} are in use`);
    }
    this.#totalBytes += capacity;
    this.#counters.buffersCreated++;
    this.#device.pushErrorScope('out-of-memory');
    const gpu = this.#device.createBuffer({ size: capacity, usage: USAGE });
    const block: Block = { id: this.#nextId++, gpu, capacity };
    const answer = this.#device.popErrorScope().then(
      (error) => {
        if (error) block.failure = outOfMemory(purpose, capacity, `the GPU has no more (${error.message})`);
      },
      // The device is gone, which is told elsewhere.
      () => undefined,
    );
    if (capacity >= UNSURE_BYTES) this.#wait(answer);
    return block;
  }

  #wait(answer: Promise<unknown>): void {
    const all = Promise.all([this.#unsure, answer]).then(() => {
      if (this.#unsure === all) this.#unsure = undefined;
    });
    this.#unsure = all;
  }
}

function outOfMemory(purpose: string, wanted: number, reason: string): LinnetError {
  return new LinnetError(
    'OutOfMemoryError',
    `${formatBytes(wanted)} of GPU memory were wanted for ${purpose}, but ${reason}. Use smaller batches or arrays, or dispose of what is no longer needed.`,
    { details: { wanted } },
  );
}

/** `bytes` rounded up to a multiple of an eighth of its power of two (256 bytes at least), so that near sizes share blocks. */
function sizeClass(bytes: number): number {
  if (bytes <= 256) return 256;
  const step = Math.max(256, 2 ** (Math.floor(Math.log2(bytes)) - 3));
  return Math.ceil(bytes / step) * step;
}

function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}
