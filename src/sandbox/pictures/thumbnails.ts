import type { Session } from '../session';
import { disposeTree, shareTree, type TrainingState } from '../trainingState';
import { Turns } from '../turns';
import type { PictureAppearance } from './appearance';
import { Film } from './film';
import { type GlimpseForm, Glimpser } from './glimpse';
import { makeGrid } from './grid';
import type { Subject } from './pictures';
import { paintCells } from './surfacePicture';

const ROWS = 32;
const FORM: GlimpseForm = { surface: makeGrid(ROWS, 1.5), units: null };

/** Runs whose thumbnails are kept. */
const MAX_RUNS = 32;

/**
 * Small decision surfaces of checkpoints: kept as they are saved, computed once for those of earlier visits when their run is open. Those
 * of runs that were open before are kept for as long as the page lives.
 */
export class Thumbnails {
  /** By run, the one used last at the end. */
  readonly #films = new Map<string, Film>();
  readonly #turns = new Turns();
  #glimpser: { readonly session: Session; readonly glimpser: Glimpser } | null = null;

  /** The run is being saved as it is in `state`, which stays the caller's. */
  async keep(session: Session, step: number, { model }: TrainingState): Promise<void> {
    if (!session.info.hasSurface) return;
    const held = shareTree(model);
    await this.#turns.take(() => this.#develop(session, step, { model: held })).finally(() => disposeTree(held));
  }

  /** The surface at a checkpoint of the run of `subject`; null when it has none, or the step cannot be read. */
  async picture(subject: Subject, step: number, appearance: PictureAppearance): Promise<ImageBitmap | null> {
    const { session } = subject;
    if (!session.info.hasSurface) return null;
    const { id } = session.info;
    if (!this.#film(id).has(step)) await this.#turns.take(() => this.#read(subject, step));
    return this.known(id, step, appearance);
  }

  /** The surface at a checkpoint that was painted before; else null. */
  known(run: string, step: number, appearance: PictureAppearance): ImageBitmap | null {
    const frame = this.#films.get(run)?.get(step);
    return frame === undefined ? null : paintCells(FORM.surface!, frame.answer!, appearance).transferToImageBitmap();
  }

  #film(run: string): Film {
    const film = this.#films.get(run) ?? new Film();
    this.#films.delete(run);
    this.#films.set(run, film);
    if (this.#films.size > MAX_RUNS) this.#films.delete(this.#films.keys().next().value!);
    film.load(run, FORM);
    return film;
  }

  async #read(subject: Subject, step: number): Promise<void> {
    if (this.#film(subject.session.info.id).has(step)) return;
    const state = await subject.read(step).catch(() => null);
    if (state !== null) await this.#develop(subject.session, step, state).finally(() => disposeTree(state));
  }

  async #develop(session: Session, step: number, { model }: Pick<TrainingState, 'model'>): Promise<void> {
    if (this.#glimpser?.session !== session) {
      this.#glimpser?.glimpser.dispose();
      this.#glimpser = { session, glimpser: new Glimpser(session) };
    }
    const { glimpser } = this.#glimpser;
    await glimpser.prepare(FORM);
    const glimpse = await glimpser.look(model, FORM);
    this.#film(session.info.id).put(step, glimpse);
  }
}
