import { describe, expect, it } from 'vitest';
import { bytesEqual, isLinnetError } from '#linnet/core';
import { localLocks } from '../locks';
import { Library } from './library';
import { type CatalogContent, copyCatalog, emptyCatalog, memoryCatalog } from './memoryCatalog';
import { FAULT_KINDS, type FaultPlan, FaultyStorage } from './testing/faultyStorage';
import { stepFiles } from './testing/libraryContract';
import { memorySlots } from './testing/memorySlots';

const POOL = { minSlotBytes: 8192, maxSlotBytes: 16384, poolBytes: 400_000, spareSaves: 2, oldAfterMs: 60_000 };
const LARGE = 9000;
const SMALL = 200;

interface Disk {
  readonly content: CatalogContent;
  readonly files: Map<string, Uint8Array>;
  timeMs: number;
}

const copyDisk = ({ content, files, timeMs }: Disk): Disk => ({
  content: copyCatalog(content),
  files: new Map(Array.from(files, ([id, bytes]) => [id, bytes.slice()])),
  timeMs,
});

function openOn(disk: Disk, plan?: FaultPlan) {
  const catalog = memoryCatalog(disk.content);
  const slots = memorySlots(disk.files);
  const storage = plan ? new FaultyStorage(catalog, slots, plan) : { catalog, slots, calls: 0 };
  const clock = { now: () => disk.timeMs, monotonic: () => disk.timeMs };
  const settings = { locks: localLocks(), clock, pool: POOL, smallBytes: 1000, answerLimitMs: 2 };
  return { storage, opening: () => Library.over({ catalog: storage.catalog, slots: storage.slots, ...settings }) };
}

/** Two runs: small and large steps, one in the bin, slots that are old and free. */
async function furnished(): Promise<{ disk: Disk; binned: string }> {
  const disk: Disk = { content: emptyCatalog(), files: new Map(), timeMs: 0 };
  const library = await openOn(disk).opening();
  for (let step = 1; step <= 4; step++) {
    await library.commitStep('run', step, stepFiles(step, step % 2 ? SMALL : LARGE));
    await library.idle();
    disk.timeMs += 100_000;
  }
  await library.commitStep('other', 1, stepFiles(9, LARGE));
  await library.commitStep('run', 5, stepFiles(5, LARGE));
  const { id } = await library.bin('run', 5);
  await library.idle();
  return { disk, binned: id };
}

/** Steps as `run/step` and the seed of their files. */
type Content = ReadonlyMap<string, number>;

const BEFORE: Content = new Map([
  ['run/1', 1],
  ['run/2', 2],
  ['run/3', 3],
  ['run/4', 4],
  ['other/1', 9],
]);

const sizeOf = (seed: number) => (seed === 1 || seed === 3 || seed === 7 ? SMALL : LARGE);

const changed = (...changes: [string, number | undefined][]): Content => {
  const content = new Map(BEFORE);
  for (const [key, seed] of changes) {
    if (seed === undefined) content.delete(key);
    else content.set(key, seed);
  }
  return content;
};

/** What is done under faults, and what it leaves when it succeeds. A plain read leaves everything and returns what it read. */
interface Deed {
  readonly name: string;
  readonly after: Content;
  readonly run: (library: Library, binned: string) => Promise<unknown>;
  readonly result?: unknown;
}

const READ: Deed[] = [
  {
    name: 'listRuns',
    after: BEFORE,
    run: async (library) => (await library.listRuns()).map((run) => [run.name, run.stepCount]),
    result: [
      ['other', 1],
      ['run', 4],
    ],
  },
  {
    name: 'listSteps',
    after: BEFORE,
    run: async (library) => (await library.listSteps('run')).map(({ step }) => step),
    result: [1, 2, 3, 4],
  },
  { name: 'listBin', after: BEFORE, run: async (library) => (await library.listBin()).map(({ step }) => step), result: [5] },
  {
    name: 'read small and large',
    after: BEFORE,
    run: async (library) => {
      for (const step of [1, 2]) {
        const store = await library.openStep('run', step);
        for (const [key, bytes] of stepFiles(step, sizeOf(step)))
          if (!bytesEqual((await store.read(key)) ?? new Uint8Array(1), bytes)) return 'other bytes';
      }
      return 'right';
    },
    result: 'right',
  },
  { name: 'usage', after: BEFORE, run: async (library) => (await library.usage()).steps, result: 5 },
];

const CHANGING: Deed[] = [
  { name: 'save small', after: changed(['run/6', 7]), run: (library) => library.commitStep('run', 6, stepFiles(7, SMALL)) },
  { name: 'save large', after: changed(['run/6', 8]), run: (library) => library.commitStep('run', 6, stepFiles(8, LARGE)) },
  { name: 'save into a new run', after: changed(['new/0', 7]), run: (library) => library.commitStep('new', 0, stepFiles(7, SMALL)) },
  { name: 'replace', after: changed(['run/2', 8]), run: (library) => library.commitStep('run', 2, stepFiles(8, LARGE), { replace: true }) },
  { name: 'discard', after: changed(['run/1', undefined], ['run/2', undefined]), run: (library) => library.discard('run', [1, 2]) },
  { name: 'bin a step', after: changed(['run/4', undefined]), run: (library) => library.bin('run', 4) },
  { name: 'bin a run', after: changed(['other/1', undefined]), run: (library) => library.bin('other') },
  { name: 'bring back', after: changed(['run/5', 5]), run: (library, binned) => library.restoreFromBin(binned) },
  { name: 'purge', after: BEFORE, run: (library, binned) => library.purge(binned) },
  { name: 'rename', after: changed(['other/1', undefined], ['third/1', 9]), run: (library) => library.renameRun('other', 'third') },
  { name: 'name a step', after: BEFORE, run: (library) => library.nameStep('run', 1, 'best') },
  { name: 'scan', after: BEFORE, run: (library) => library.scan({ deep: true }) },
];

async function contentOf(disk: Disk): Promise<Map<string, string>> {
  const library = await openOn(disk).opening();
  const found = new Map<string, string>();
  for (const { name } of await library.listRuns())
    for (const { step } of await library.listSteps(name)) {
      const store = await library.openStep(name, step);
      const data = await Promise.all((await store.list()).map(async ({ key }) => [key, await store.read(key)] as const));
      const seed = [1, 2, 3, 4, 5, 7, 8, 9].find((one) => {
        const files = stepFiles(one, sizeOf(one));
        return data.length === files.size && data.every(([key, bytes]) => bytes && bytesEqual(bytes, files.get(key) ?? new Uint8Array(1)));
      });
      found.set(`${name}/${step}`, String(seed));
    }
  return found;
}

const asText = (content: Content) => JSON.stringify([...content].map(([key, seed]) => [key, String(seed)]).sort());
const foundText = (content: Map<string, string>) => JSON.stringify([...content].sort());

/** Does the deed with every call going wrong in turn; returns how many cases there were and what went wrong in them. */
async function failEverywhere(deed: Deed, start: Disk, binned: string): Promise<{ cases: number; wrong: string[] }> {
  const wrong: string[] = [];
  let cases = 0;
  for (const kind of FAULT_KINDS)
    for (const onwards of [false, true])
      for (let at = 1; ; at++) {
        const disk = copyDisk(start);
        const { storage, opening } = openOn(disk, { kind, at, onwards });
        const outcome = await attempt(deed, opening, binned);
        if (storage.calls < at) break;
        // Storage that says from the first call on that it is empty cannot be told from storage that is.
        if (kind === 'lie' && onwards && at === 1) continue;
        cases++;
        const problem = await judge(deed, disk, outcome);
        if (problem) wrong.push(`${deed.name}, ${kind} at call ${at}${onwards ? ' onwards' : ''}: ${problem}`);
      }
  return { cases, wrong };
}

type Outcome = { readonly done: true; readonly result: unknown } | { readonly done: false; readonly cause: unknown };

async function attempt(deed: Deed, opening: () => Promise<Library>, binned: string): Promise<Outcome> {
  try {
    const library = await opening();
    const result = await deed.run(library, binned);
    await library.idle();
    return { done: true, result };
  } catch (cause) {
    return { done: false, cause };
  }
}

async function judge(deed: Deed, disk: Disk, outcome: Outcome): Promise<string | undefined> {
  const found = foundText(await contentOf(disk));
  if (outcome.done) {
    if (found !== asText(deed.after)) return `reported as done, but the library holds ${found}`;
    if (deed.result !== undefined && JSON.stringify(outcome.result) !== JSON.stringify(deed.result))
      return `gave ${JSON.stringify(outcome.result)}`;
    return undefined;
  }
  if (!isLinnetError(outcome.cause)) return `threw ${outcome.cause}`;
  if (found !== asText(BEFORE) && found !== asText(deed.after)) return `failed, and left ${found}`;
  const harm = (await (await openOn(disk).opening()).scan({ deep: true })).filter((finding) => finding.harm);
  return harm.length > 0 ? `left damage: ${harm[0]?.where}: ${harm[0]?.message}` : undefined;
}

describe('the library when storage calls fail', () => {
  it('keeps every acknowledged save and tells the truth, whichever call fails in whichever way (2,000 cases and more)', async () => {
    const { disk, binned } = await furnished();
    expect(foundText(await contentOf(disk))).toBe(asText(BEFORE));
    const { slots, freeSlots, fileRows } = await (await openOn(disk).opening()).usage();
    expect(
      [slots - freeSlots, freeSlots, fileRows].map((count) => count > 1),
      'slots in use, free slots, rows of files',
    ).toEqual([true, true, true]);
    let cases = 0;
    const wrong: string[] = [];
    for (const deed of [...READ, ...CHANGING]) {
      const tally = await failEverywhere(deed, disk, binned);
      cases += tally.cases;
      wrong.push(...tally.wrong);
    }
    expect(wrong.slice(0, 30)).toEqual([]);
    expect(cases).toBeGreaterThanOrEqual(2000);
  }, 120_000);
});
