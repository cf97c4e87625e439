import { invariant, type LinnetError, sizeOf } from '#linnet/core';
import type { Block, Engine } from '#linnet/gpu';
import type { Aval } from '../aval';
import type { Buffer } from '../backend';
import { storageBytes, storageType } from './storage';

/** Bytes that an array of `aval` takes in device memory. */
export const deviceBytes = (aval: Aval): number => sizeOf(aval.shape) * storageBytes(storageType(aval));

/** An array in GPU memory: a block of the pool with a reference count. */
export class DeviceBuffer implements Buffer {
  readonly aval: Aval;
  readonly byteLength: number;
  readonly block: Block;
  /** Why the value never came to be; whoever reads it is told. */
  failure: LinnetError | undefined;
  readonly #engine: Engine;
  #count = 1;

  constructor(engine: Engine, aval: Aval, block: Block) {
    this.#engine = engine;
    this.aval = aval;
    this.block = block;
    this.byteLength = deviceBytes(aval);
  }

  /** A buffer for an array of `aval` with unknown contents. */
  static allocate(engine: Engine, aval: Aval): DeviceBuffer {
    const byteLength = deviceBytes(aval);
    return new DeviceBuffer(engine, aval, engine.pool.acquire(byteLength, `an array ${aval.dtype}[${aval.shape}]`));
  }

  get alive(): boolean {
    return this.#count > 0;
  }

  /** Whether the caller holds the only reference. */
  get isSole(): boolean {
    return this.#count === 1;
  }

  retain(): void {
    invariant(this.alive, 'a released buffer was used again');
    this.#count++;
  }

  release(): void {
    invariant(this.alive, 'a buffer was released twice');
    if (--this.#count === 0) this.#engine.pool.release(this.block);
  }

  /** Ends this buffer but keeps its memory for another array of the same size, which now owns it. */
  handOver(aval: Aval): DeviceBuffer {
    this.#count = 0;
    return new DeviceBuffer(this.#engine, aval, this.block);
  }
}
