import type { RunLibrary } from './runLibrary';
import type { Session } from './session';
import { readState } from './stepItems';
import { disposeTree, type TrainingState } from './trainingState';

/** The checkpoint that is looked at instead of the present state of a run, if any. */
export class LookedAt {
  #looked: { readonly step: number; readonly state: TrainingState } | null = null;

  /** Its step; null for the present. */
  get step(): number | null {
    return this.#looked?.step ?? null;
  }

  /** Its arrays; null for the present ones. */
  get state(): TrainingState | null {
    return this.#looked?.state ?? null;
  }

  /** Looks at a checkpoint of the run of `session`, or (null) at its present. */
  async look(library: RunLibrary, { info, trainer }: Session, step: number | null): Promise<void> {
    if (step === null) return this.away();
    const target = trainer.snapshot();
    let state: TrainingState;
    try {
      state = await readState(await library.open(info.id, step), target);
    } finally {
      disposeTree(target);
    }
    this.away();
    this.#looked = { step, state };
  }

  /** Back to the present. */
  away(): void {
    if (this.#looked !== null) disposeTree(this.#looked.state);
    this.#looked = null;
  }
}
