import type { CheckpointPath } from '#linnet/checkpoint';
import { decodeUtf8, type InspectReport } from '#linnet/core';
import type { Located, OpenItem } from './upload';

/** Facts files hold about themselves are small; what is longer is not read for them. */
const FACTS_BYTES = 1 << 20;

const managerWords = (steps: number): string => (steps === 1 ? 'the one step of a manager' : `newest of ${steps} steps of a manager`);

async function textOf(place: CheckpointPath, file: string): Promise<string> {
  const byteLength = await place.store.byteLength(file);
  if (byteLength === undefined || byteLength > FACTS_BYTES) return '';
  return decodeUtf8((await place.store.read(file))!, file);
}

/** Milliseconds of a member that Orbax writes in nanoseconds, or of Linnet's own; null when there is none. */
function time(text: string, member: string, perMs: bigint): number | null {
  const digits = new RegExp(`"${member}"\\s*:\\s*(\\d{1,20})`).exec(text)?.[1];
  return digits === undefined ? null : Number(BigInt(digits) / perMs);
}

async function orbaxStorage(item: CheckpointPath): Promise<string> {
  const usesOcdbt = (await item.store.byteLength('manifest.ocdbt')) !== undefined;
  const zarr = /"use_zarr3"\s*:\s*true/.test(await textOf(item, '_METADATA')) ? 3 : 2;
  return `${usesOcdbt ? 'OCDBT' : 'plain files'}, zarr v${zarr}`;
}

/** The step of a run that this Linnet can restore whole; null for anything else. A step of a newer Linnet is a checkpoint like any other. */
async function ownStep(step: CheckpointPath): Promise<number | null> {
  try {
    const record = JSON.parse(await textOf(step.join('linnet'), 'metadata')) as { formatVersion?: unknown; step?: unknown } | null;
    return record?.formatVersion === 1 && Number.isSafeInteger(record.step) ? (record.step as number) : null;
  } catch {
    return null;
  }
}

/** What an upload is, who wrote it, when, and how it lies on disk: as far as its own files say. */
export async function provenance(
  { found, step }: Located,
  items: readonly OpenItem[],
): Promise<Pick<InspectReport, 'description' | 'layout' | 'writer' | 'storage' | 'savedAtMs' | 'ownStep'>> {
  const layout = items[0]?.tree.layout ?? 'orbax';
  if (layout !== 'orbax') {
    const [writer, storage] =
      layout === 'npz'
        ? ['a program that the file does not name', 'npy files in a zip']
        : ['a program that the file does not name', 'one file without checksums'];
    return { description: `${layout} file`, layout, writer, storage, savedAtMs: null, ownStep: null };
  }
  const stepFacts = await textOf(step.path, '_CHECKPOINT_METADATA');
  const isStep = step.kind === 'step' && (step.items.size > 1 || stepFacts !== '');
  const what = isStep ? `, ${found.kind === 'manager' ? managerWords(found.steps.length) : 'a manager step'}` : '';
  const item = items[0] === undefined || items[0].name === '' ? step.path : step.path.join(items[0].name);
  const own = step.kind === 'step' || step.kind === 'v1' ? await ownStep(step.path) : null;
  const record = own === null ? '' : await textOf(step.path.join('linnet'), 'metadata');
  const facts = stepFacts || (await textOf(item, '_CHECKPOINT_METADATA'));
  const isLinnet =
    own !== null ||
    (await step.path.store.byteLength('linnet.manifest.json')) !== undefined ||
    (await item.store.byteLength('linnet.manifest.json')) !== undefined;
  return {
    description: `Orbax checkpoint${what}`,
    layout,
    writer: isLinnet ? 'Linnet' : 'Orbax in Python',
    storage: await orbaxStorage(item),
    savedAtMs: time(record, 'savedAtMs', 1n) ?? time(facts, 'commit_timestamp_nsecs', 1_000_000n),
    ownStep: own,
  };
}
