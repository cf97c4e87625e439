import { describe, expect, it } from 'vitest';
import { bytesEqual, isLinnetError } from '#linnet/core';
import { localLocks } from '../locks';
import { patterned } from '../testing/contract';
import { Library } from './library';
import { type CatalogContent, copyCatalog, emptyCatalog, memoryCatalog } from './memoryCatalog';
import type { StepRow } from './rows';
import { decodeSlotHeader, encodeSlotHeader, SLOT_HEADER_BYTES, SLOT_PAYLOAD_OFFSET } from './slotHeader';
import { memorySlots } from './testing/memorySlots';

interface Disk {
  readonly content: CatalogContent;
  readonly slots: Map<string, Uint8Array>;
}

const POOL = { minSlotBytes: 8192, maxSlotBytes: 32768, poolBytes: 1 << 20, spareSaves: 1, oldAfterMs: 0 };

const openOn = ({ content, slots }: Disk): Promise<Library> =>
  Library.over({
    catalog: memoryCatalog(content),
    slots: memorySlots(slots),
    locks: localLocks(),
    clock: { now: () => 0, monotonic: () => 0 },
    pool: POOL,
    smallBytes: 300,
  });

/** A library whose step 1 of the run `run` has these files, in slots or in the catalogue; `slots` are those that hold it. */
async function saved(files: ReadonlyMap<string, Uint8Array>): Promise<Disk & { library: Library; used: string[] }> {
  const disk: Disk = { content: emptyCatalog(), slots: new Map() };
  const library = await openOn(disk);
  // The first save makes the slots that the second one takes.
  await library.commitStep('run', 0, files);
  await library.idle();
  await library.commitStep('run', 1, files);
  await library.idle();
  const step = [...disk.content.tables.steps.values()].find((row) => row.step === 1) as StepRow;
  return { ...disk, library, used: step.place.in === 'slots' ? step.place.parts.map(({ slot }) => slot) : [] };
}

const SMALL = new Map([
  ['a', patterned(90)],
  ['b/c', patterned(33)],
]);
const IN_SLOTS = new Map([
  ['a', patterned(290)],
  ['b/c', patterned(43)],
]);
const OVER_TWO_SLOTS = new Map([
  ['a', patterned(9000)],
  ['b/c', patterned(31_000)],
]);

/** Asserts that damage is found by `verifyStep`, and that reading gives the saved bytes or an error, never others. */
async function expectCaught(library: Library, files: ReadonlyMap<string, Uint8Array>, what: string): Promise<void> {
  const findings = await library.verifyStep('run', 1);
  if (!findings.some(({ harm }) => harm)) expect.fail(`${what} was not found`);
  for (const [key, bytes] of files) {
    try {
      const read = await (await library.openStep('run', 1)).read(key);
      if (!read || !bytesEqual(read, bytes)) expect.fail(`${what} was handed out as good`);
    } catch (cause) {
      if (!isLinnetError(cause, 'CorruptFileError')) throw cause;
    }
  }
}

describe('damage to what the library wrote', { timeout: 20_000 }, () => {
  it('is found for every bit of every byte in a slot: header and payload', async () => {
    const { library, slots, used } = await saved(IN_SLOTS);
    expect(used.length).toBe(1);
    const bytes = slots.get(used[0] as string) as Uint8Array;
    const live = [...Array(SLOT_HEADER_BYTES).keys(), ...Array.from({ length: 333 }, (_, i) => SLOT_PAYLOAD_OFFSET + i)];
    for (const at of live)
      for (let bit = 0; bit < 8; bit++) {
        bytes[at] = (bytes[at] as number) ^ (1 << bit);
        await expectCaught(library, IN_SLOTS, `bit ${bit} of byte ${at}`);
        bytes[at] = (bytes[at] as number) ^ (1 << bit);
      }
    expect(await library.verifyStep('run', 1)).toEqual([]);
  });

  it('is found for every bit of every byte of a file in the catalogue', async () => {
    const { library, content } = await saved(SMALL);
    const rows = [...content.tables.files].filter(([key]) => key.startsWith('0000000000000002/')).map(([, bytes]) => bytes);
    expect(rows.length).toBe(2);
    for (const bytes of rows)
      for (let at = 0; at < bytes.byteLength; at++)
        for (let bit = 0; bit < 8; bit++) {
          bytes[at] = (bytes[at] as number) ^ (1 << bit);
          await expectCaught(library, SMALL, `bit ${bit} of byte ${at}`);
          bytes[at] = (bytes[at] as number) ^ (1 << bit);
        }
    expect(await library.verifyStep('run', 1)).toEqual([]);
  });

  it('is found for a slot cut off at any byte, and for a missing one', async () => {
    const { library, slots, used } = await saved(IN_SLOTS);
    const id = used[0] as string;
    const whole = slots.get(id) as Uint8Array;
    const ends = [...Array(SLOT_HEADER_BYTES).keys(), 100, 4095, ...Array.from({ length: 333 }, (_, i) => SLOT_PAYLOAD_OFFSET + i)];
    for (const end of ends) {
      slots.set(id, whole.slice(0, end));
      await expectCaught(library, IN_SLOTS, `a cut at ${end}`);
    }
    slots.delete(id);
    await expectCaught(library, IN_SLOTS, 'a missing slot');
    expect((await library.scan()).some(({ harm }) => harm)).toBe(true);
    slots.set(id, whole);
    expect(await library.scan({ deep: true })).toEqual([]);
  });

  it('is found for files of the catalogue cut off at any byte, or missing', async () => {
    const { library, content } = await saved(SMALL);
    for (const [key, bytes] of [...content.tables.files].filter(([name]) => name.startsWith('0000000000000002/'))) {
      for (let end = 0; end < bytes.byteLength; end++) {
        content.tables.files.set(key, bytes.slice(0, end));
        await expectCaught(library, SMALL, `a cut at ${end}`);
      }
      content.tables.files.delete(key);
      await expectCaught(library, SMALL, 'a missing file');
      expect((await library.scan()).some(({ harm }) => harm)).toBe(true);
      content.tables.files.set(key, bytes);
    }
  });

  it('is found for blocks of 4 KiB that are zeroed, swapped, doubled or shifted, also between slots', async () => {
    const { library, slots, used } = await saved(OVER_TWO_SLOTS);
    expect(used.length).toBeGreaterThan(1);
    const block = 4096;
    const originals = new Map(used.map((id) => [id, (slots.get(id) as Uint8Array).slice()]));
    const places = used.flatMap((id, i) => {
      const length = i + 1 < used.length ? (originals.get(id) as Uint8Array).byteLength : 8192;
      return Array.from({ length: length / block }, (_, n) => ({ id, at: n * block }));
    });
    const part = ({ id, at }: { id: string; at: number }) => (originals.get(id) as Uint8Array).slice(at, at + block);
    const put = ({ id, at }: { id: string; at: number }, bytes: Uint8Array) => (slots.get(id) as Uint8Array).set(bytes, at);
    const tries: [string, () => void][] = [];
    for (const place of places) {
      tries.push([`zeroes at ${place.at}`, () => put(place, new Uint8Array(block))]);
      tries.push([`a shift at ${place.at}`, () => put(place, Uint8Array.of(0, ...part(place).subarray(0, block - 1)))]);
      for (const other of places) {
        if (bytesEqual(part(place), part(other))) continue;
        tries.push([`${place.at} doubled over ${other.at}`, () => put(other, part(place))]);
        const swap = () => {
          put(other, part(place));
          put(place, part(other));
        };
        tries.push([`${place.at} and ${other.at} swapped`, swap]);
      }
    }
    for (const [what, damage] of tries) {
      damage();
      await expectCaught(library, OVER_TWO_SLOTS, what);
      for (const [id, bytes] of originals) slots.set(id, bytes.slice());
    }
    expect(await library.verifyStep('run', 1)).toEqual([]);
    expect(tries.length).toBeGreaterThan(50);
  });

  it('is found for every field of a catalogue entry', async () => {
    const { content, slots } = await saved(IN_SLOTS);
    const [key, row] = [...content.tables.steps].find(([, step]) => step.step === 1) as [string, StepRow];
    const file = row.files[0] as StepRow['files'][0];
    const others = row.files.slice(1);
    const damaged: Partial<StepRow>[] = [
      { id: '0000000000000001' },
      { kind: 'other' },
      { savedAt: 1 },
      { metrics: { loss: 1 } },
      { files: others },
      { files: [{ ...file, key: 'z' }, ...others] },
      { files: [{ ...file, byteLength: file.byteLength - 1 }, ...others] },
      { files: [{ ...file, blockCrcs: [1] }, ...others] },
      { files: [{ ...file, treeSha256: '00' }, ...others] },
      { files: [...row.files].reverse() },
      { place: { in: 'files' } },
      { place: { in: 'slots', parts: [{ slot: 'another', byteLength: 333 }] } },
      { checksum: row.checksum ^ 1 },
    ];
    for (const change of damaged) {
      const copy = copyCatalog(content);
      copy.tables.steps.set(key, { ...row, ...change });
      const library = await openOn({ content: copy, slots });
      expect(await library.verifyStep('run', 1), JSON.stringify(change)).not.toEqual([]);
      await expect(library.openStep('run', 1), JSON.stringify(change)).rejects.toMatchObject({ kind: 'CorruptFileError' });
    }
  });

  it('is reported for lost rows, and nothing is deleted', async () => {
    const { content, slots } = await saved(IN_SLOTS);
    for (const table of ['runs', 'steps', 'slots'] as const) {
      const copy = copyCatalog(content);
      copy.tables[table].delete([...copy.tables[table].keys()][0] as string);
      const before = copyCatalog(copy);
      const library = await openOn({ content: copy, slots });
      await expect(library.scan(), table).rejects.toMatchObject({ kind: 'CorruptFileError' });
      expect(copy).toEqual(before);
    }
  });
});

describe('a slot header', () => {
  const header = { stepId: 2 ** 40, runId: 3, step: 2 ** 53 - 1, part: 1, parts: 2, byteLength: 12_345, content: 0xdeadbeef };

  it('comes back as it was', () => {
    expect(encodeSlotHeader(header).byteLength).toBe(SLOT_HEADER_BYTES);
    expect(decodeSlotHeader(encodeSlotHeader(header), 'slot')).toEqual(header);
  });

  it('is refused when it is not there', () => {
    expect(() => decodeSlotHeader(new Uint8Array(SLOT_HEADER_BYTES), 'slot')).toThrow(/missing/);
  });
});
