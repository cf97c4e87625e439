import { bytesEqual, crc32c, encodeUtf8 } from '#linnet/core';
import { HeldBytes } from '../heldBytes';
import type { Operation, Transaction } from './catalogBackend';

/** Length of what stands before a record: magic, epoch, length and CRC-32C of its JSON, length of its bytes, CRC-32C of all that; little-endian. */
export const RECORD_HEAD_BYTES = 24;
const MAGIC = encodeUtf8('LTR1');

/** The bytes of a file in a record: they follow the JSON, one after another. */
interface CopiedBytes {
  readonly byteLength: number;
  readonly crc: number;
}

/** JSON has no such numbers, and metrics do. */
const writeNumber = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? { $: String(value) } : value;

function readNumber(_key: string, value: unknown): unknown {
  const isWritten = typeof value === 'object' && value !== null && '$' in value && typeof value.$ === 'string';
  return isWritten ? Number(value.$) : value;
}

/** A transaction as the pieces of a record, to be written one after another. Records of another `epoch` are what a file held before. */
export function encodeRecord({ expected, meta, operations }: Transaction, epoch: number): Uint8Array[] {
  const bytes: Uint8Array[] = [];
  const described = operations.map((operation) => {
    if (operation.table !== 'files' || operation.do !== 'add') return operation;
    const { pieces, byteLength } = operation.value;
    bytes.push(...pieces);
    return { ...operation, value: { byteLength, crc: pieces.reduce((crc, piece) => crc32c(piece, crc), 0) } };
  });
  const json = encodeUtf8(JSON.stringify({ expected, meta, operations: described }, writeNumber));
  const byteLength = bytes.reduce((sum, file) => sum + file.byteLength, 0);
  return [encodeHead([epoch, json.byteLength, crc32c(json), byteLength]), json, ...bytes];
}

function encodeHead(fields: readonly [number, number, number, number]): Uint8Array {
  const head = new Uint8Array(RECORD_HEAD_BYTES);
  head.set(MAGIC);
  const view = new DataView(head.buffer);
  for (const [i, field] of fields.entries()) view.setUint32(4 + 4 * i, field, true);
  view.setUint32(20, crc32c(head.subarray(0, 20)), true);
  return head;
}

/** The transaction of the record at `at`, and where the next one begins; undefined when no sound record of `epoch` is there. */
export function decodeRecord(bytes: Uint8Array, at: number, epoch: number): { transaction: Transaction; end: number } | undefined {
  if (at + RECORD_HEAD_BYTES > bytes.byteLength) return undefined;
  const head = bytes.subarray(at, at + RECORD_HEAD_BYTES);
  const view = new DataView(head.buffer, head.byteOffset);
  const [foundEpoch, jsonLength, jsonCrc, byteLength] = [4, 8, 12, 16].map((offset) => view.getUint32(offset, true)) as [
    number,
    number,
    number,
    number,
  ];
  const isSound = bytesEqual(head.subarray(0, 4), MAGIC) && view.getUint32(20, true) === crc32c(head.subarray(0, 20));
  const end = at + RECORD_HEAD_BYTES + jsonLength + byteLength;
  if (!isSound || foundEpoch !== epoch || end > bytes.byteLength) return undefined;
  const json = bytes.subarray(at + RECORD_HEAD_BYTES, at + RECORD_HEAD_BYTES + jsonLength);
  if (crc32c(json) !== jsonCrc) return undefined;
  const { expected, meta, operations } = JSON.parse(new TextDecoder().decode(json), readNumber) as Transaction;
  const filled = fill(operations, bytes.subarray(end - byteLength, end));
  return filled && { transaction: { expected, meta, operations: filled }, end };
}

/** Puts the bytes of files back into their operations; undefined when some are not what they were. */
function fill(operations: readonly Operation[], bytes: Uint8Array): Operation[] | undefined {
  const filled: Operation[] = [];
  let at = 0;
  for (const operation of operations) {
    if (operation.table !== 'files' || operation.do !== 'add') {
      filled.push(operation);
      continue;
    }
    const { byteLength, crc } = operation.value as unknown as CopiedBytes;
    const value = bytes.subarray(at, at + byteLength);
    if (crc32c(value) !== crc) return undefined;
    filled.push({ ...operation, value: new HeldBytes([value]) });
    at += byteLength;
  }
  return filled;
}
