import { concatBytes, LinnetError } from '#linnet/core';
import { HeldBytes } from '../heldBytes';
import { compareKeys } from '../keys';
import type { CatalogBackend, Operation, Selector, Snapshot, Transaction } from './catalogBackend';
import type { MetaRow, TableName, Tables } from './rows';

/** All rows of a catalogue: plain data, never changed in place, so that a shallow copy is a backup. */
export interface CatalogContent {
  meta: MetaRow | undefined;
  tables: { readonly [T in TableName]: Map<string, T extends 'files' ? Uint8Array : Tables[T]> };
}

export function emptyCatalog(): CatalogContent {
  return { meta: undefined, tables: { runs: new Map(), steps: new Map(), bin: new Map(), slots: new Map(), files: new Map() } };
}

/** A copy that later commits to `content` do not change. */
export function copyCatalog({ meta, tables }: CatalogContent): CatalogContent {
  return {
    meta,
    tables: {
      runs: new Map(tables.runs),
      steps: new Map(tables.steps),
      bin: new Map(tables.bin),
      slots: new Map(tables.slots),
      files: new Map(tables.files),
    },
  };
}

function select<T>(table: ReadonlyMap<string, T>, selector: Selector | undefined): T[] {
  if (selector === undefined) return [];
  if ('key' in selector) {
    const row = table.get(selector.key);
    return row === undefined ? [] : [row];
  }
  const keys = [...table.keys()].filter((key) => key.startsWith(selector.prefix)).sort(compareKeys);
  return keys.map((key) => table.get(key) as T);
}

function apply(content: CatalogContent, operation: Operation): void {
  const table = content.tables[operation.table] as Map<string, unknown>;
  if (operation.do === 'delete') table.delete(operation.key);
  else if (operation.do === 'deletePrefix') {
    for (const key of [...table.keys()]) if (key.startsWith(operation.prefix)) table.delete(key);
  } else {
    const { value } = operation;
    if (operation.do === 'add' && table.has(operation.key))
      throw new LinnetError('StorageError', `The row ${operation.key} of the table ${operation.table} is there already.`);
    table.set(operation.key, value instanceof HeldBytes ? concatBytes(value.pieces) : structuredClone(value));
  }
}

/** A catalogue in memory, over `content`. */
export function memoryCatalog(content: CatalogContent = emptyCatalog()): CatalogBackend {
  return {
    name: 'memory',
    async read({ runs, steps, bin, slots }): Promise<Snapshot> {
      const { meta, tables } = content;
      return {
        meta,
        runs: select(tables.runs, runs),
        steps: select(tables.steps, steps),
        bin: select(tables.bin, bin),
        slots: select(tables.slots, slots),
      };
    },
    async commit({ expected, meta, operations }: Transaction): Promise<boolean> {
      if ((content.meta?.generation ?? 0) !== expected) return false;
      const next = copyCatalog(content);
      for (const operation of operations) apply(next, operation);
      content.meta = meta;
      content.tables = next.tables;
      return true;
    },
    fileKeys: async (prefix) => [...content.tables.files.keys()].filter((key) => key.startsWith(prefix)).sort(compareKeys),
    readFile: async (key, offset, length) => content.tables.files.get(key)?.slice(offset, offset + length),
    close: () => {},
  };
}
