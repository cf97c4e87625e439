import type { StorageType } from './storage';

/** Something that needs memory from one dispatch to another (both included). */
export interface Lifetime<T> {
  readonly value: T;
  readonly type: StorageType;
  readonly elements: number;
  readonly from: number;
  readonly to: number;
}

export interface ArenaPlan<T> {
  readonly offsets: ReadonlyMap<T, number>;
  /** Elements needed per type. */
  readonly sizes: ReadonlyMap<StorageType, number>;
}

/** Elements that offsets are rounded to: 16 bytes. */
const ALIGNMENT = 4;

/** Gives every lifetime a place so that those that overlap in time do not overlap in memory: largest first, lowest gap that fits. */
export function planArena<T>(lifetimes: readonly Lifetime<T>[]): ArenaPlan<T> {
  const offsets = new Map<T, number>();
  const sizes = new Map<StorageType, number>();
  const placed: { lifetime: Lifetime<T>; start: number; end: number }[] = [];
  const order = [...lifetimes].sort((a, b) => b.elements - a.elements || a.from - b.from);
  for (const lifetime of order) {
    const length = Math.ceil(lifetime.elements / ALIGNMENT) * ALIGNMENT;
    const conflicts = placed
      .filter(({ lifetime: other }) => other.type === lifetime.type && other.from <= lifetime.to && lifetime.from <= other.to)
      .sort((a, b) => a.start - b.start);
    let start = 0;
    for (const conflict of conflicts) {
      if (start + length <= conflict.start) break;
      start = Math.max(start, conflict.end);
    }
    placed.push({ lifetime, start, end: start + length });
    offsets.set(lifetime.value, start);
    sizes.set(lifetime.type, Math.max(sizes.get(lifetime.type) ?? 0, start + length));
  }
  return { offsets, sizes };
}
