import { describe, expect, it } from 'vitest';
import { BufferPool } from './bufferPool';
import { newCounters } from './counters';

/** A device that only makes buffers, has `memory` bytes for each of them, and remembers which it destroyed. */
function fakeDevice(memory = Number.POSITIVE_INFINITY) {
  const destroyed: number[] = [];
  let failed = false;
  const createBuffer = ({ size }: GPUBufferDescriptor) => {
    failed = size > memory;
    return { size, destroy: () => destroyed.push(size) } as unknown as GPUBuffer;
  };
  const popErrorScope = async () => (failed ? { message: 'allocation failed' } : null);
  return { device: { createBuffer, pushErrorScope: () => undefined, popErrorScope } as unknown as GPUDevice, destroyed };
}

const KB = 1024;

describe('the buffer pool', () => {
  it('reuses what was released last, and counts what is held', () => {
    const counters = newCounters();
    const pool = new BufferPool(fakeDevice().device, counters, { byteBudget: 1024 * KB, keepBytes: 512 * KB, maxBlockBytes: 512 * KB });
    const [a, b] = [pool.acquire(1000, 'a'), pool.acquire(1001, 'b')];
    expect(counters).toMatchObject({ buffersCreated: 2, liveBuffers: 2, liveBytes: a.capacity + b.capacity });
    pool.release(a);
    pool.release(b);
    expect(counters).toMatchObject({ liveBuffers: 0, liveBytes: 0, peakBytes: a.capacity + b.capacity });
    expect(pool.acquire(1002, 'c')).toBe(b);
    expect(counters.buffersCreated).toBe(2);
  });

  it('wastes at most an eighth, and 256 bytes', () => {
    const pool = new BufferPool(fakeDevice().device, newCounters(), { byteBudget: 2 ** 40, keepBytes: 0, maxBlockBytes: 2 ** 40 });
    for (const bytes of [1, 255, 257, 4097, 100_003, 2 ** 24 + 1]) {
      const { capacity } = pool.acquire(bytes, 'x');
      expect(capacity).toBeGreaterThanOrEqual(bytes);
      expect(capacity).toBeLessThanOrEqual(Math.max(bytes + 256, bytes * 1.125));
      expect(capacity % 4).toBe(0);
    }
  });

  it('frees what is not in use before it refuses, and says what was wanted', () => {
    const { device, destroyed } = fakeDevice();
    const pool = new BufferPool(device, newCounters(), { byteBudget: 100 * KB, keepBytes: 100 * KB, maxBlockBytes: 80 * KB });
    pool.release(pool.acquire(64 * KB, 'first'));
    pool.acquire(72 * KB, 'second');
    expect(destroyed).toEqual([]);
    pool.destroyCondemned();
    expect(destroyed).toEqual([64 * KB]);
    expect(() => pool.acquire(40 * KB, 'third')).toThrow(
      /40 KiB of GPU memory were wanted for third, but 72 KiB of the budget of 100 KiB are in use/,
    );
    expect(() => pool.acquire(96 * KB, 'fourth')).toThrow(/one buffer of this device holds at most 80 KiB/);
  });

  it('learns that the device had no memory, says what was wanted, and never hands the block out again', async () => {
    const pool = new BufferPool(fakeDevice(20 * 1024 * KB).device, newCounters(), {
      byteBudget: 2 ** 30,
      keepBytes: 2 ** 30,
      maxBlockBytes: 2 ** 30,
    });
    const good = pool.acquire(16 * 1024 * KB, 'what fits');
    await pool.unsure;
    expect([good.failure, pool.unsure]).toEqual([undefined, undefined]);
    const bad = pool.acquire(24 * 1024 * KB, 'an array float32[6291456]');
    expect(pool.unsure).toBeDefined();
    await pool.unsure;
    expect(bad.failure).toMatchObject({ kind: 'OutOfMemoryError', details: { wanted: bad.capacity } });
    expect(bad.failure!.message).toMatch(/24 MiB of GPU memory were wanted for an array float32\[6291456\], but the GPU has no more/);
    pool.release(bad);
    expect(pool.acquire(24 * 1024 * KB, 'once more')).not.toBe(bad);
  });
});
