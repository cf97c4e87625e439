/** Colours and sizes to paint with; tables are 256 RGBA entries. */
export interface PictureAppearance {
  readonly diverging: Uint8Array;
  readonly sequential: Uint8Array;
  /** CSS colours. */
  readonly ink: string;
  readonly field: string;
  readonly classColors: readonly string[];
  /** Share of the tables' range in use (1 = all). */
  readonly gain: { readonly surface: number; readonly neurons: number };
  readonly devicePixelRatio: number;
  readonly showTestPoints: boolean;
  readonly reducedMotion: boolean;
}

/** Writes the colour of `value` in [-1, 1] to `pixels` at `at`, from a diverging table. */
export function writeDiverging(pixels: Uint8ClampedArray, at: number, table: Uint8Array, value: number, gain: number): void {
  const entry = Math.round(127.5 + 127.5 * Math.max(-1, Math.min(1, value * gain)));
  for (let channel = 0; channel < 4; channel++) pixels[at + channel] = table[4 * entry + channel]!;
}

/** The colour of `value` in [-1, 1] as CSS. */
export function divergingColor(table: Uint8Array, value: number): string {
  const pixel = new Uint8ClampedArray(4);
  writeDiverging(pixel, 0, table, value, 1);
  return `rgb(${pixel[0]} ${pixel[1]} ${pixel[2]})`;
}
