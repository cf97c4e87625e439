import { LinnetError } from './errors';

const EMPTY = new Uint8Array(0);
const textDecoder = new TextDecoder('utf-8', { fatal: true });
const textEncoder = new TextEncoder();

/** UTF-8 bytes of `text`. */
export const encodeUtf8 = (text: string): Uint8Array => textEncoder.encode(text);

/** `bytes` as UTF-8 text; a CorruptFileError when they are not. `what` names them in the message. */
export function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return textDecoder.decode(bytes);
  } catch (cause) {
    throw new LinnetError('CorruptFileError', `${what} is not UTF-8 text.`, { cause });
  }
}

/** Whether two byte strings are the same. */
export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.byteLength !== b.byteLength) return false;
  // Four bytes at a time take a quarter of the time; memory that is not aligned for that is rare.
  const words = (a.byteOffset | b.byteOffset) % 4 === 0 ? a.byteLength >>> 2 : 0;
  if (words > 0) {
    const [first, second] = [new Int32Array(a.buffer, a.byteOffset, words), new Int32Array(b.buffer, b.byteOffset, words)];
    for (let i = 0; i < words; i++) if (first[i] !== second[i]) return false;
  }
  for (let i = 4 * words; i < a.byteLength; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Byte-wise order of two byte strings, as for OCDBT keys: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.byteLength, b.byteLength);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.byteLength - b.byteLength;
}

/** `parts` one after another in one array. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.byteLength;
  }
  return result;
}

/** Lower-case hexadecimal digits of `bytes`. */
export const toHex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Reads little-endian structures from front to back. Every read is checked against the end and names the offset. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly #what: string;
  readonly #view: DataView;
  #offset = 0;

  /** `what` names the structure in errors, e.g. "manifest". */
  constructor(bytes: Uint8Array, what: string) {
    this.bytes = bytes;
    this.#what = what;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.bytes.byteLength - this.#offset;
  }

  /** A CorruptFileError that says where the reader stands. */
  error(message: string, offset = this.#offset): LinnetError {
    return new LinnetError('CorruptFileError', `${this.#what}: ${message} at byte ${offset}.`, { details: { offset } });
  }

  seek(offset: number): void {
    if (!Number.isSafeInteger(offset) || offset < 0 || offset > this.bytes.byteLength)
      throw this.error(`offset ${offset} lies outside its ${this.bytes.byteLength} bytes`);
    this.#offset = offset;
  }

  #take(byteLength: number, type: string): number {
    if (byteLength > this.remaining) throw this.error(`${type} of ${byteLength} bytes is cut off: ${this.remaining} remain`);
    const at = this.#offset;
    this.#offset += byteLength;
    return at;
  }

  uint8(): number {
    return this.#view.getUint8(this.#take(1, 'uint8'));
  }
  uint16(): number {
    return this.#view.getUint16(this.#take(2, 'uint16'), true);
  }
  uint32(): number {
    return this.#view.getUint32(this.#take(4, 'uint32'), true);
  }
  uint32BigEndian(): number {
    return this.#view.getUint32(this.#take(4, 'uint32'), false);
  }
  uint64(): bigint {
    return this.#view.getBigUint64(this.#take(8, 'uint64'), true);
  }
  uint64BigEndian(): bigint {
    return this.#view.getBigUint64(this.#take(8, 'uint64'), false);
  }

  /** A uint64 that must fit a JS number. `name` is the field's name for the message. */
  safeUint64(name: string): number {
    const at = this.#offset;
    const value = this.uint64();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.error(`${name} is ${value}, above 2^53 - 1`, at);
    return Number(value);
  }

  /** The next `byteLength` bytes, not copied. */
  take(byteLength: number, name = 'field'): Uint8Array {
    if (!Number.isSafeInteger(byteLength) || byteLength < 0) throw this.error(`${name} has the length ${byteLength}`);
    const at = this.#take(byteLength, name);
    return this.bytes.subarray(at, at + byteLength);
  }

  /** Refuses bytes that are left over. */
  end(): void {
    if (this.remaining > 0) throw this.error(`${this.remaining} bytes are left over`);
  }
}

/** Appends little-endian structures to a growing buffer. */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(initialByteLength = 256) {
    this.#bytes = new Uint8Array(initialByteLength);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  #reserve(byteLength: number): number {
    const at = this.#length;
    const needed = at + byteLength;
    if (needed > this.#bytes.byteLength) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.byteLength * 2));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#length = needed;
    return at;
  }

  uint8(value: number): void {
    const at = this.#reserve(1);
    this.#view.setUint8(at, value);
  }
  uint16(value: number): void {
    const at = this.#reserve(2);
    this.#view.setUint16(at, value, true);
  }
  uint32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, true);
  }
  uint32BigEndian(value: number): void {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, false);
  }
  uint64(value: bigint): void {
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, value, true);
  }
  uint64BigEndian(value: bigint): void {
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, value, false);
  }
  bytes(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.byteLength);
    this.#bytes.set(bytes, at);
  }

  /** Overwrites bytes written before, e.g. a length known only at the end. */
  patch(offset: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, offset);
  }

  /** What was written so far; a view that stays valid until the next write. */
  finish(): Uint8Array {
    return this.#length === 0 ? EMPTY : this.#bytes.subarray(0, this.#length);
  }
}
