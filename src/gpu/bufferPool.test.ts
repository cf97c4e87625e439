import { describe, expect, it } from 'vitest';
import { BufferPool } from './bufferPool';
import { newCounters } from './counters';

/** A device that only makes buffers, and remembers which it destroyed. */
function fakeDevice() {
  const destroyed: number[] = [];
  const createBuffer = ({ size }: GPUBufferDescriptor) => ({ size, destroy: () => destroyed.push(size) }) as unknown as GPUBuffer;
  return { device: { createBuffer } as unknown as GPUDevice, destroyed };
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
});
