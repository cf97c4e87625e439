import { describe, expect, it } from 'vitest';
import { localLocks } from '../locks';
import type { Migration } from './catalog';
import type { Operation } from './catalogBackend';
import { Library, type LibraryParts } from './library';
import { copyCatalog, emptyCatalog, memoryCatalog } from './memoryCatalog';
import { openMemoryLibrary } from './openLibrary';
import { chooseSlots, newSlotSizes, POOL_LIMITS, slotCapacity } from './slotSizes';
import { expectStep, stepFiles } from './testing/libraryContract';
import { memorySlots } from './testing/memorySlots';

const POOL = { minSlotBytes: 8192, maxSlotBytes: 32768, poolBytes: 1 << 20, spareSaves: 2, oldAfterMs: 60_000 };

/** A library over memory whose clocks the test moves. */
function bench() {
  const content = emptyCatalog();
  const files = new Map<string, Uint8Array>();
  const time = { now: 1e12, monotonic: 0 };
  const open = (parts: Partial<LibraryParts> = {}) =>
    Library.over({
      catalog: memoryCatalog(content),
      slots: memorySlots(files),
      locks: localLocks(),
      clock: { now: () => time.now, monotonic: () => time.monotonic },
      pool: POOL,
      smallBytes: 1000,
      ...parts,
    });
  return { content, files, time, open };
}

const LARGE = 20_000;

/** More of them, by far, with LINNET_SOAK=1. */
const SAVES = process.env.LINNET_SOAK === '1' ? 10_000 : 500;

describe('the slot pool', () => {
  it('takes nothing until its files are a minute old, whatever the wall clock says', async () => {
    const { open, time, files } = bench();
    const library = await open();
    const inSlots = async () => {
      const { slots, freeSlots } = await library.usage();
      return slots - freeSlots;
    };
    await library.commitStep('run', 1, stepFiles(1, LARGE));
    await library.idle();
    expect(files.size).toBeGreaterThan(0);
    time.now += 1e12;
    time.monotonic += 59_999;
    await library.commitStep('run', 2, stepFiles(2, LARGE));
    await library.idle();
    expect(await inSlots()).toBe(0);
    time.now -= 2e12;
    time.monotonic += 1;
    await library.commitStep('run', 3, stepFiles(3, LARGE));
    expect(await inSlots()).toBeGreaterThan(0);
    for (const step of [1, 2, 3]) await expectStep(library, 'run', step, stepFiles(step, LARGE));
  });

  it('starts the minute anew in a new session, but remembers files it saw grow old', async () => {
    const { open, time } = bench();
    const first = await open();
    await first.commitStep('run', 1, stepFiles(1, LARGE));
    await first.idle();
    time.monotonic = 5;
    const second = await open();
    await second.commitStep('run', 2, stepFiles(2, LARGE));
    expect((await second.usage()).fileRows).toBe(8);
    time.monotonic += 60_000;
    await second.commitStep('run', 3, stepFiles(3, LARGE));
    await second.idle();
    expect((await second.usage()).fileRows).toBe(8);
    await second.discard('run', [3]);
    await second.idle();
    time.monotonic = 0;
    const third = await open();
    await third.commitStep('run', 4, stepFiles(4, LARGE));
    expect((await third.usage()).fileRows).toBe(8);
    await expectStep(third, 'run', 4, stepFiles(4, LARGE));
  });

  it('stays within its size, and the catalogue takes the rest', async () => {
    const { open, time, files } = bench();
    const library = await open({ pool: { ...POOL, poolBytes: 100_000 } });
    for (let step = 1; step <= 8; step++) {
      await library.commitStep('run', step, stepFiles(step, LARGE));
      await library.idle();
      time.monotonic += 70_000;
    }
    expect([...files.values()].reduce((sum, bytes) => sum + bytes.byteLength, 0)).toBeLessThanOrEqual(100_000);
    for (let step = 1; step <= 8; step++) await expectStep(library, 'run', step, stepFiles(step, LARGE));
    expect((await library.usage()).fileRows).toBeGreaterThan(4);
  });

  it('makes files anew that are gone, and does not call them old', async () => {
    const { open, time, files, content } = bench();
    const library = await open();
    await library.commitStep('run', 1, stepFiles(1, LARGE));
    await library.idle();
    time.monotonic += 60_000;
    await library.commitStep('run', 2, stepFiles(2, LARGE));
    await library.discard('run', [2]);
    await library.idle();
    expect([...content.tables.slots.values()].some(({ old }) => old)).toBe(true);
    files.clear();
    const rows = (await library.usage()).fileRows;
    await library.commitStep('run', 3, stepFiles(3, LARGE));
    await library.idle();
    expect((await library.usage()).fileRows).toBeGreaterThan(rows);
    expect([...content.tables.slots.values()].some(({ old }) => old)).toBe(false);
    expect(await library.scan({ deep: true })).toEqual([]);
  });

  it('falls back to the catalogue when a slot fails, says so, and leaves that slot alone', async () => {
    const { open, time, files } = bench();
    const problems: string[] = [];
    const inner = memorySlots(files);
    let opened = 0;
    const slots = {
      ...inner,
      open: async (id: string) => {
        opened++;
        return { ...(await inner.open(id)), flush: () => Promise.reject(new DOMException('disk', 'UnknownError')) };
      },
    };
    const library = await open({ slots, report: ({ kind }) => problems.push(kind) });
    for (let step = 1; step <= 3; step++) {
      await library.commitStep('run', step, stepFiles(step, LARGE));
      await library.idle();
      time.monotonic += 60_000;
    }
    expect(problems).toEqual(Array(problems.length).fill('StorageError'));
    expect(problems.length).toBe(2);
    expect(opened).toBe(2);
    for (let step = 1; step <= 3; step++) await expectStep(library, 'run', step, stepFiles(step, LARGE));
  });
});

describe('sizes of slots', () => {
  it('are powers of two that hold the bytes and waste little', () => {
    for (const byteLength of [1, 9e6, 16e6, 17e6, 64e6, 100e6, 700e6, 3e9]) {
      const sizes = newSlotSizes(byteLength, POOL_LIMITS);
      const room = sizes.reduce((sum, size) => sum + slotCapacity(size), 0);
      expect(room).toBeGreaterThanOrEqual(byteLength);
      expect(room - byteLength).toBeLessThanOrEqual(Math.max(POOL_LIMITS.minSlotBytes, room / 4));
      for (const size of sizes) expect(Math.log2(size) % 1).toBe(0);
      const own = chooseSlots(
        sizes.map((size) => ({ byteLength: size })),
        byteLength,
        POOL_LIMITS,
      );
      expect(own?.length).toBe(sizes.length);
    }
  });

  it('are chosen tightly, and not at all when they do not suffice', () => {
    const limits = { ...POOL_LIMITS, minSlotBytes: 8192 };
    const free = [8192, 8192, 16384, 65536].map((byteLength) => ({ byteLength }));
    const chosen = (byteLength: number) => chooseSlots(free, byteLength, limits)?.map((slot) => slot.byteLength);
    expect(chosen(4000)).toEqual([8192]);
    expect(chosen(5000)).toEqual([8192, 8192]);
    expect(chosen(9000)).toEqual([16384]);
    expect(chosen(15_000)).toEqual([16384, 8192]);
    expect(chosen(40_000)).toEqual([65536]);
    expect(chosen(61_440 + 12_288 + 8192)).toEqual([65536, 16384, 8192, 8192]);
    expect(chosen(90_000)).toBeUndefined();
    expect(free.length).toBe(4);
  });
});

describe('a library over time', () => {
  it(`returns to its starting size after ${SAVES} saves with retention`, async () => {
    const { open, time, files } = bench();
    const library = await open();
    const settle = async (from: number, to: number) => {
      for (let step = from; step < to; step++) {
        await library.commitStep('run', step, stepFiles(step, step % 5 === 0 ? LARGE : 300));
        await library.discard('run', [step - 10]);
        await library.idle();
        time.monotonic += 15_000;
      }
    };
    await settle(0, 100);
    const before = await library.usage();
    const slotFiles = files.size;
    await settle(100, 100 + SAVES);
    expect(await library.usage()).toEqual(before);
    expect(files.size).toBe(slotFiles);
    expect((await library.listSteps('run')).length).toBe(10);
    expect(await library.scan({ deep: true })).toEqual([]);

    await library.purge((await library.bin('run')).id);
    await library.idle();
    const after = await library.usage();
    expect(after).toMatchObject({ runs: 0, steps: 0, binned: 0, fileRows: 0, stepBytes: 0, freeSlots: after.slots });
    expect(after.slots).toBeLessThan(before.slots);
  }, 600_000);

  it('orders steps by generation when the clock jumps back or stands still', async () => {
    const { open, time } = bench();
    const library = await open();
    const ids: string[] = [];
    for (const [step, now] of [5, 3, 9].map((one, i) => [one, [2e12, 1e12, 1e12][i] as number] as const)) {
      time.now = now;
      ids.push((await library.commitStep('run', step, stepFiles(step))).id);
    }
    expect([...ids].sort()).toEqual(ids);
    expect((await library.listSteps('run')).map(({ step }) => step)).toEqual([3, 5, 9]);
  });

  it('removes from the bin after 7 days, and not when the clock has gone back', async () => {
    const { open, time } = bench();
    const library = await open();
    await library.commitStep('run', 1, stepFiles(1));
    const { expiresAt, binnedAt } = await library.bin('run', 1);
    expect(expiresAt - binnedAt).toBe(7 * 24 * 3600 * 1000);
    for (const now of [binnedAt - 1e12, binnedAt, expiresAt - 1]) {
      time.now = now;
      expect(await library.purgeExpired()).toEqual([]);
    }
    time.now = expiresAt;
    expect(await library.purgeExpired()).toMatchObject([{ run: 'run', step: 1 }]);
    expect(await library.listBin()).toEqual([]);
  });

  it('notices that it was cleared under way, and saves nothing into the void', async () => {
    const { open, content } = bench();
    const library = await open();
    await library.commitStep('run', 1, stepFiles(1));
    Object.assign(content, emptyCatalog());
    for (const work of [() => library.commitStep('run', 2, stepFiles(2)), () => library.listRuns(), () => library.openStep('run', 1)])
      await expect(work()).rejects.toMatchObject({ kind: 'StorageError', message: expect.stringContaining('cleared') });
    expect(content).toEqual(emptyCatalog());
  });
});

/** A migration that changes the note of every run. */
function noteRuns(change: (note: string | undefined) => string): Migration {
  return async (backend) => {
    const { runs } = await backend.read({ runs: { prefix: '' } });
    return runs.map((row): Operation => ({ do: 'put', table: 'runs', key: row.name, value: { ...row, note: change(row.note) } }));
  };
}

describe('versions of the library', () => {
  it('refuses a newer one without touching it, at opening and afterwards', async () => {
    const { open, content } = bench();
    const older = await open();
    await older.commitStep('run', 1, stepFiles(1));
    const newer = await open({ schema: { current: 2, migrations: new Map([[1, async () => []]]) } });
    await newer.commitStep('run', 2, stepFiles(2));
    await newer.idle();
    const before = copyCatalog(content);
    for (const work of [() => open(), () => older.listRuns(), () => older.commitStep('run', 3, stepFiles(3)), () => older.bin('run')])
      await expect(work()).rejects.toMatchObject({ kind: 'UnsupportedFormatError', message: expect.stringContaining('newer') });
    expect(content).toEqual(before);
    await expectStep(newer, 'run', 1, stepFiles(1));
  });

  it('brings an older one up to date step by step, in one commit each', async () => {
    const { open, content } = bench();
    await (await open()).commitStep('run', 1, stepFiles(1));
    const library = await open({
      schema: {
        current: 3,
        migrations: new Map([
          [1, noteRuns(() => 'from 1')],
          [2, noteRuns((note) => `${note} to 3`)],
        ]),
      },
    });
    expect(content.meta?.schema).toBe(3);
    expect(await library.findRun('run')).toMatchObject({ note: 'from 1 to 3' });
    await expectStep(library, 'run', 1, stepFiles(1));
    const untouched = copyCatalog(content);
    await expect(open({ schema: { current: 5, migrations: new Map() } })).rejects.toMatchObject({ kind: 'UnsupportedFormatError' });
    expect(content).toEqual(untouched);
  });
});

describe('a busy library', () => {
  it('gives up kindly when another tab keeps it busy', async () => {
    const locks = localLocks();
    const library = await openMemoryLibrary({ locks, lockLimitMs: 5 });
    const held = await locks.tryHold('linnet/memory/commit');
    const saving = library.commitStep('run', 1, stepFiles(1));
    await expect(saving).rejects.toMatchObject({ kind: 'LockedError' });
    held?.release();
    await library.commitStep('run', 1, stepFiles(1));
  });
});
