import { LinnetError, toLinnetError } from '#linnet/core';
import { HeldBytes } from '../heldBytes';
import { checkStepRow, describeFile } from './checksums';
import { type Context, getStep } from './context';
import { readChecked } from './placedBytes';
import { filePrefix, fileRowKey, type SlotRow, type StepRow } from './rows';
import { checkSlotHeaders, slotOwner } from './slotWriting';

/** Something that is not as it was saved. Findings are reports: nothing is ever changed or deleted because of one. */
export interface Finding {
  /** Where: `library:/run/40`, `library:/run/40/model/_METADATA`, `slot slot-…`. */
  readonly where: string;
  /** What is wrong and what to do. */
  readonly message: string;
  /** Whether data of a saved step is lost or changed. Other findings are untidiness only. */
  readonly harm: boolean;
}

const message = (cause: unknown) => toLinnetError(cause, 'StorageError').message;

/** Reads every byte of a step and compares it with everything known about it: lengths, CRC-32C, SHA-256, slot headers, its catalogue entry. */
export async function verifyStep(context: Context, run: string, step: number): Promise<Finding[]> {
  const { row } = await getStep(context, run, step);
  const where = `library:/${run}/${step}`;
  return [...(await checkEntry(context, where, row)), ...(await checkBytes(context, where, row))];
}

async function checkBytes(context: Context, where: string, row: StepRow): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const file of row.files) {
    try {
      const bytes = await readChecked(context.places, row, file, 0, file.byteLength);
      const { treeSha256 } = await describeFile(file.key, new HeldBytes([bytes]));
      if (treeSha256 !== file.treeSha256)
        throw new LinnetError('CorruptFileError', `Its SHA-256 is ${treeSha256}, not the saved ${file.treeSha256}.`);
    } catch (cause) {
      findings.push({ where: `${where}/${file.key}`, message: message(cause), harm: true });
    }
  }
  return findings;
}

/** The checks that read no file's bytes. */
async function checkEntry(context: Context, where: string, row: StepRow): Promise<Finding[]> {
  try {
    checkStepRow(row);
    if (row.place.in === 'slots') await checkSlotHeaders(context.places.slots, slotOwner(row), row.place.parts);
    else await checkFilesPresent(context, row);
    return [];
  } catch (cause) {
    return [{ where, message: message(cause), harm: true }];
  }
}

async function checkFilesPresent(context: Context, row: StepRow): Promise<void> {
  const keys = new Set(await context.catalog.backend.fileKeys(filePrefix(row.id)));
  const missing = row.files.filter(({ key }) => !keys.has(fileRowKey(row.id, key))).map(({ key }) => key);
  if (missing.length > 0)
    throw new LinnetError(
      'CorruptFileError',
      `${missing.length} of ${row.files.length} files are missing: ${missing.slice(0, 5).join(', ')}.`,
    );
}

/**
 * Looks over the whole library: every entry, header and count, and with `deep` every byte. Reports, and never deletes or repairs.
 */
export async function scanLibrary(context: Context, deep: boolean): Promise<Finding[]> {
  const { runs, steps, bin, slots } = await context.catalog.look({
    runs: { prefix: '' },
    steps: { prefix: '' },
    bin: { prefix: '' },
    slots: { prefix: '' },
  });
  const findings: Finding[] = [];
  const known = [...runs, ...bin.flatMap((entry) => (entry.kind === 'run' ? [entry.run] : []))];
  const names = new Map(known.map(({ id, name }) => [id, name]));
  for (const run of known) {
    const count = steps.filter(({ runId }) => runId === run.id).length;
    if (count !== run.stepCount)
      findings.push({
        where: `library:/${run.name}`,
        message: `The catalogue lists ${count} steps but should list ${run.stepCount}.`,
        harm: true,
      });
  }
  const all = [...steps, ...bin.flatMap((entry) => (entry.kind === 'step' ? [entry.step] : []))];
  for (const row of all) {
    const where = `library:/${names.get(row.runId) ?? '(deleted run)'}/${row.step}`;
    if (!names.has(row.runId)) findings.push({ where, message: 'The run of this step is not in the catalogue.', harm: true });
    findings.push(...(await checkEntry(context, where, row)));
    if (deep) findings.push(...(await checkBytes(context, where, row)));
  }
  return [...findings, ...(await checkSlots(context, slots, new Set(all.map(({ id }) => id)))), ...(await checkStrayFiles(context, all))];
}

async function checkSlots(context: Context, rows: readonly SlotRow[], stepIds: ReadonlySet<string>): Promise<Finding[]> {
  const sizes = await context.places.slots.sizes();
  const findings: Finding[] = [];
  for (const row of rows) {
    const where = `slot ${row.id}`;
    const size = sizes.get(row.id);
    if (row.owner !== null && !stepIds.has(row.owner))
      findings.push({ where, message: 'It is kept for a step that is gone.', harm: false });
    // A free slot that is not there is made anew before it is used.
    if (row.owner !== null && size !== row.byteLength)
      findings.push({ where, message: `The file has ${size ?? 'no'} bytes instead of ${row.byteLength}.`, harm: true });
  }
  const known = new Set(rows.map(({ id }) => id));
  for (const id of sizes.keys())
    if (!known.has(id)) findings.push({ where: `slot ${id}`, message: 'No entry of the catalogue speaks of this file.', harm: false });
  return findings;
}

async function checkStrayFiles(context: Context, rows: readonly StepRow[]): Promise<Finding[]> {
  const known = new Set(rows.flatMap((row) => (row.place.in === 'files' ? row.files.map(({ key }) => fileRowKey(row.id, key)) : [])));
  const stray = (await context.catalog.backend.fileKeys('')).filter((key) => !known.has(key));
  return stray.map((key) => ({ where: `file ${key}`, message: 'No step of the catalogue has this file.', harm: false }));
}
