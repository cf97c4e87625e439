import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLinnetError } from '#linnet/core';
import { localLocks } from '../locks';
import { Library } from './library';
import { emptyCatalog, memoryCatalog } from './memoryCatalog';
import { expectStep, stepFiles } from './testing/libraryContract';
import { memorySlots } from './testing/memorySlots';

const POOL = { minSlotBytes: 8192, maxSlotBytes: 16384, poolBytes: 300_000, spareSaves: 1, oldAfterMs: 0 };
const RUNS = ['a', 'b'];

/** One thing a tab does. */
interface Act {
  readonly tab: number;
  readonly what: 'save' | 'replace' | 'discard' | 'bin' | 'restore' | 'purge' | 'rename' | 'read' | 'reopen';
  readonly run: string;
  readonly step: number;
}

const acts = fc.array(
  fc.record<Act>({
    tab: fc.nat(3),
    what: fc.constantFrom('save', 'save', 'save', 'replace', 'discard', 'bin', 'restore', 'purge', 'rename', 'read', 'reopen'),
    run: fc.constantFrom(...RUNS),
    step: fc.nat(5),
  }),
  { minLength: 5, maxLength: 40 },
);

/** Several tabs over one storage. What they do is also done to plain maps, which say what must be there. */
class Tabs {
  readonly #content = emptyCatalog();
  readonly #slots = new Map<string, Uint8Array>();
  readonly #locks = localLocks();
  readonly #tabs: Library[] = [];
  /** Run id to steps, each with the seed of its files. */
  readonly #steps = new Map<string, Map<number, number>>();
  readonly #names = new Map<string, string>();
  readonly #bin = new Map<string, { runId: string; name: string; step?: number; seed?: number }>();
  #seed = 0;

  async tab(index: number, anew = false): Promise<Library> {
    if (anew) delete this.#tabs[index];
    let time = 0;
    const clock = { now: () => 0, monotonic: () => ++time };
    this.#tabs[index] ??= await Library.over({
      catalog: memoryCatalog(this.#content),
      slots: memorySlots(this.#slots),
      locks: this.#locks,
      clock,
      pool: POOL,
      smallBytes: 1000,
    });
    return this.#tabs[index] as Library;
  }

  /** Does it, and notes what it did; refusals with a fitting error change nothing. */
  async act({ tab, what, run, step }: Act): Promise<void> {
    const library = await this.tab(tab, what === 'reopen');
    try {
      if (what === 'save' || what === 'replace') await this.#save(library, run, step, what === 'replace');
      else if (what === 'discard') for (const gone of await library.discard(run, [step])) this.#of(run).delete(gone);
      else if (what === 'bin') await this.#toBin(library, run, step);
      else if (what === 'restore' || what === 'purge') await this.#fromBin(library, what);
      else if (what === 'rename') await this.#rename(library, run);
      else if (what === 'read') await expectStep(library, run, step, this.#filesOf(this.#of(run).get(step) as number));
    } catch (cause) {
      const refused = isLinnetError(cause, 'CheckpointExistsError') || isLinnetError(cause, 'CheckpointNotFoundError');
      const there = this.#of(run).has(step);
      const wrongly = what === 'replace' || (what === 'save' && !there) || (what === 'read' && there);
      if (!refused || wrongly) throw cause;
    }
  }

  async check(): Promise<void> {
    const library = await this.tab(9);
    await Promise.all(this.#tabs.filter(Boolean).map((tab) => tab.idle()));
    expect((await library.listRuns()).map(({ name }) => name)).toEqual([...this.#names.keys()].sort());
    for (const name of this.#names.keys()) {
      const steps = this.#of(name);
      expect((await library.listSteps(name)).map(({ step }) => step)).toEqual([...steps.keys()].sort((a, b) => a - b));
      for (const [step, seed] of steps) await expectStep(library, name, step, this.#filesOf(seed));
    }
    expect((await library.listBin()).map(({ id }) => id)).toEqual([...this.#bin.keys()].sort());
    expect(await library.scan({ deep: true })).toEqual([]);
  }

  #filesOf(seed: number) {
    return stepFiles(seed % 50, seed % 2 ? 200 : 9000);
  }

  #of(name: string): Map<number, number> {
    return this.#steps.get(this.#names.get(name) ?? '') ?? new Map();
  }

  async #save(library: Library, run: string, step: number, replace: boolean): Promise<void> {
    const seed = ++this.#seed;
    await library.commitStep(run, step, this.#filesOf(seed), { replace });
    const id = (await library.findRun(run))?.id as string;
    this.#names.set(run, id);
    const steps = this.#steps.get(id) ?? new Map();
    this.#steps.set(id, steps.set(step, seed));
  }

  async #toBin(library: Library, run: string, step: number): Promise<void> {
    const runId = this.#names.get(run) ?? '';
    const whole = step === 0;
    const { id } = whole ? await library.bin(run) : await library.bin(run, step);
    if (whole) {
      this.#names.delete(run);
      this.#bin.set(id, { runId, name: run });
    } else {
      this.#bin.set(id, { runId, name: run, step, seed: this.#of(run).get(step) as number });
      this.#of(run).delete(step);
    }
  }

  async #fromBin(library: Library, what: 'restore' | 'purge'): Promise<void> {
    const [id, entry] = [...this.#bin][0] ?? ['none', undefined];
    if (what === 'restore') await library.restoreFromBin(id);
    else await library.purge(id);
    if (entry === undefined) return;
    this.#bin.delete(id);
    const { runId, name, step, seed } = entry;
    if (what === 'restore' && step === undefined) this.#names.set(name, runId);
    if (what === 'restore' && step !== undefined) this.#steps.get(runId)?.set(step, seed as number);
    if (what === 'purge' && step === undefined) for (const [other, { runId: of }] of this.#bin) if (of === runId) this.#bin.delete(other);
  }

  async #rename(library: Library, run: string): Promise<void> {
    const other = `${run}${run}`;
    const [from, to] = this.#names.has(run) ? [run, other] : [other, run];
    await library.renameRun(from, to);
    this.#names.set(to, this.#names.get(from) as string);
    this.#names.delete(from);
  }
}

describe('several tabs', () => {
  it('do anything in any order, and the library holds what a simple model says', async () => {
    await fc.assert(
      fc.asyncProperty(acts, async (list) => {
        const tabs = new Tabs();
        for (const one of list) await tabs.act(one);
        await tabs.check();
      }),
      { numRuns: 60, seed: 7 },
    );
  }, 30_000);

  it('save and delete at once, and nothing is lost or half there', async () => {
    const tabs = new Tabs();
    const four = await Promise.all([0, 1, 2, 3].map((index) => tabs.tab(index)));
    const outcomes = await Promise.allSettled(
      four.flatMap((library, tab) => [
        ...[0, 1, 2, 3, 4].map((i) => library.commitStep('run', tab * 10 + i, stepFiles(tab * 10 + i, i % 2 ? 9000 : 100))),
        ...[0, 1].map((i) => library.commitStep('run', 100 + i, stepFiles(tab, 9000))),
      ]),
    );
    expect(outcomes.filter(({ status }) => status === 'rejected').length).toBe(6);
    const [first] = four as [Library];
    expect((await first.listSteps('run')).length).toBe(22);
    await Promise.all([four[1]?.discard('run', [0, 1, 2]), four[2]?.bin('run', 30), four[3]?.commitStep('run', 200, stepFiles(3, 9000))]);
    await Promise.all(four.map((library) => library.idle()));
    for (let tab = 1; tab < 3; tab++)
      for (let i = 0; i < 5; i++) await expectStep(first, 'run', tab * 10 + i, stepFiles(tab * 10 + i, i % 2 ? 9000 : 100));
    expect(await first.scan({ deep: true })).toEqual([]);
  });
});
