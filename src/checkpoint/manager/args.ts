import type { Json } from '../json';
import type { LoadOptions } from '../load';
import type { TransformReport, Transforms } from '../transforms';

/** How a PyTree item is restored. */
export interface PyTreeRestoreOptions extends LoadOptions {
  readonly transforms?: Transforms;
  readonly transformsDefaultToOriginal?: boolean;
  /** Receives what the transformations loaded, kept and dropped. */
  readonly onReport?: (report: TransformReport) => void;
}

/** An item to be saved. */
export type SaveArg =
  | { readonly type: 'StandardSave' | 'PyTreeSave'; readonly item: unknown }
  | { readonly type: 'JsonSave'; readonly item: unknown };

/** An item to be restored. */
export type RestoreArg =
  | { readonly type: 'StandardRestore'; readonly item: unknown; readonly options: LoadOptions }
  | { readonly type: 'PyTreeRestore'; readonly item: unknown; readonly options: PyTreeRestoreOptions }
  | { readonly type: 'JsonRestore' };

/** Several items of one step by name. */
export interface CompositeArgs<T> {
  readonly type: 'Composite';
  readonly items: ReadonlyMap<string, T>;
}

/** Saves a tree of arrays, numbers, text and null. */
export const StandardSave = (item: unknown): SaveArg => ({ type: 'StandardSave', item });

/** Restores a tree, into `item` when it is given. */
export const StandardRestore = (item?: unknown, options: LoadOptions = {}): RestoreArg => ({ type: 'StandardRestore', item, options });

/** Saves a tree as Orbax's PyTree handler does. */
export const PyTreeSave = (item: unknown): SaveArg => ({ type: 'PyTreeSave', item });

/** Restores a tree with the options of Orbax's PyTree handler: transformations, partial restore, placeholders. */
export const PyTreeRestore = (item?: unknown, options: PyTreeRestoreOptions = {}): RestoreArg => ({ type: 'PyTreeRestore', item, options });

/** Saves any JSON value. */
export const JsonSave = (item: unknown): SaveArg => ({ type: 'JsonSave', item });

/** Restores a JSON value. */
export const JsonRestore = (): RestoreArg => ({ type: 'JsonRestore' });

/** Several items of one step, each under its name. */
export const Composite = <T extends SaveArg | RestoreArg>(items: Readonly<Record<string, T>>): CompositeArgs<T> => ({
  type: 'Composite',
  items: new Map(Object.entries(items)),
});

/** A JSON item that was restored. */
export type JsonItem = Json;
