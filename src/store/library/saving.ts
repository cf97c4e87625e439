import { LinnetError } from '#linnet/core';
import { holdBytes } from '../byteSource';
import type { HeldBytes } from '../heldBytes';
import type { ByteSource } from '../store';
import type { Plan } from './catalog';
import type { Operation, Snapshot } from './catalogBackend';
import { checkStepRow, describeFile, stepChecksum } from './checksums';
import { type Advance, commitMeter } from './commitMeter';
import { type Context, exclusively } from './context';
import { type StepInfo, stepInfo } from './info';
import { checkName, checkNote, checkStep, stepExists } from './names';
import { confirmFiles } from './placedBytes';
import { type FileRow, filePrefix, fileRowKey, numberKey, type Place, type RunRow, type StepRow, stepRowKey, totalBytes } from './rows';
import { SlotPool, type UnplacedStep } from './slotPool';
import { checkSlotHeaders, slotOwner } from './slotWriting';

/** What goes with a step's files. */
export interface CommitOptions {
  readonly metrics?: Readonly<Record<string, number>>;
  readonly name?: string;
  readonly note?: string;
  /** Why it is saved, in the caller's words; `manual` when not given. */
  readonly kind?: string;
  /**
   * Takes the place of a step of the same number, in the same transaction; without it that is a CheckpointExistsError. Its name and note
   * stay unless new ones are given.
   */
  readonly replace?: boolean;
  /** Told how much is done, in bytes of the step: a byte is done when it was summed up, written and read back. */
  readonly onProgress?: (bytesDone: number, bytesTotal: number) => void;
}

/** What is to be saved, described, and how to say how far that is. */
interface Gathered {
  readonly files: readonly FileRow[];
  readonly bytes: readonly HeldBytes[];
  readonly advance: Advance;
}

/** Lets the catalogue begin to move what will probably go there. */
async function announce({ catalog, pool, smallBytes }: Context, files: readonly HeldBytes[]): Promise<void> {
  const byteLength = totalBytes(files);
  if (catalog.backend.expect === undefined) return;
  if (byteLength > smallBytes && pool.couldTake((await catalog.look({ slots: { prefix: '' } })).slots, byteLength)) return;
  for (const bytes of files) catalog.backend.expect(bytes);
}

async function gather(
  context: Context,
  sources: Iterable<readonly [string, ByteSource]>,
  onProgress: CommitOptions['onProgress'],
): Promise<Gathered> {
  const bytes = new Map<string, HeldBytes>();
  for (const [key, source] of sources) {
    if (key === '' || bytes.has(key))
      throw new LinnetError(
        'InvalidArgumentError',
        `A step cannot hold ${key === '' ? 'a file without a name' : `two files named ${JSON.stringify(key)}`}.`,
      );
    bytes.set(key, await holdBytes(source));
  }
  await announce(context, [...bytes.values()]);
  const files: FileRow[] = [];
  const advance = commitMeter(totalBytes([...bytes.values()]), onProgress);
  for (const [key, content] of bytes) files.push(await describeFile(key, content, advance));
  return { files, bytes: [...bytes.values()], advance };
}

/** A step on its way into the catalogue. */
interface Saved {
  readonly run: RunRow;
  readonly row: StepRow;
}

/**
 * Saves `files` as a step of `run`, which is made when it is not there. When this resolves, every byte is on disk and was read back
 * by name; when it rejects, nothing is there that was not there before. The bytes must not change meanwhile.
 */
export async function commitStep(
  context: Context,
  run: string,
  step: number,
  files: Iterable<readonly [string, ByteSource]>,
  options: CommitOptions = {},
): Promise<StepInfo> {
  checkName('The name of a run', run);
  checkStep(step);
  if (options.name !== undefined) checkName('The name of a step', options.name);
  if (options.note !== undefined) checkNote(options.note);
  const contents = await gather(context, files, options.onProgress);
  const { row } = await exclusively(context, async () => {
    const runId = (await context.catalog.look({ runs: { key: run } })).runs[0]?.id;
    const selection = {
      runs: { key: run },
      slots: { prefix: '' },
      ...(runId === undefined ? {} : { steps: { key: stepRowKey(runId, step) } }),
    };
    const saved = await context.catalog.change(selection, (snapshot, generation) =>
      plan(context, snapshot, generation, run, step, contents, options),
    );
    // Slots say how far they are as they are written; a transaction is done at once.
    if (saved.row.place.in === 'files') contents.advance(totalBytes(contents.bytes));
    await confirm(context, saved, contents);
    return saved;
  });
  return stepInfo(run, row);
}

async function plan(
  context: Context,
  snapshot: Snapshot,
  generation: number,
  run: string,
  step: number,
  contents: Gathered,
  options: CommitOptions,
): Promise<Plan<Saved>> {
  const before = snapshot.runs[0];
  const old = snapshot.steps[0];
  if (old !== undefined && !options.replace) throw stepExists(run, step);
  const now = context.clock.now();
  const id = numberKey(generation);
  const runRow: RunRow = {
    ...(before ?? { id, name: run, createdAt: now, stepCount: 0 }),
    stepCount: (before?.stepCount ?? 0) + (old ? 0 : 1),
  };
  const { place, operations } = await placeBytes(context, snapshot, { id, runId: runRow.id, step, files: contents.files }, contents);
  const { kind = 'manual', metrics = {} } = options;
  // What somebody named or noted keeps that when the step is saved again.
  const { name = old?.name, note = old?.note } = options;
  const unsealed = { id, runId: runRow.id, step, kind, savedAt: now, metrics: { ...metrics }, files: contents.files, place };
  const labels = { ...(name === undefined ? {} : { name }), ...(note === undefined ? {} : { note }) };
  const row: StepRow = { ...unsealed, checksum: stepChecksum(unsealed), ...labels };
  return {
    operations: [
      ...(old ? removeStep(snapshot, old) : []),
      ...operations,
      { do: before ? 'put' : 'add', table: 'runs', key: run, value: runRow },
      { do: 'add', table: 'steps', key: stepRowKey(runRow.id, step), value: row },
    ],
    result: { run: runRow, row },
  };
}

/** The changes that remove a step for good; the count of its run is the caller's. */
export function removeStep({ slots }: Pick<Snapshot, 'slots'>, row: StepRow): Operation[] {
  return [
    { do: 'delete', table: 'steps', key: stepRowKey(row.runId, row.step) },
    { do: 'deletePrefix', table: 'files', prefix: filePrefix(row.id) },
    ...SlotPool.release(slots, new Set([row.id])),
  ];
}

async function placeBytes(
  context: Context,
  snapshot: Snapshot,
  step: UnplacedStep,
  { bytes, advance }: Pick<Gathered, 'bytes' | 'advance'>,
): Promise<{ place: Place; operations: readonly Operation[] }> {
  if (totalBytes(bytes) > context.smallBytes) {
    const pooled = await context.pool.store(snapshot.slots, step, bytes, advance);
    if (pooled) return { place: { in: 'slots', parts: pooled.parts }, operations: pooled.operations };
  }
  const operations = step.files.map(
    ({ key }, i): Operation => ({ do: 'add', table: 'files', key: fileRowKey(step.id, key), value: bytes[i] as HeldBytes }),
  );
  return { place: { in: 'files' }, operations };
}

/** Looks for the step anew, by its names, and reads every byte back. Slots were read back before the commit; their headers are seen again. */
async function confirm(context: Context, { run, row }: Saved, { bytes, advance }: Gathered): Promise<void> {
  const { runs, steps } = await context.catalog.look({ runs: { key: run.name }, steps: { key: stepRowKey(run.id, row.step) } });
  const found = steps[0];
  if (runs[0]?.id !== run.id || found?.id !== row.id || found.checksum !== row.checksum) throw notThere(run.name, row.step);
  checkStepRow(found);
  if (found.place.in === 'slots') await checkSlotHeaders(context.places.slots, slotOwner(found), found.place.parts);
  else await confirmFiles(context.places, found, bytes, advance);
}

const notThere = (run: string, step: number): LinnetError =>
  new LinnetError(
    'StorageError',
    `Step ${step} of ${JSON.stringify(run)} was written but could not be found again, so it is not saved. The site's data may just have been cleared.`,
  );
