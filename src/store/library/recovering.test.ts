import { describe, expect, it } from 'vitest';
import type { LinnetError } from '#linnet/core';
import { localLocks } from '../locks';
import { CatalogJournal } from './catalogJournal';
import { Library, type LibraryParts } from './library';
import { type CatalogContent, emptyCatalog, memoryCatalog } from './memoryCatalog';
import { FAULT_KINDS, FaultyStorage } from './testing/faultyStorage';
import { expectStep, stepFiles } from './testing/libraryContract';
import { memorySlots } from './testing/memorySlots';

/** A browser's storage: the catalogue, which it may lose, and files. */
class Ground {
  catalog: CatalogContent = emptyCatalog();
  readonly journal = new Map<string, Uint8Array>();
  readonly slots = new Map<string, Uint8Array>();
  readonly problems: LinnetError[] = [];
  readonly #locks = localLocks();

  open(parts: Partial<LibraryParts> = {}): Promise<Library> {
    return Library.over({
      catalog: memoryCatalog(this.catalog),
      slots: memorySlots(this.slots),
      mirror: new CatalogJournal(memorySlots(this.journal)),
      locks: this.#locks,
      report: (problem) => this.problems.push(problem),
      ...parts,
    });
  }

  /** What Chromium does with a database that a kill in mid-write has damaged. */
  lose(): void {
    this.catalog = emptyCatalog();
  }
}

describe('a catalogue that the browser lost', () => {
  it('is made anew from its second copy, with names, notes, the bin and what was saved, discarded and renamed', async () => {
    const ground = new Ground();
    const before = await ground.open();
    expect(before.recovery).toBeUndefined();
    for (const step of [1, 2, 3, 4]) {
      await before.commitStep('run', step, stepFiles(step), { metrics: { loss: step === 2 ? Number.NaN : 1 / step }, name: `n${step}` });
    }
    await before.commitStep('other', 7, stepFiles(7));
    await before.noteStep('run', 3, 'a note');
    await before.discard('run', [1]);
    const { id } = await before.bin('run', 4);
    await before.renameRun('other', 'another');
    const usage = await before.usage();

    ground.lose();
    const after = await ground.open();
    expect(after.recovery).toEqual({ runs: 2, steps: 3, lost: [] });
    expect(await after.usage()).toEqual(usage);
    expect((await after.listSteps('run')).map(({ step, name, note }) => [step, name, note])).toEqual([
      [2, 'n2', undefined],
      [3, 'n3', 'a note'],
    ]);
    expect((await after.findStep('run', 2))?.metrics).toEqual({ loss: Number.NaN });
    await expectStep(after, 'run', 3, stepFiles(3));
    await expectStep(after, 'another', 7, stepFiles(7));
    await after.restoreFromBin(id);
    await expectStep(after, 'run', 4, stepFiles(4));
    expect(await after.scan({ deep: true })).toEqual([]);
    expect(ground.problems).toEqual([]);
  });

  it('is made anew again and again, whoever saved in between', async () => {
    const ground = new Ground();
    const expected: number[] = [];
    for (let step = 0; step < 12; step++) {
      const [one, two] = [await ground.open(), await ground.open()];
      await one.commitStep('run', 2 * step, stepFiles(2 * step));
      await two.commitStep('run', 2 * step + 1, stepFiles(2 * step + 1));
      expected.push(2 * step, 2 * step + 1);
      if (step % 3 === 1) ground.lose();
    }
    ground.lose();
    const library = await ground.open();
    expect((await library.listSteps('run')).map(({ step }) => step)).toEqual(expected);
    for (const step of expected) await expectStep(library, 'run', step, stepFiles(step));
  });

  it('keeps the second copy within bounds while steps come and go', async () => {
    const ground = new Ground();
    const library = await ground.open();
    for (let step = 0; step < 300; step++) {
      await library.commitStep('run', step, stepFiles(step, 90_000));
      if (step >= 3) await library.discard('run', [step - 3]);
    }
    for (const [id, bytes] of ground.journal) expect(bytes.byteLength, id).toBeLessThan(8 << 20);
    ground.lose();
    const after = await ground.open();
    expect((await after.listSteps('run')).map(({ step }) => step)).toEqual([297, 298, 299]);
  });

  it('comes back without the bytes of large steps that had no slots yet, and names those', async () => {
    const ground = new Ground();
    const before = await ground.open();
    await before.commitStep('run', 1, stepFiles(1));
    await before.commitStep('run', 2, stepFiles(2, 9_000_000));
    ground.lose();
    const after = await ground.open();
    expect(after.recovery).toEqual({ runs: 1, steps: 1, lost: [{ run: 'run', step: 2 }] });
    expect((await after.listSteps('run')).map(({ step }) => step)).toEqual([1]);
    expect(await after.scan({ deep: true })).toEqual([]);
  });

  it('brings back steps in slots by their catalogue entries', async () => {
    const ground = new Ground();
    const parts = {
      smallBytes: 10_000,
      pool: { minSlotBytes: 1 << 16, maxSlotBytes: 1 << 18, poolBytes: 1 << 22, spareSaves: 2, oldAfterMs: 0 },
    };
    const before = await ground.open(parts);
    for (const step of [1, 2, 3]) {
      await before.commitStep('run', step, stepFiles(step, 50_000));
      await before.idle();
    }
    ground.lose();
    const after = await ground.open(parts);
    expect(after.recovery).toEqual({ runs: 1, steps: 3, lost: [] });
    for (const step of [1, 2, 3]) await expectStep(after, 'run', step, stepFiles(step, 50_000));
  });

  it('is left alone when it has lost only a part, which is named', async () => {
    const ground = new Ground();
    await (await ground.open()).commitStep('run', 1, stepFiles(1));
    const { meta, tables } = ground.catalog;
    await (await ground.open()).commitStep('run', 2, stepFiles(2));
    ground.catalog = { meta, tables };
    const library = await ground.open();
    expect(library.recovery).toEqual({ runs: 0, steps: 0, lost: [{ run: 'run', step: 2 }] });
    expect((await library.listSteps('run')).map(({ step }) => step)).toEqual([1]);
  });

  it('is not mistaken for one when nothing was ever saved, or all was deleted with it', async () => {
    const ground = new Ground();
    await (await ground.open()).commitStep('run', 1, stepFiles(1));
    ground.lose();
    ground.journal.clear();
    const library = await ground.open();
    expect(library.recovery).toBeUndefined();
    expect(await library.listRuns()).toEqual([]);
  });

  it('is brought back in full whichever page of the second copy was torn by the kill, except for the save under way', async () => {
    const ground = new Ground();
    const library = await ground.open();
    for (const step of [1, 2, 3]) await library.commitStep('run', step, stepFiles(step));
    const whole = new Map([...ground.journal].map(([id, bytes]) => [id, bytes.slice()]));
    await library.commitStep('run', 4, stepFiles(4));
    for (const [id, bytes] of ground.journal) {
      const before = whole.get(id)!;
      const changed = [...bytes.keys()].filter((at) => bytes[at] !== before[at]);
      for (let cut = 0; cut < changed.length; cut += 97) {
        const torn = bytes.slice();
        for (const at of changed.slice(cut)) torn[at] = before[at]!;
        const crashed = new Ground();
        for (const [other, content] of whole) crashed.journal.set(other, content.slice());
        crashed.journal.set(id, torn);
        const after = await crashed.open();
        const steps = (await after.listSteps('run')).map(({ step }) => step);
        expect(steps.slice(0, 3), `cut at ${cut}`).toEqual([1, 2, 3]);
        for (const step of steps) await expectStep(after, 'run', step, stepFiles(step));
      }
    }
  });

  it('is no reason to fail a save when the second copy cannot be written, which is reported once', async () => {
    const ground = new Ground();
    const slots = memorySlots(ground.journal);
    const full = { ...slots, create: () => Promise.reject(new DOMException('full', 'QuotaExceededError')) };
    const library = await ground.open({ mirror: new CatalogJournal(full) });
    for (const step of [1, 2]) await library.commitStep('run', step, stepFiles(step));
    expect(ground.problems.map(({ kind }) => kind)).toEqual(['QuotaError']);
    // The next session makes up for it.
    await (await ground.open()).commitStep('run', 3, stepFiles(3));
    ground.lose();
    expect((await (await ground.open()).listSteps('run')).map(({ step }) => step)).toEqual([1, 2, 3]);
  });

  it('does no harm, whichever call to the second copy fails in whichever way, and that copy is whole again after the next session', async () => {
    for (const kind of FAULT_KINDS) {
      let ended = false;
      for (let at = 1; !ended; at++) {
        const ground = new Ground();
        const faulty = new FaultyStorage(memoryCatalog(), memorySlots(ground.journal), { kind, at, onwards: false });
        const what = `${kind} at call ${at}`;
        const library = await ground.open({ mirror: new CatalogJournal(faulty.slots), answerLimitMs: 4 });
        for (const step of [1, 2, 3]) await library.commitStep('run', step, stepFiles(step, 500));
        await library.discard('run', [2]);
        const steps = async (of: Library) => (await of.listSteps('run')).map(({ step }) => step);
        expect(await steps(library), what).toEqual([1, 3]);
        await (await ground.open()).commitStep('run', 4, stepFiles(4, 500));
        ground.lose();
        const after = await ground.open();
        // What a disk only says it wrote is not there; but nothing else is wrong.
        if (kind !== 'lie' && kind !== 'short') expect(await steps(after), what).toEqual([1, 3, 4]);
        expect(
          (await after.scan({ deep: true })).filter(({ harm }) => harm),
          what,
        ).toEqual([]);
        ended = faulty.calls < at;
      }
    }
  });
});
