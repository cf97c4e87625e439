import type { Session } from '../session';
import type { Canvases } from './canvases';
import type { GlimpseForm } from './glimpse';
import { makeGrid } from './grid';
import type { PictureLayout } from './networkPicture';
import type { Detail } from './pictureBudget';

/** Rows of the grid behind the surface. */
const SURFACE_ROWS: Readonly<Record<Detail, number>> = { fine: 96, coarse: 48 };

/** What is to be computed for the canvases that are seen, where the page has placed the network's units. */
export class Forms {
  readonly #canvases: Canvases;
  #layout: PictureLayout | null = null;
  #known: { readonly [D in Detail]?: GlimpseForm } = {};

  constructor(canvases: Canvases) {
    this.#canvases = canvases;
  }

  get layout(): PictureLayout | null {
    return this.#layout;
  }

  place(layout: PictureLayout): void {
    // The same units at other places show the same numbers.
    const isMoved = this.#layout !== null && JSON.stringify(this.#layout.units) === JSON.stringify(layout.units);
    this.#layout = isMoved ? { ...layout, units: this.#layout!.units } : layout;
    this.forget();
  }

  /** Canvases, or the run, are others now. */
  forget(): void {
    this.#known = {};
  }

  /** The form of this detail; null when nothing is seen. The same object until something changes. */
  of(session: Session, detail: Detail): GlimpseForm | null {
    const known = this.#known[detail];
    if (known !== undefined) return known;
    const canvas = session.info.hasSurface ? this.#canvases.seen('surface') : null;
    const surface = canvas === null ? null : makeGrid(SURFACE_ROWS[detail], canvas.width / canvas.height);
    const isNetworkSeen = this.#canvases.seen('edges') !== null || this.#canvases.seen('neurons') !== null;
    // The page sends the layout of a new model in a moment: a program without the network would be compiled for that moment alone.
    if (isNetworkSeen && (this.#layout === null || !fits(this.#layout, session))) return null;
    const units = isNetworkSeen ? this.#layout!.units : null;
    if (surface === null && units === null) return null;
    const form = { surface, units };
    this.#known = { ...this.#known, [detail]: form };
    return form;
  }
}

/** Whether a layout was made for the model of this session: the page sends another one soon after a run was opened. */
function fits({ units }: PictureLayout, { info }: Session): boolean {
  const widths = [info.featureNames.length, ...info.layers.map(({ outputs }) => outputs)];
  return units.length === widths.length && units.every((column, i) => column.every((unit) => unit < widths[i]!));
}
