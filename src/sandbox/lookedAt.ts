import type { RunLibrary } from './runLibrary';
import type { Session } from './session';
import { readState } from './stepItems';
import { disposeTree, type TrainingState } from './trainingState';

/** The checkpoint that is looked at instead of the present state of a run, if any. Its arrays are read when somebody needs them. */
export class LookedAt {
  #step: number | null = null;
  #read: () => Promise<TrainingState> = () => Promise.reject();
  #reading: Promise<TrainingState> | null = null;

  /** Its step; null for the present. */
  get step(): number | null {
    return this.#step;
  }

  /** Its arrays, which stay its own; null for the present. */
  async state(): Promise<TrainingState | null> {
    if (this.#step === null) return null;
    this.#reading ??= this.#read();
    return this.#reading;
  }

  /** Looks at a checkpoint of the run of `session`, or (null) at its present. */
  look(library: RunLibrary, session: Session, step: number | null): void {
    this.away();
    this.#step = step;
    if (step !== null) this.#read = () => readStep(library, session, step);
  }

  /** Back to the present. */
  away(): void {
    this.#reading?.then(disposeTree, () => {});
    this.#reading = null;
    this.#step = null;
  }
}

/** The arrays of a checkpoint of the run of `session`. */
export async function readStep(library: RunLibrary, { info, trainer }: Session, step: number): Promise<TrainingState> {
  const target = trainer.snapshot();
  try {
    return await readState(await library.open(info.id, step), target);
  } finally {
    disposeTree(target);
  }
}
