import type { LinnetError } from '#linnet/core';
import type { CatalogBackend, Operation } from './catalogBackend';
import type { CatalogMirror } from './catalogMirror';
import { type Context, exclusively } from './context';
import { within } from './deadline';
import { type CatalogContent, emptyCatalog, memoryCatalog } from './memoryCatalog';
import { newerLibrary } from './newerLibrary';
import { type BinRow, fileRowKey, type MetaRow, type RunRow, type StepRow } from './rows';

/** More than a mirror ever has. */
const MOST_BYTES = 256 * 1024 * 1024;

/** What became of a library whose catalogue the browser had lost. */
export interface Recovery {
  /** How many runs and steps were brought back. */
  readonly runs: number;
  readonly steps: number;
  /** Steps whose bytes were in the lost database only. */
  readonly lost: readonly { readonly run: string; readonly step: number }[];
}

/** What recovery needs besides the copies themselves. */
export interface RecoveryOptions {
  /** The newest format that this code knows. */
  readonly schema: number;
  /** How long the mirror may take to answer, ms. */
  readonly limitMs: number;
  /** Told of a mirror that cannot be read, which then knows nothing. */
  readonly report: (problem: LinnetError) => void;
}

/** Whether `mirror` knows more than `backend` has. */
async function hasLost(backend: CatalogBackend, mirror: CatalogMirror, { limitMs, report }: RecoveryOptions): Promise<boolean> {
  const known = await within(limitMs, 'Looking into the second copy of the catalogue', () => mirror.generation()).catch(
    (problem: LinnetError) => {
      report(problem);
      return undefined;
    },
  );
  return known !== undefined && known > ((await backend.read({})).meta?.generation ?? 0);
}

/**
 * Makes an empty catalogue anew when its mirror knows of something. One that has lost a part is left alone: what that part was is said.
 * Undefined when nothing was lost.
 */
export async function recoverLost(
  context: Context,
  backend: CatalogBackend,
  mirror: CatalogMirror,
  options: RecoveryOptions,
): Promise<Recovery | undefined> {
  if (!(await hasLost(backend, mirror, options))) return undefined;
  return exclusively(context, async () => {
    // Another tab may have been faster.
    if (!(await hasLost(backend, mirror, options))) return undefined;
    const content = await copied(mirror, options.limitMs);
    if (content.meta === undefined) return undefined;
    if (content.meta.schema > options.schema) throw newerLibrary(backend.name);
    const { meta, steps } = await backend.read({ steps: { prefix: '' } });
    if (meta === undefined) return restoreAll(backend, content, content.meta);
    const there = new Set(steps.map(({ id }) => id));
    return {
      runs: 0,
      steps: 0,
      lost: named(
        content,
        [...content.tables.steps.values()].filter(({ id }) => !there.has(id)),
      ),
    };
  });
}

/** What the mirror holds. */
async function copied(mirror: CatalogMirror, limitMs: number): Promise<CatalogContent> {
  const content = emptyCatalog();
  const copy = memoryCatalog(content);
  const transactions = await within(limitMs, 'Reading the second copy of the catalogue', () => mirror.load(), MOST_BYTES);
  for (const transaction of transactions) if (!(await copy.commit(transaction))) break;
  return content;
}

/** Brings `content` into an empty catalogue in one transaction. */
async function restoreAll(backend: CatalogBackend, content: CatalogContent, meta: MetaRow): Promise<Recovery> {
  const lost = withoutBytes(content);
  const { runs, steps, bin, slots, files } = without(content, new Set(lost));
  const operations = [
    ...added('runs', runs),
    ...added('steps', steps),
    ...added('bin', bin),
    ...added('slots', slots),
    ...added('files', files),
  ];
  const counts = { runs: runs.size, steps: steps.size, bin: bin.size, slots: slots.size };
  // One generation on, so that the mirror is seen to be of the lost catalogue and is made anew.
  const next: MetaRow = { schema: meta.schema, generation: meta.generation + 1, token: crypto.randomUUID(), counts };
  await backend.commit({ expected: 0, meta: next, operations });
  return { runs: runs.size, steps: steps.size, lost: named(content, lost) };
}

function named({ tables }: CatalogContent, rows: readonly StepRow[]): Recovery['lost'] {
  const names = new Map([...tables.runs.values()].map(({ id, name }) => [id, name]));
  return rows.map(({ runId, step }) => ({ run: names.get(runId) ?? '(deleted run)', step }));
}

type Tables = CatalogContent['tables'];

const added = (table: keyof Tables, rows: ReadonlyMap<string, unknown>): Operation[] =>
  [...rows].map(([key, value]) => ({ do: 'add', table, key, value }) as Operation);

const binnedStep = (entry: BinRow): StepRow[] => (entry.kind === 'step' ? [entry.step] : []);

/** Steps that kept their bytes in the catalogue, where the mirror has not all of them. */
function withoutBytes({ tables }: CatalogContent): StepRow[] {
  const isThere = (row: StepRow): boolean =>
    row.files.every(({ key, byteLength }) => tables.files.get(fileRowKey(row.id, key))?.byteLength === byteLength);
  const all = [...tables.steps.values(), ...[...tables.bin.values()].flatMap(binnedStep)];
  return all.filter((row) => row.place.in === 'files' && !isThere(row));
}

/** The tables without these steps, and without files that belong to none. */
function without({ tables }: CatalogContent, lost: ReadonlySet<StepRow>): Tables {
  const steps = new Map([...tables.steps].filter(([, row]) => !lost.has(row)));
  const bin = new Map([...tables.bin].filter(([, entry]) => binnedStep(entry).every((row) => !lost.has(row))));
  const counted = (run: RunRow): RunRow => ({
    ...run,
    stepCount: run.stepCount - [...tables.steps.values()].filter((row) => row.runId === run.id && lost.has(row)).length,
  });
  const kept = new Set([...steps.values(), ...[...bin.values()].flatMap(binnedStep)].map(({ id }) => id));
  return {
    steps,
    runs: new Map([...tables.runs].map(([key, run]) => [key, counted(run)])),
    bin: new Map([...bin].map(([key, entry]) => [key, { ...entry, run: counted(entry.run) }])),
    slots: tables.slots,
    files: new Map([...tables.files].filter(([key]) => kept.has(key.slice(0, key.indexOf('/'))))),
  };
}
