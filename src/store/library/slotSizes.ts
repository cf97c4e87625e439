import { SLOT_PAYLOAD_OFFSET } from './slotHeader';

/** How large slots and their pool may be. Every size is a power of two: browsers reserve disk space in those anyway. */
export interface PoolLimits {
  readonly minSlotBytes: number;
  readonly maxSlotBytes: number;
  /** All slots together; what does not fit goes to the catalogue. */
  readonly poolBytes: number;
  /** For how many more saves like the last one slots are kept ready. */
  readonly spareSaves: number;
  /** A file name is safe from a power cut when it is this old. */
  readonly oldAfterMs: number;
}

const MIB = 1024 * 1024;

/** Limits for a browser: kernels write names back within some 35 s, and 60 leaves room. */
export const POOL_LIMITS: PoolLimits = {
  minSlotBytes: 16 * MIB,
  maxSlotBytes: 1024 * MIB,
  poolBytes: 8192 * MIB,
  spareSaves: 2,
  oldAfterMs: 60_000,
};

/** Bytes of a checkpoint that a slot of this size holds. */
export const slotCapacity = (slotBytes: number): number => slotBytes - SLOT_PAYLOAD_OFFSET;

/** The sizes of new slots for `byteLength` bytes: large ones first, and never more than about a quarter of the whole left empty. */
export function newSlotSizes(byteLength: number, limits: PoolLimits): number[] {
  const sizes: number[] = [];
  let left = byteLength;
  while (left > 0) {
    let size = limits.minSlotBytes;
    while (size < limits.maxSlotBytes && slotCapacity(size) < left) size *= 2;
    const wasteful = size > limits.minSlotBytes && slotCapacity(size) - left > size / 4;
    if (wasteful) size /= 2;
    sizes.push(size);
    left -= slotCapacity(size);
  }
  return sizes;
}

/**
 * Slots out of `free` that together hold `byteLength` bytes: the smallest single one that fits unless it is twice too large, else the
 * largest and so on. Undefined when they do not suffice.
 */
export function chooseSlots<T extends { readonly byteLength: number }>(
  free: readonly T[],
  byteLength: number,
  limits: PoolLimits,
): T[] | undefined {
  const available = [...free].sort((a, b) => a.byteLength - b.byteLength);
  const chosen: T[] = [];
  let left = byteLength;
  while (left > 0) {
    const fitting = available.findIndex((slot) => slotCapacity(slot.byteLength) >= left);
    const tight =
      fitting >= 0 && ((available[fitting] as T).byteLength <= 2 * left || (available[fitting] as T).byteLength === limits.minSlotBytes);
    const smallerAll = available.slice(0, fitting < 0 ? available.length : fitting);
    const largestSmaller = smallerAll.length - 1;
    const smallerSuffice = smallerAll.reduce((sum, slot) => sum + slotCapacity(slot.byteLength), 0) >= left;
    const index = tight || (fitting >= 0 && !smallerSuffice) ? fitting : largestSmaller;
    const slot = available.splice(index, 1)[0];
    if (index < 0 || slot === undefined) return undefined;
    chosen.push(slot);
    left -= slotCapacity(slot.byteLength);
  }
  return chosen;
}
