import { LinnetError } from '#linnet/core';
import { breathe } from '../breathe';
import { HeldBytes } from '../heldBytes';
import { contentChecksum } from './checksums';
import type { Advance } from './commitMeter';
import type { PlacedFiles } from './placedBytes';
import type { SlotPart, SlotRow } from './rows';
import type { SlotBackend } from './slotBackend';
import { decodeSlotHeader, encodeSlotHeader, SLOT_HEADER_BYTES, SLOT_PAYLOAD_OFFSET, type SlotHeader, sameHeader } from './slotHeader';
import { readSlot } from './slotReading';
import { slotCapacity } from './slotSizes';

/** One call writes this much; between calls the thread can do other things. */
const CHUNK_BYTES = 1024 * 1024;

/** How much is written between two syncs. */
const SYNC_BYTES = 8 * CHUNK_BYTES;

/** Cuts `files`, seen as one long run of bytes, into what each slot holds. */
function spread(files: readonly HeldBytes[], slots: readonly SlotRow[]): HeldBytes[] {
  const all = new HeldBytes(files.flatMap(({ pieces }) => pieces));
  let start = 0;
  return slots.map(({ byteLength }) => {
    const end = Math.min(start + slotCapacity(byteLength), all.byteLength);
    const share = new HeldBytes(all.views(start, end));
    start = end;
    return share;
  });
}

/** Which step the bytes belong to, and the checksum of its content. */
export type SlotOwner = Pick<SlotHeader, 'stepId' | 'runId' | 'step' | 'content'>;

/**
 * Writes `files` one after another into `slots`. The old header goes first and the new one comes last, each synced, so that a slot
 * never says it holds what it does not.
 */
export async function writeSlots(
  backend: SlotBackend,
  slots: readonly SlotRow[],
  files: readonly HeldBytes[],
  owner: SlotOwner,
  advance: Advance = () => {},
): Promise<SlotPart[]> {
  const parts: SlotPart[] = [];
  for (const [part, share] of spread(files, slots).entries()) {
    const slot = (slots[part] as SlotRow).id;
    const { byteLength } = share;
    await writeSlot(backend, slot, share, { ...owner, part, parts: slots.length, byteLength }, advance);
    parts.push({ slot, byteLength });
  }
  return parts;
}

async function writeSlot(backend: SlotBackend, slot: string, share: HeldBytes, header: SlotHeader, advance: Advance): Promise<void> {
  const writer = await backend.open(slot);
  try {
    await writer.write(0, new Uint8Array(SLOT_HEADER_BYTES));
    await writer.flush();
    const scratch = new Uint8Array(Math.min(CHUNK_BYTES, share.byteLength));
    for (let written = 0; written < share.byteLength; ) {
      const piece = share.joined(written, Math.min(written + CHUNK_BYTES, share.byteLength), scratch);
      await writer.write(SLOT_PAYLOAD_OFFSET + written, piece);
      written += piece.byteLength;
      advance(piece.byteLength);
      // Syncing now and then keeps any one sync, during which the thread stands still, short.
      if (written % SYNC_BYTES === 0) await writer.flush();
      await breathe(written);
    }
    await writer.flush();
    await writer.write(0, encodeSlotHeader(header));
    await writer.flush();
  } finally {
    await writer.close();
  }
}

/** The header of a slot, found by its name; a CorruptFileError when there is no such file or no sound header. */
async function readSlotHeader(backend: SlotBackend, slot: string): Promise<SlotHeader> {
  const what = `The slot ${slot} in ${backend.name}`;
  const bytes = await readSlot(backend, slot, 0, SLOT_HEADER_BYTES);
  if (bytes === undefined) throw new LinnetError('CorruptFileError', `${what} is gone. The site's data may have been cleared in part.`);
  return decodeSlotHeader(bytes, what);
}

/** The header fields that say whose bytes they are. */
export function slotOwner({
  id,
  runId,
  step,
  files,
}: Pick<PlacedFiles, 'id' | 'files'> & { readonly runId: string; readonly step: number }): SlotOwner {
  return { stepId: Number(id), runId: Number(runId), step, content: contentChecksum(files) };
}

/** Looks at the header of every slot of a step, found by name: a CorruptFileError unless each is what the catalogue expects there. */
export async function checkSlotHeaders(backend: SlotBackend, owner: SlotOwner, parts: readonly SlotPart[]): Promise<void> {
  for (const [part, { slot, byteLength }] of parts.entries()) {
    const found = await readSlotHeader(backend, slot);
    if (sameHeader(found, { ...owner, part, parts: parts.length, byteLength })) continue;
    const says = `part ${found.part + 1} of ${found.parts} of the step with id ${found.stepId}`;
    const wanted = `part ${part + 1} of ${parts.length} of the step with id ${owner.stepId}`;
    throw new LinnetError(
      'CorruptFileError',
      `The slot ${slot} in ${backend.name} holds ${says} where ${wanted} should be, or other content.`,
    );
  }
}
