import { afterEach, describe, expect, it, vi } from 'vitest';
import { GatheringStore } from '../gathering';
import { expectBytes, patterned } from '../testing/contract';
import type { CatalogBackend } from './catalogBackend';
import { Library } from './library';
import { memoryCatalog } from './memoryCatalog';
import type { SlotBackend } from './slotBackend';
import { SLOT_HEADER_BYTES } from './slotHeader';
import { memorySlots } from './testing/memorySlots';

const MIB = 1024 * 1024;
const SIZE = 5 * MIB + 123;
const POOL = { minSlotBytes: 2 * MIB, maxSlotBytes: 4 * MIB, poolBytes: 64 * MIB, spareSaves: 2, oldAfterMs: 0 };

/** Bytes through each kind of storage call, and how many calls those were. */
class Passes {
  written = 0;
  read = 0;
  reads = 0;
  opened = 0;

  reset(): void {
    this.written = this.read = this.reads = this.opened = 0;
  }

  slots(inner: SlotBackend): SlotBackend {
    return {
      ...inner,
      open: async (id) => {
        const writer = await inner.open(id);
        const write: typeof writer.write = (offset, bytes) => {
          this.written += bytes.byteLength;
          return writer.write(offset, bytes);
        };
        return { ...writer, write };
      },
      openToRead: async (id) => {
        this.opened++;
        const reader = await inner.openToRead(id);
        if (reader === undefined) return undefined;
        const read: typeof reader.read = async (offset, into) => {
          const count = await reader.read(offset, into);
          this.reads++;
          this.read += count;
          return count;
        };
        return { ...reader, read };
      },
    };
  }

  catalog(inner: CatalogBackend): CatalogBackend {
    return {
      ...inner,
      readFile: async (key, offset, length) => {
        const bytes = await inner.readFile(key, offset, length);
        this.reads++;
        this.read += bytes?.byteLength ?? 0;
        return bytes;
      },
    };
  }
}

async function opened(poolBytes = POOL.poolBytes) {
  const passes = new Passes();
  const parts = { catalog: passes.catalog(memoryCatalog()), slots: passes.slots(memorySlots()) };
  const library = await Library.over({ ...parts, pool: { ...POOL, poolBytes }, smallBytes: 1000 });
  if (poolBytes > 0) {
    // The first save makes the slots for the next.
    await library.commitStep('run', 0, [['d', patterned(SIZE)]]);
    await library.idle();
  }
  passes.reset();
  return { library, passes };
}

function watchDigests(): () => number {
  const digest = vi.spyOn(crypto.subtle, 'digest');
  return () => digest.mock.calls.reduce((sum, [, data]) => sum + data.byteLength, 0);
}

afterEach(() => vi.restoreAllMocks());

describe('how often the bytes of a step are gone through', () => {
  it('once for the digests, once to write and once to read back, when they are saved in slots', async () => {
    const { library, passes } = await opened();
    const digested = watchDigests();
    const { files } = await library.commitStep('run', 1, [['d', patterned(SIZE)]]);
    expect(files.length).toBe(1);
    expect(digested()).toBe(SIZE + 32 * Math.ceil(SIZE / MIB));
    const parts = passes.opened / 3;
    // Each slot: its header cleared and set; its bytes read back, and its header before and after the commit.
    expect(passes.written).toBe(SIZE + parts * 2 * SLOT_HEADER_BYTES);
    expect(passes.read).toBe(SIZE + parts * 2 * SLOT_HEADER_BYTES);
  });

  it('once to read back, when they are saved in the catalogue', async () => {
    const { library, passes } = await opened(0);
    const digested = watchDigests();
    await library.commitStep('run', 1, [['d', patterned(SIZE)]]);
    expect(digested()).toBe(SIZE + 32 * Math.ceil(SIZE / MIB));
    expect([passes.read, passes.reads]).toEqual([SIZE, 1]);
  });

  it('once when a file is read, each slot opened once', async () => {
    const { library, passes } = await opened();
    await library.commitStep('run', 1, [['d', patterned(SIZE)]]);
    passes.reset();
    const step = await library.openStep('run', 1);
    expectBytes(await step.read('d'), patterned(SIZE));
    expect(passes.read).toBe(SIZE);
    expect(passes.opened).toBe(2);
  });

  it.each([
    ['slots', POOL.poolBytes, Math.ceil(SIZE / MIB) + 1],
    ['the catalogue', 0, 1],
  ])('once when hundreds of small parts of a file in %s are read, in any order', async (_where, poolBytes, reads) => {
    const { library, passes } = await opened(poolBytes);
    const bytes = patterned(SIZE);
    await library.commitStep('run', 1, [['d', bytes]]);
    passes.reset();
    const step = await library.openStep('run', 1);
    const length = 30_011;
    const offsets = Array.from({ length: Math.floor(SIZE / length) }, (_, i) => i * length);
    const parts = await Promise.all(
      offsets.toReversed().map(async (offset) => [offset, await step.read('d', { offset, length })] as const),
    );
    for (const [offset, part] of parts) expectBytes(part, bytes.slice(offset, offset + length));
    expect(passes.read).toBeLessThanOrEqual(SIZE);
    expect(passes.reads).toBeLessThanOrEqual(reads);
  });

  it('hands out memory of its own: changing it changes nothing that is read later', async () => {
    const { library } = await opened(0);
    const bytes = patterned(SIZE);
    await library.commitStep('run', 1, [['d', bytes]]);
    const step = await library.openStep('run', 1);
    for (const range of [undefined, { offset: 10, length: 100 }, { offset: 0, length: MIB }]) {
      (await step.read('d', range))!.fill(0);
      expectBytes(await step.read('d', range), range ? bytes.slice(range.offset, range.offset + range.length) : bytes);
    }
  });

  it('no copy is made of a file that lies in pieces before it is written', async () => {
    const { library, passes } = await opened();
    const bytes = patterned(SIZE);
    const store = new GatheringStore('memory:/step');
    await store.write('d', bytes);
    expect(store.files().get('d')?.pieces[0]).toBe(bytes);
    await library.commitStep('run', 1, store.files());
    expect(passes.written).toBeGreaterThan(SIZE);
    expectBytes(await (await library.openStep('run', 1)).read('d'), bytes);
  });
});
