import { ByteReader, ByteWriter, bytesEqual, crc32c, encodeUtf8, LinnetError } from '#linnet/core';

/** What a slot file says about itself, so that its bytes can never be taken for another step's. */
export interface SlotHeader {
  /** Id of the step whose bytes these are, a number here. */
  readonly stepId: number;
  readonly runId: number;
  readonly step: number;
  /** Which part of the step's bytes this is, counted from 0, and of how many. */
  readonly part: number;
  readonly parts: number;
  readonly byteLength: number;
  /** `contentChecksum` of all files of the step. */
  readonly content: number;
}

/** Where the bytes of a slot begin: the header has a disk page for itself, so that a torn page harms one of them only. */
export const SLOT_PAYLOAD_OFFSET = 4096;

const MAGIC = encodeUtf8('LNTSLOT\n');
const VERSION = 1;
/** Length of an encoded header. */
export const SLOT_HEADER_BYTES = 64;

/** The header as bytes: magic, version, fields, CRC-32C of all before it; little-endian. */
export function encodeSlotHeader(header: SlotHeader): Uint8Array {
  const writer = new ByteWriter(SLOT_HEADER_BYTES);
  writer.bytes(MAGIC);
  writer.uint32(VERSION);
  writer.uint32(header.part);
  writer.uint32(header.parts);
  writer.uint32(header.content);
  for (const value of [header.stepId, header.runId, header.step, header.byteLength]) writer.uint64(BigInt(value));
  writer.uint32(0);
  writer.uint32(crc32c(writer.finish()));
  return writer.finish();
}

/** Reads a header; a CorruptFileError when there is none or it is damaged. `what` names the slot. */
export function decodeSlotHeader(bytes: Uint8Array, what: string): SlotHeader {
  const reader = new ByteReader(bytes, what);
  if (!bytesEqual(reader.take(MAGIC.byteLength, 'magic'), MAGIC))
    throw new LinnetError('CorruptFileError', `${what} holds no checkpoint data: its header is missing or was being replaced.`);
  const version = reader.uint32();
  const [part, parts, content] = [reader.uint32(), reader.uint32(), reader.uint32()];
  const [stepId, runId, step, byteLength] = ['step id', 'run id', 'step', 'length'].map((name) => reader.safeUint64(name)) as [
    number,
    number,
    number,
    number,
  ];
  reader.uint32();
  const checked = crc32c(bytes.subarray(0, reader.offset));
  if (reader.uint32() !== checked) throw reader.error('the header is damaged: its CRC-32C does not fit');
  if (version !== VERSION)
    throw new LinnetError('UnsupportedFormatError', `${what} has the header version ${version}; this Linnet knows ${VERSION}.`);
  return { stepId, runId, step, part, parts, byteLength, content };
}

/** Whether two headers say the same. */
export const sameHeader = (a: SlotHeader, b: SlotHeader): boolean => bytesEqual(encodeSlotHeader(a), encodeSlotHeader(b));
