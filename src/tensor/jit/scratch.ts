import type { Block, Engine } from '#linnet/gpu';
import { type StorageType, storageBytes } from './storage';

/**
 * The arenas for temporaries, one per element type, shared by all programs of an engine: runs follow one another on the queue, so
 * one program's temporaries are dead when the next begins.
 */
export class Scratch {
  readonly #engine: Engine;
  readonly #blocks = new Map<StorageType, Block>();
  readonly #wanted = new Map<StorageType, number>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Makes the arena of `type` hold at least `elements` from the next `block` on. */
  reserve(type: StorageType, elements: number): void {
    this.#wanted.set(type, Math.max(this.#wanted.get(type) ?? 0, elements));
  }

  block(type: StorageType): Block {
    const bytes = Math.max(4, (this.#wanted.get(type) ?? 0) * storageBytes(type));
    let block = this.#blocks.get(type);
    if (!block || block.failure || block.capacity < bytes) {
      const next = this.#engine.pool.acquire(bytes, `temporaries of type ${type}`);
      if (block) this.#engine.pool.release(block);
      block = next;
      this.#blocks.set(type, block);
    }
    return block;
  }
}
