import type { Session } from '../session';
import { disposeTree, type TrainingState } from '../trainingState';
import type { PictureAppearance } from './appearance';
import { Canvases, type PictureName } from './canvases';
import { Film } from './film';
import { Forms } from './forms';
import { type Glimpse, type GlimpseForm, Glimpser } from './glimpse';
import { type PictureLayout, paintEdges, paintNeurons } from './networkPicture';
import { type Detail, PictureBudget } from './pictureBudget';
import { SurfacePainter } from './surfacePicture';
import { Thumbnails } from './thumbnails';

/** How long a checkpoint is looked at before it is painted finely, ms: who scrubs past wants the next one. */
export const SETTLE_MS = 150;
/** A run whose pictures take longer than this, ms, shows its data meanwhile, and not the pictures of the run before. */
const BLANK_MS = 150;

/** What is painted: a run, at present or at a checkpoint that is looked at. */
export interface Subject {
  readonly session: Session;
  /** The checkpoint looked at; null for the present. */
  readonly lookingAt: number | null;
  /** Arrays of the checkpoint looked at, owned by the subject; null for the present. Read when first asked for. */
  looked(): Promise<TrainingState | null>;
  /** Steps that can be looked at. */
  readonly steps: readonly number[];
  /** Arrays of one of them, for the caller to dispose. */
  read(step: number): Promise<TrainingState>;
}

/**
 * The pictures of the model: computed on the device, painted on canvases that the page handed over. Painting never waits in the way of
 * training: while one picture is being computed, further wishes are remembered as one, and a budget says when the next is due.
 */
export class Pictures {
  readonly #canvases = new Canvases();
  readonly #forms = new Forms(this.#canvases);
  readonly #subject: () => Subject | null;
  readonly #failed: (error: unknown) => void;
  readonly #budget = new PictureBudget();
  readonly #surface = new SurfacePainter();
  readonly #film = new Film();
  readonly #thumbnails = new Thumbnails();
  #glimpser: { readonly session: Session; readonly glimpser: Glimpser } | null = null;
  #appearance: PictureAppearance | null = null;
  /** What was painted last, to be painted again at once where a canvas was resized, which empties it. */
  #last: { readonly session: Session; readonly glimpse: Glimpse; readonly form: GlimpseForm } | null = null;
  /** The run that is shown, or about to be. */
  #run = '';
  #busy = false;
  #wanted = false;
  /** The checkpoint that has been looked at for a while. */
  #settled: number | null = null;
  #settling: ReturnType<typeof setTimeout> | undefined;
  #developing = false;

  constructor(subject: () => Subject | null, failed: (error: unknown) => void) {
    this.#subject = subject;
    this.#failed = failed;
  }

  attach(name: PictureName, canvas: OffscreenCanvas): void {
    this.#canvases.attach(name, canvas);
  }

  /** New size in CSS pixels; without any, nobody sees the canvas, and nothing is computed for it. */
  resize(name: PictureName, width: number, height: number): void {
    this.#canvases.resize(name, width, height);
    this.#refit();
  }

  setAppearance(appearance: PictureAppearance): void {
    this.#appearance = appearance;
    this.#refit();
  }

  setLayout(layout: PictureLayout): void {
    this.#forms.place(layout);
    this.#refit();
  }

  /** Canvases were resized, or look otherwise now: paints at once what is known, and soon what is to be computed for them. */
  #refit(): void {
    this.#forms.forget();
    if (this.#appearance === null) return;
    const isEmptied = this.#canvases.fit(this.#appearance.devicePixelRatio);
    const session = this.#subject()?.session;
    if (this.#last !== null && this.#last.session === session) this.#draw(session, this.#last);
    else if (session !== undefined && isEmptied) this.#blank(session);
    this.request();
  }

  /** Whether a picture is being computed or waits for its time. */
  get isBusy(): boolean {
    return this.#busy;
  }

  /** Something to see has changed: paints soon. */
  request(): void {
    this.#wanted = true;
    this.#blankIfOther();
    if (this.#busy || this.#canvases.isEmpty || this.#appearance === null) return;
    this.#busy = true;
    void this.#paintWhileWanted().finally(() => {
      this.#busy = false;
    });
  }

  /** When another run was opened: its data take the place of the former pictures, unless its own are there soon. */
  #blankIfOther(): void {
    const session = this.#subject()?.session;
    if (session === undefined || session.info.id === this.#run) return;
    this.#run = session.info.id;
    setTimeout(() => {
      if (this.#subject()?.session === session && this.#last?.session !== session) this.#blank(session);
    }, BLANK_MS);
  }

  /** Paints what is known of a run before anything is computed: its points. */
  #blank({ info, trainer }: Session): void {
    this.#canvases.clear('edges');
    this.#canvases.clear('neurons');
    const surface = this.#canvases.seen('surface');
    if (surface !== null && info.hasSurface && this.#appearance !== null) {
      this.#surface.paintData(surface, trainer.data, this.#appearance);
    }
  }

  /** Whether a checkpoint of the open run can be painted without reading it. */
  knows(step: number): boolean {
    return this.#film.has(step);
  }

  /** A small surface of a checkpoint: of the open run, or one that was painted in this visit. Null for others, without a surface, or before colours are known. */
  async thumbnail(run: string, step: number): Promise<ImageBitmap | null> {
    const subject = this.#subject();
    if (this.#appearance === null) return null;
    const isOpen = subject?.session.info.id === run;
    return isOpen ? this.#thumbnails.picture(subject, step, this.#appearance) : this.#thumbnails.known(run, step, this.#appearance);
  }

  /** The run is being saved as it is in `state`: its pictures are kept for looking back. */
  keep(session: Session, step: number, state: TrainingState): void {
    void this.#keep(session, step, state);
    this.#thumbnails.keep(session, step, state).catch(this.#failed);
  }

  async #keep(session: Session, step: number, { model }: TrainingState): Promise<void> {
    if (this.#glimpser?.session !== session) return;
    const form = this.#form(session, 'coarse');
    if (form === null) return;
    try {
      const glimpse = await this.#glimpser.glimpser.look(model, form);
      if (this.#filmFor(session, form)) this.#film.put(step, glimpse);
    } catch (error) {
      this.#failed(error);
    }
  }

  async #paintWhileWanted(): Promise<void> {
    while (this.#wanted) {
      const { isRunning } = this.#subject()?.session.loop ?? { isRunning: false };
      const detail = this.#budget.detail(isRunning);
      const early = this.#budget.dueMs(detail, isRunning, this.#appearance!.reducedMotion) - performance.now();
      if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
      this.#wanted = false;
      const subject = this.#subject();
      if (subject === null) return;
      try {
        if (subject.lookingAt === null) await this.#paintPresent(subject.session, detail);
        else await this.#paintPast(subject, subject.lookingAt);
      } catch (error) {
        // A run that was replaced meanwhile is not missed; the one in its place is painted next.
        if (this.#subject()?.session === subject.session) this.#failed(error);
        else this.#wanted = true;
      }
    }
  }

  async #paintPresent(session: Session, detail: Detail): Promise<void> {
    this.#settled = null;
    const form = this.#form(session, detail);
    if (form === null) return;
    const glimpser = this.#glimpserOf(session);
    await glimpser.prepare(form);
    const startedMs = performance.now();
    const glimpse = await glimpser.look(session.trainer.form.model, form);
    // What training submitted before had to be done first; that time is not the picture's.
    const waitedMs = Math.max(0, session.loop.lastArrivalMs - startedMs);
    if (this.#subject()?.lookingAt === null) this.#render(session, glimpse, form);
    const endedMs = performance.now();
    this.#budget.painted(detail, endedMs - startedMs - waitedMs, endedMs);
  }

  async #paintPast(subject: Subject, step: number): Promise<void> {
    const { session } = subject;
    const isSettled = this.#settled === step;
    const form = this.#form(session, isSettled ? 'fine' : 'coarse');
    if (form === null) return;
    const kept = isSettled || !this.#filmFor(session, form) ? undefined : this.#film.get(step);
    const glimpse = kept ?? (await this.#develop(session, (await subject.looked())!, form));
    if (this.#subject()?.lookingAt !== step) return;
    if (!isSettled) this.#film.put(step, glimpse);
    this.#render(session, glimpse, form);
    clearTimeout(this.#settling);
    if (isSettled) void this.#developRest();
    else this.#settling = setTimeout(() => this.#settle(step), SETTLE_MS);
  }

  #settle(step: number): void {
    this.#settled = step;
    if (this.#subject()?.lookingAt === step) this.request();
  }

  async #develop(session: Session, { model }: TrainingState, form: GlimpseForm): Promise<Glimpse> {
    const glimpser = this.#glimpserOf(session);
    await glimpser.prepare(form);
    return glimpser.look(model, form);
  }

  /** Looks at the run's other checkpoints before they are asked for, nearest first, for as long as one is looked at. */
  async #developRest(): Promise<void> {
    if (this.#developing) return;
    this.#developing = true;
    const failed = new Set<number>();
    try {
      for (;;) {
        const subject = this.#subject();
        const at = subject?.lookingAt ?? null;
        if (subject === null || at === null) return;
        const { session } = subject;
        const form = this.#form(session, 'coarse');
        if (form === null || !this.#filmFor(session, form)) return;
        const step = nearest(subject.steps, at, (candidate) => !this.#film.has(candidate) && !failed.has(candidate));
        if (step === null) return;
        // A step that cannot be read says so when it is looked at.
        const state = await subject.read(step).catch(() => null);
        if (state === null) failed.add(step);
        else {
          const glimpse = await this.#develop(session, state, form).finally(() => disposeTree(state));
          if (this.#filmFor(session, form)) this.#film.put(step, glimpse);
        }
      }
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#developing = false;
    }
  }

  /** Makes the film that of `session` in this form; false when these are not shown any more. */
  #filmFor(session: Session, form: GlimpseForm): boolean {
    if (this.#subject()?.session !== session || this.#form(session, 'coarse') !== form) return false;
    this.#film.load(session.info.id, form);
    return true;
  }

  #glimpserOf(session: Session): Glimpser {
    if (this.#glimpser?.session !== session) {
      this.#glimpser?.glimpser.dispose();
      this.#glimpser = { session, glimpser: new Glimpser(session) };
      this.#forms.forget();
    }
    return this.#glimpser.glimpser;
  }

  #form(session: Session, detail: Detail): GlimpseForm | null {
    this.#glimpserOf(session);
    return this.#forms.of(session, detail);
  }

  #render(session: Session, glimpse: Glimpse, form: GlimpseForm): void {
    this.#last = { session, glimpse, form };
    this.#draw(session, this.#last);
  }

  #draw(session: Session, { glimpse: { answer, weights, maps }, form }: { readonly glimpse: Glimpse; readonly form: GlimpseForm }): void {
    const appearance = this.#appearance!;
    const [surface, edges, neurons] = [this.#canvases.seen('surface'), this.#canvases.seen('edges'), this.#canvases.seen('neurons')];
    if (surface !== null && answer !== null) this.#surface.paint(surface, form.surface!, answer, session.trainer.data, appearance);
    const { layout } = this.#forms;
    if (form.units === null || form.units !== layout?.units) return;
    if (edges !== null) paintEdges(edges, weights, layout, appearance);
    if (neurons !== null) paintNeurons(neurons, maps, layout, appearance);
  }
}

/** The step nearest to `at` that is wanted; null when none is. */
function nearest(steps: readonly number[], at: number, isWanted: (step: number) => boolean): number | null {
  return steps
    .filter(isWanted)
    .reduce<number | null>((best, step) => (best === null || Math.abs(step - at) < Math.abs(best - at) ? step : best), null);
}
