import { localLocks } from '../locks';
import { memoryCatalog } from './memoryCatalog';
import { openMemoryLibrary } from './openLibrary';
import { libraryContract } from './testing/libraryContract';
import { memorySlots } from './testing/memorySlots';

const pool = { minSlotBytes: 8192, maxSlotBytes: 65536, poolBytes: 1 << 20, spareSaves: 2, oldAfterMs: 60_000 };

libraryContract('a library in memory, without slots', 20_000, () => openMemoryLibrary({ locks: localLocks() }));

libraryContract('a library in memory, with slots', 150_000, () => {
  let time = 0;
  // Every look at the clock takes ten minutes, so that slots are old at once.
  const clock = { now: () => 1e12, monotonic: () => (time += 600_000) };
  return openMemoryLibrary({ catalog: memoryCatalog(), slots: memorySlots(), locks: localLocks(), clock, pool, smallBytes: 10_000 });
});
