import { crc32c, LinnetError } from '#linnet/core';
import { breathe } from './checksums';
import type { SlotPart, SlotRow, StepRow } from './rows';
import type { SlotBackend } from './slotBackend';
import { decodeSlotHeader, encodeSlotHeader, SLOT_HEADER_BYTES, SLOT_PAYLOAD_OFFSET, type SlotHeader, sameHeader } from './slotHeader';
import { slotCapacity } from './slotSizes';

/** One call writes or reads this much; between calls the thread can do other things. */
const CHUNK_BYTES = 1024 * 1024;

/** Cuts `files`, seen as one long run of bytes, into what each slot holds: views of at most a megabyte. */
function spread(files: readonly Uint8Array[], slots: readonly SlotRow[]): Uint8Array[][] {
  const shares: Uint8Array[][] = slots.map(() => []);
  let slot = 0;
  let room = slotCapacity((slots[0] as SlotRow).byteLength);
  for (const file of files) {
    for (let at = 0; at < file.byteLength; ) {
      if (room === 0) room = slotCapacity((slots[++slot] as SlotRow).byteLength);
      const piece = file.subarray(at, at + Math.min(CHUNK_BYTES, room));
      (shares[slot] as Uint8Array[]).push(piece);
      at += piece.byteLength;
      room -= piece.byteLength;
    }
  }
  return shares;
}

/** Which step the bytes belong to. */
export type SlotOwner = Pick<SlotHeader, 'stepId' | 'runId' | 'step'>;

/**
 * Writes `files` one after another into `slots` and makes sure of them by opening every slot again. The old header goes first and the
 * new one comes last, each synced, so that a slot never says it holds what it does not.
 */
export async function writeSlots(
  backend: SlotBackend,
  slots: readonly SlotRow[],
  files: readonly Uint8Array[],
  owner: SlotOwner,
): Promise<SlotPart[]> {
  const parts: SlotPart[] = [];
  const shares = spread(files, slots);
  for (const [part, share] of shares.entries()) {
    const slot = (slots[part] as SlotRow).id;
    const header = await writeSlot(backend, slot, share, { ...owner, part, parts: slots.length });
    await checkSlot(backend, slot, header);
    parts.push({ slot, byteLength: header.byteLength });
  }
  return parts;
}

async function writeSlot(
  backend: SlotBackend,
  slot: string,
  share: readonly Uint8Array[],
  about: Omit<SlotHeader, 'byteLength' | 'crc32c'>,
): Promise<SlotHeader> {
  const writer = await backend.open(slot);
  try {
    await writer.write(0, new Uint8Array(SLOT_HEADER_BYTES));
    await writer.flush();
    let crc = 0;
    let byteLength = 0;
    for (const piece of share) {
      await writer.write(SLOT_PAYLOAD_OFFSET + byteLength, piece);
      crc = crc32c(piece, crc);
      byteLength += piece.byteLength;
      await breathe(byteLength);
    }
    await writer.flush();
    const header = { ...about, byteLength, crc32c: crc };
    await writer.write(0, encodeSlotHeader(header));
    await writer.flush();
    return header;
  } finally {
    await writer.close();
  }
}

/** The header of a slot, found by its name; a CorruptFileError when there is no such file or no sound header. */
async function readSlotHeader(backend: SlotBackend, slot: string): Promise<SlotHeader> {
  const what = `The slot ${slot} in ${backend.name}`;
  const bytes = await backend.read(slot, 0, SLOT_HEADER_BYTES);
  if (bytes === undefined) throw new LinnetError('CorruptFileError', `${what} is gone. The site's data may have been cleared in part.`);
  return decodeSlotHeader(bytes, what);
}

/** Looks at the header of every slot of a step, found by name: a CorruptFileError unless each is what the catalogue expects there. */
export async function checkSlotHeaders(backend: SlotBackend, row: StepRow, parts: readonly SlotPart[]): Promise<void> {
  for (const [part, { slot, byteLength }] of parts.entries()) {
    const found = await readSlotHeader(backend, slot);
    const owner = { stepId: Number(row.id), runId: Number(row.runId), step: row.step };
    if (sameHeader(found, { ...owner, part, parts: parts.length, byteLength, crc32c: found.crc32c })) continue;
    const says = `part ${found.part + 1} of ${found.parts} of the step with id ${found.stepId}`;
    const wanted = `part ${part + 1} of ${parts.length} of the step with id ${owner.stepId}`;
    throw new LinnetError('CorruptFileError', `The slot ${slot} in ${backend.name} holds ${says} where ${wanted} should be.`);
  }
}

/** Opens the slot by its name and reads everything: a CorruptFileError unless header and bytes are what was written. */
async function checkSlot(backend: SlotBackend, slot: string, header: SlotHeader): Promise<void> {
  const found = await readSlotHeader(backend, slot);
  let crc = 0;
  for (let at = 0; at < header.byteLength; at += CHUNK_BYTES) {
    await breathe(at);
    const bytes = await backend.read(slot, SLOT_PAYLOAD_OFFSET + at, Math.min(CHUNK_BYTES, header.byteLength - at));
    crc = crc32c(bytes ?? new Uint8Array(0), crc);
  }
  if (crc !== header.crc32c || !sameHeader(found, header))
    throw new LinnetError(
      'CorruptFileError',
      `The slot ${slot} in ${backend.name} does not hold what was just written to it; it is not used again before the next visit.`,
    );
}
