import type { Glimpse, GlimpseForm } from './glimpse';

/** Numbers kept for looking back, at most: 64 MB of float32. */
const MAX_NUMBERS = 16e6;

/** Glimpses of a run's checkpoints, so that looking along them waits for no device and no disk. The oldest go when there are too many. */
export class Film {
  #run = '';
  #form: GlimpseForm | null = null;
  readonly #frames = new Map<number, Glimpse>();
  #numbers = 0;

  /** The run and form its frames are of; frames of others are dropped. */
  load(run: string, form: GlimpseForm): void {
    if (run === this.#run && form === this.#form) return;
    this.#run = run;
    this.#form = form;
    this.#frames.clear();
    this.#numbers = 0;
  }

  has(step: number): boolean {
    return this.#frames.has(step);
  }

  get(step: number): Glimpse | undefined {
    return this.#frames.get(step);
  }

  put(step: number, glimpse: Glimpse): void {
    this.#drop(step);
    this.#frames.set(step, glimpse);
    this.#numbers += sizeOf(glimpse);
    for (const oldest of this.#frames.keys()) {
      if (this.#numbers <= MAX_NUMBERS) break;
      this.#drop(oldest);
    }
  }

  #drop(step: number): void {
    const frame = this.#frames.get(step);
    if (frame === undefined) return;
    this.#frames.delete(step);
    this.#numbers -= sizeOf(frame);
  }
}

function sizeOf({ answer, weights, maps }: Glimpse): number {
  const parts = [...weights, ...maps.flat()].reduce((sum, { values }) => sum + values.length, 0);
  return parts + (answer?.values.length ?? 0);
}
