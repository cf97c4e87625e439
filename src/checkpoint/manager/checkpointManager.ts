import { LinnetError } from '#linnet/core';
import { BackgroundWork, type Started } from '../backgroundWork';
import type { JsonObject } from '../json';
import { allHeld, letGo } from '../leaves';
import { type CheckpointTreeMetadata, describeTree } from '../metadata';
import { openTree } from '../openTree';
import type { CommitFacts } from '../paths/atomicStore';
import type { CheckpointPath } from '../paths/checkpointPath';
import { type PathLike, path } from '../paths/resolve';
import type { CompositeArgs, RestoreArg, SaveArg } from './args';
import type { CheckpointInfo, Metrics } from './checkpointInfo';
import { checkItemName, itemsOfStep, itemToSave, restoreEverything, restoreItem, toJsonText } from './items';
import { type CheckpointManagerOptions, preservationPolicyOf, savePolicyOf } from './options';
import type { PreservationPolicy } from './preservationPolicies';
import { readRootMetadata, writeRootMetadata } from './rootMetadata';
import type { SaveDecisionPolicy } from './saveDecisionPolicies';
import { DEFAULT_ITEM, type ItemToSave, METRICS_ITEM, readMetrics, readSteps, writeStep } from './stepFiles';
import { type StepNames, stepNames } from './stepNames';

/** What `save` takes beside the items. */
export interface ManagerSaveOptions {
  /** Numbers by which steps are ranked; kept as JSON. */
  readonly metrics?: Metrics;
  /** Saves whatever the policies say, also below the last step. */
  readonly force?: boolean;
  /** In the library: why the step is saved (`manual`, `autosave`), a name and a note for it. */
  readonly kind?: string;
  readonly name?: string;
  readonly note?: string;
}

/** Tracks the steps of one run in a directory: saves them, keeps the ones worth keeping, restores any. As Orbax's CheckpointManager. */
export class CheckpointManager {
  readonly #place: Promise<CheckpointPath>;
  readonly #options: CheckpointManagerOptions;
  readonly #names: StepNames;
  readonly #savePolicy: SaveDecisionPolicy;
  readonly #preservationPolicy: PreservationPolicy;
  readonly #work = new BackgroundWork();
  #steps: Promise<CheckpointInfo[]> | undefined;
  #style: 'single' | 'composite' | undefined;

  /** `place` is the directory of steps; it need not exist yet. */
  constructor(place: PathLike, options: CheckpointManagerOptions = {}) {
    this.#place = path(place);
    this.#place.catch(() => {});
    this.#options = options;
    this.#names = stepNames(options.stepPrefix, options.stepFormatFixedLength);
    this.#savePolicy = savePolicyOf(options);
    this.#preservationPolicy = preservationPolicyOf(options);
  }

  /** The directory of steps. */
  get directory(): Promise<CheckpointPath> {
    return this.#place;
  }

  /** Steps in the order in which they were saved; read from the directory once. */
  #load(): Promise<CheckpointInfo[]> {
    this.#steps ??= this.#place.then(({ store }) => readSteps(store, this.#names));
    return this.#steps;
  }

  /** Numbers of the finished steps, ascending. */
  async allSteps(): Promise<number[]> {
    return (await this.#load()).map(({ step }) => step).sort((a, b) => a - b);
  }

  /** The step saved last; null when there is none. */
  async latestStep(): Promise<number | null> {
    return (await this.#load()).at(-1)?.step ?? null;
  }

  /** The step with the best metric; without `bestFn` the latest; null when no step qualifies. */
  async bestStep(): Promise<number | null> {
    const { bestFn, bestMode = 'max' } = this.#options;
    if (bestFn === undefined) return this.latestStep();
    const sign = bestMode === 'min' ? -1 : 1;
    let best: { step: number; value: number } | undefined;
    for (const { step, metrics } of await this.#load()) {
      if (metrics === null) continue;
      const value = sign * bestFn(metrics);
      if (best === undefined || value >= best.value) best = { step, value };
    }
    return best?.step ?? null;
  }

  /** Whether `save` would save this step. */
  async shouldSave(step: number): Promise<boolean> {
    if (this.#options.readOnly) return false;
    const saved = await this.#load();
    const latest = saved.at(-1)?.step;
    if (latest !== undefined && step <= latest) return false;
    return this.#savePolicy.shouldSave({ step, timeMs: Date.now(), metrics: null }, saved, { isSavingInProgress: this.#work.busy });
  }

  /**
   * Saves a step if the policies want it; false when they do not. Resolves when the values are held, unless `asyncCheckpointing` is
   * false; `waitUntilFinished` resolves when they are written and steps that are no longer wanted are gone.
   */
  async save(step: number, args: SaveArg | CompositeArgs<SaveArg>, options: ManagerSaveOptions = {}): Promise<boolean> {
    if (!(options.force && !this.#options.readOnly) && !(await this.shouldSave(step))) return false;
    const items = this.#itemsOf(args, options.metrics);
    const done = await this.#work.start(() => this.#begin(step, items, options));
    if (this.#options.asyncCheckpointing === false) await this.#work.settle();
    return done;
  }

  async #begin(step: number, items: ReadonlyMap<string, ItemToSave>, options: ManagerSaveOptions): Promise<Started<boolean>> {
    const leaves = [...items.values()].flatMap((item) => (item.kind === 'json' ? [] : item.leaves));
    const saved = await this.#load();
    if (saved.some((info) => info.step === step)) {
      letGo(leaves);
      throw new LinnetError(
        'CheckpointExistsError',
        `Step ${step} of ${await this.#place} is already saved. Delete it first, or save another step.`,
      );
    }
    await allHeld(leaves);
    const info: CheckpointInfo = { step, timeMs: Date.now(), metrics: options.metrics ?? null };
    saved.push(info);
    return { result: true, job: () => this.#write(info, items, options).finally(() => letGo(leaves)) };
  }

  #itemsOf(args: SaveArg | CompositeArgs<SaveArg>, metrics: Metrics | undefined): Map<string, ItemToSave> {
    this.#checkStyle(args.type === 'Composite' ? 'composite' : 'single');
    const named = args.type === 'Composite' ? args.items : new Map([[DEFAULT_ITEM, args]]);
    if (named.has(METRICS_ITEM))
      throw new LinnetError('InvalidArgumentError', `The item name "${METRICS_ITEM}" is reserved. Pass { metrics } or use another name.`);
    const items = new Map([...named].map(([name, arg]) => [checkItemName(name), itemToSave(name, arg, this.#options)]));
    if (metrics !== undefined) items.set(METRICS_ITEM, { kind: 'json', json: toJsonText(metrics, 'The metrics'), file: 'metrics' });
    return items;
  }

  #checkStyle(style: 'single' | 'composite'): void {
    if (this.#style !== undefined && this.#style !== style) {
      throw new LinnetError(
        'InvalidArgumentError',
        'One manager saves either single items or Composite items, not both: a step would mix the two layouts.',
      );
    }
    this.#style = style;
  }

  async #write(info: CheckpointInfo, items: ReadonlyMap<string, ItemToSave>, options: ManagerSaveOptions): Promise<void> {
    const place = await this.#place;
    try {
      await writeRootMetadata(place, this.#options.metadata);
      const step = place.join(this.#names.nameOf(info.step));
      // Leftovers of an interrupted save of this step.
      if (await step.exists()) await step.remove();
      await step.write((store) => writeStep(store, items), commitFacts(options));
    } catch (cause) {
      await this.#forget(info);
      throw cause;
    }
    await this.#deleteUnwanted();
  }

  async #forget(info: CheckpointInfo): Promise<void> {
    const saved = await this.#load();
    saved.splice(saved.indexOf(info), 1);
  }

  async #deleteUnwanted(): Promise<void> {
    const saved = await this.#load();
    const wanted = this.#preservationPolicy.shouldPreserve(saved);
    for (const info of saved.filter((_, i) => !wanted[i])) await this.#remove(info);
  }

  async #remove(info: CheckpointInfo): Promise<void> {
    const place = await this.#place;
    const name = this.#names.nameOf(info.step);
    const { todeleteSubdir } = this.#options;
    if (todeleteSubdir !== undefined) {
      const { store } = place.join(name);
      await place.join(todeleteSubdir, name).write(async (target) => {
        for (const { key } of await store.list()) await target.write(key, (await store.read(key))!);
      });
    }
    await place.join(name).remove({ forGood: true });
    await this.#forget(info);
  }

  async #stepPath(step: number | null): Promise<CheckpointPath> {
    const place = await this.#place;
    const wanted = step ?? (await this.latestStep());
    if (wanted === null) throw new LinnetError('CheckpointNotFoundError', `${place} has no steps to restore from.`);
    if (!(await this.allSteps()).includes(wanted)) this.#steps = undefined;
    // Somebody else may have saved it since the directory was read.
    const all = await this.allSteps();
    if (all.includes(wanted)) return place.join(this.#names.nameOf(wanted));
    const there = all.length === 0 ? 'There are none.' : `There are ${all.slice(-50).join(', ')}.`;
    throw new LinnetError('CheckpointNotFoundError', `${place} has no finished step ${wanted}. ${there}`);
  }

  /**
   * Restores a step, the latest for null. A single argument restores the step's only item; Composite the items it names; without
   * arguments everything comes back as it was saved: the only item itself, or an object of all items.
   */
  async restore(step: number | null, args?: RestoreArg | CompositeArgs<RestoreArg>): Promise<any> {
    await this.#work.settle();
    const place = await this.#stepPath(step);
    if (args === undefined) return restoreEverything(place);
    if (args.type !== 'Composite') return restoreItem(place, DEFAULT_ITEM, args);
    const result = Object.create(null) as Record<string, unknown>;
    for (const [name, arg] of args.items) result[name] = await restoreItem(place, checkItemName(name), arg);
    return result;
  }

  /** The metrics saved with a step; null when there are none. */
  async metrics(step: number): Promise<Metrics | null> {
    const known = (await this.#load()).find((info) => info.step === step);
    if (known !== undefined) return known.metrics;
    return readMetrics((await this.#place).store, this.#names.nameOf(step));
  }

  /** What the items of a step hold, without reading an array: one tree for a step with a single item, else trees by item. */
  async itemMetadata(step: number): Promise<CheckpointTreeMetadata | Readonly<Record<string, CheckpointTreeMetadata | null>>> {
    await this.#work.settle();
    const place = await this.#stepPath(step);
    const items = await itemsOfStep(place);
    if (items.get(DEFAULT_ITEM) === 'tree') return describeTree(await openTree(place.join(DEFAULT_ITEM)));
    const result = Object.create(null) as Record<string, CheckpointTreeMetadata | null>;
    for (const [name, kind] of items) result[name] = kind === 'tree' ? describeTree(await openTree(place.join(name))) : null;
    return result;
  }

  /** The JSON kept beside the steps. */
  async metadata(): Promise<JsonObject> {
    await this.#work.settle();
    return readRootMetadata((await this.#place).store);
  }

  /** Deletes a step. */
  async delete(step: number): Promise<void> {
    await this.#work.settle();
    await this.#stepPath(step);
    const info = (await this.#load()).find((known) => known.step === step)!;
    await this.#remove(info);
  }

  /** Reads the directory anew: another program may have changed it. */
  async reload(): Promise<void> {
    await this.#work.settle();
    this.#steps = undefined;
    await this.#load();
  }

  /** Whether a save is still being written. */
  isSavingInProgress(): boolean {
    return this.#work.busy;
  }

  /** Throws what the last save failed with, without waiting. */
  checkForErrors(): void {
    this.#work.throwFailure();
  }

  /** Always false: nobody takes a tab's machine away with notice. */
  reachedPreemption(_step: number): boolean {
    return false;
  }

  /** Resolves when the last save is written and unwanted steps are gone; throws what failed. */
  async waitUntilFinished(): Promise<void> {
    await this.#work.settle();
  }

  /** The same; a manager needs no other end. */
  async close(): Promise<void> {
    await this.#work.settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** What the library keeps beside a step's files; it ranks by numbers only. */
function commitFacts({ metrics, kind, name, note }: ManagerSaveOptions): CommitFacts {
  const numbers = Object.entries(metrics ?? {}).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  return {
    metrics: Object.fromEntries(numbers),
    ...(kind === undefined ? {} : { kind }),
    ...(name === undefined ? {} : { name }),
    ...(note === undefined ? {} : { note }),
  };
}
