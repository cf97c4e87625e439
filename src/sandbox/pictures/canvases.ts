/** What is painted where. */
export type PictureName = 'surface' | 'neurons' | 'edges';

/** The canvases that the page handed over, and how large they are on the screen. */
export class Canvases {
  readonly #canvases = new Map<PictureName, OffscreenCanvas>();
  /** CSS pixels. */
  readonly #sizes = new Map<PictureName, readonly [number, number]>();

  get isEmpty(): boolean {
    return this.#canvases.size === 0;
  }

  attach(name: PictureName, canvas: OffscreenCanvas): void {
    this.#canvases.set(name, canvas);
    this.#sizes.delete(name);
  }

  resize(name: PictureName, width: number, height: number): void {
    this.#sizes.set(name, [width, height]);
  }

  /** Gives canvases their size in device pixels, which empties those whose size is another now; whether there were any. */
  fit(devicePixelRatio: number): boolean {
    let isEmptied = false;
    for (const [name, size] of this.#sizes) {
      const canvas = this.#canvases.get(name);
      if (canvas === undefined) continue;
      const [width, height] = size.map((length) => Math.max(1, Math.round(length * devicePixelRatio))) as [number, number];
      if (canvas.width === width && canvas.height === height) continue;
      canvas.width = width;
      canvas.height = height;
      isEmptied = true;
    }
    return isEmptied;
  }

  /** A canvas that somebody sees. */
  seen(name: PictureName): OffscreenCanvas | null {
    const [width = 0, height = 0] = this.#sizes.get(name) ?? [];
    return width > 0 && height > 0 ? (this.#canvases.get(name) ?? null) : null;
  }

  /** Takes away what is painted. */
  clear(name: PictureName): void {
    const canvas = this.seen(name);
    canvas?.getContext('2d')?.clearRect(0, 0, canvas.width, canvas.height);
  }
}
