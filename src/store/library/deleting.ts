import { LinnetError } from '#linnet/core';
import type { Plan } from './catalog';
import type { Operation, Snapshot } from './catalogBackend';
import { type Context, exclusively, getRun, getStep, sameRun } from './context';
import { type BinEntry, binEntry } from './info';
import { noSuchStep, runExists, stepExists } from './names';
import { type BinRow, filePrefix, numberKey, type RunRow, type StepRow, stepPrefix, stepRowKey } from './rows';
import { removeStep } from './saving';
import { SlotPool } from './slotPool';

const putRun = (run: RunRow, stepCount: number): Operation => ({ do: 'put', table: 'runs', key: run.name, value: { ...run, stepCount } });

/** Moves a run, or one step of it, to the bin: nothing is freed, everything can be brought back. */
export function moveToBin(context: Context, run: string, step?: number): Promise<BinEntry> {
  return exclusively(context, async () => {
    const before = step === undefined ? { run: await getRun(context, run) } : await getStep(context, run, step);
    const selection = { runs: { key: run }, ...(step === undefined ? {} : { steps: { key: stepRowKey(before.run.id, step) } }) };
    const row = await context.catalog.change(selection, (snapshot, generation): Plan<BinRow> => {
      const about = { id: numberKey(generation), binnedAt: context.clock.now(), run: sameRun(snapshot, before.run) };
      return step === undefined ? binRun(about) : binStep(about, snapshot.steps[0] ?? fail(noSuchStep(run, step)));
    });
    return binEntry(row);
  });
}

type About = Pick<BinRow, 'id' | 'binnedAt' | 'run'>;

function binRun(about: About): Plan<BinRow> {
  const result: BinRow = { ...about, kind: 'run' };
  const operations: Operation[] = [
    { do: 'delete', table: 'runs', key: about.run.name },
    { do: 'add', table: 'bin', key: about.id, value: result },
  ];
  return { operations, result };
}

function binStep(about: About, step: StepRow): Plan<BinRow> {
  const result: BinRow = { ...about, kind: 'step', step };
  const operations: Operation[] = [
    { do: 'delete', table: 'steps', key: stepRowKey(step.runId, step.step) },
    putRun(about.run, about.run.stepCount - 1),
    { do: 'add', table: 'bin', key: about.id, value: result },
  ];
  return { operations, result };
}

/** Brings something back from the bin, under the name it had; a CheckpointExistsError when that is taken, unless `newName` is given for a run. */
export function restoreFromBin(context: Context, id: string, newName?: string): Promise<void> {
  return exclusively(context, () =>
    context.catalog.change({ bin: { key: id }, runs: { prefix: '' }, steps: { prefix: '' } }, (snapshot) => {
      const entry = snapshot.bin[0] ?? fail(notInBin(id));
      const operations: Operation[] = [{ do: 'delete', table: 'bin', key: id }];
      operations.push(
        ...(entry.kind === 'run' ? bringBackRun(snapshot, entry.run, newName) : bringBackStep(snapshot, entry.run, entry.step)),
      );
      return { operations, result: undefined };
    }),
  );
}

function bringBackRun({ runs }: Snapshot, run: RunRow, newName = run.name): Operation[] {
  if (runs.some(({ name }) => name === newName)) throw runExists(newName);
  return [{ do: 'add', table: 'runs', key: newName, value: { ...run, name: newName } }];
}

function bringBackStep({ runs, steps }: Snapshot, { id, name }: RunRow, step: StepRow): Operation[] {
  const run = runs.find((row) => row.id === id);
  if (run === undefined)
    throw new LinnetError(
      'CheckpointNotFoundError',
      `The run ${JSON.stringify(name)} of this step is not there any more. Bring the run back from the bin first.`,
    );
  if (steps.some((row) => row.runId === id && row.step === step.step)) throw stepExists(run.name, step.step);
  return [putRun(run, run.stepCount + 1), { do: 'add', table: 'steps', key: stepRowKey(id, step.step), value: step }];
}

/** Removes entries of the bin for good and frees what they held. Entries that are not there any more are passed over. */
export function purge(context: Context, choose: (entry: BinEntry) => boolean): Promise<BinEntry[]> {
  return exclusively(context, () =>
    context.catalog.change({ bin: { prefix: '' }, steps: { prefix: '' }, slots: { prefix: '' } }, (snapshot) => {
      const chosen = snapshot.bin.filter((row) => choose(binEntry(row)));
      const operations = chosen.flatMap((row) => purgeEntry(snapshot, row));
      return { operations, result: chosen.map(binEntry) };
    }),
  );
}

function purgeEntry({ bin, steps, slots }: Snapshot, entry: BinRow): Operation[] {
  const emptied: Operation = { do: 'delete', table: 'bin', key: entry.id };
  if (entry.kind === 'step') return [emptied, ...freeSteps(slots, [entry.step])];
  // Steps that were deleted before their run was have entries of their own, which nothing could bring back any more.
  const earlier = bin.filter((row) => row.kind === 'step' && row.run.id === entry.run.id);
  const binned = earlier.flatMap((row) => (row.kind === 'step' ? [row.step] : []));
  const inside = steps.filter(({ runId }) => runId === entry.run.id);
  return [
    emptied,
    ...earlier.map((row): Operation => ({ do: 'delete', table: 'bin', key: row.id })),
    ...inside.map((row): Operation => ({ do: 'delete', table: 'steps', key: stepRowKey(row.runId, row.step) })),
    ...freeSteps(slots, [...binned, ...inside]),
  ];
}

function freeSteps(slots: Snapshot['slots'], steps: readonly StepRow[]): Operation[] {
  const ids = new Set(steps.map(({ id }) => id));
  return [
    ...[...ids].map((id): Operation => ({ do: 'deletePrefix', table: 'files', prefix: filePrefix(id) })),
    ...SlotPool.release(slots, ids),
  ];
}

/** Removes steps for good, past the bin: what retention does with autosaves. Steps that are not there are passed over. Returns those removed. */
export function discardSteps(context: Context, run: string, steps: readonly number[]): Promise<number[]> {
  return exclusively(context, async () => {
    const before = await getRun(context, run);
    return context.catalog.change({ runs: { key: run }, steps: { prefix: stepPrefix(before.id) }, slots: { prefix: '' } }, (snapshot) => {
      const row = sameRun(snapshot, before);
      const going = snapshot.steps.filter(({ step }) => steps.includes(step));
      if (going.length === 0) return { operations: [], result: [] };
      const operations = going.flatMap((step) => removeStep(snapshot, step));
      return { operations: [...operations, putRun(row, row.stepCount - going.length)], result: going.map(({ step }) => step) };
    });
  });
}

const notInBin = (id: string): LinnetError =>
  new LinnetError('CheckpointNotFoundError', `Entry ${id} is not in the bin any more; it was brought back or removed for good.`);

function fail(error: LinnetError): never {
  throw error;
}
