/** Light maps start from a pale zero, dark ones from a dark one, so that "no opinion" recedes into the pane. */
export type MapGround = 'light' | 'dark';

/** Share of the maps' range in use, by theme: less behind data points, so that they stay readable. */
export const GAINS = {
  light: { surface: 0.64, neurons: 0.85 },
  dark: { surface: 0.72, neurons: 0.85 },
  contrast: { surface: 0.72, neurons: 0.85 },
} as const;

const ENTRIES = 256;
const NEGATIVE = { hue: 266, chroma: 0.15 };
const POSITIVE = { hue: 66, chroma: 0.136 };

const gamma = (linear: number): number => (linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055);
const toByte = (linear: number): number => Math.round(255 * Math.min(1, Math.max(0, gamma(Math.min(1, Math.max(0, linear))))));

/** OKLCh (hue in degrees) to sRGB bytes, clipped into the gamut. Source: Björn Ottosson, "A perceptual color space for image processing". */
export function oklchToRgb(lightness: number, chroma: number, hue: number): [number, number, number] {
  const angle = (hue * Math.PI) / 180;
  const a = chroma * Math.cos(angle);
  const b = chroma * Math.sin(angle);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    toByte(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    toByte(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    toByte(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

/** Colour of `value` in -1..1: flax blue below zero, seed amber above, lightness linear in |value|. */
export function divergingColor(value: number, ground: MapGround): [number, number, number] {
  const size = Math.min(1, Math.abs(value));
  const { hue, chroma } = value < 0 ? NEGATIVE : POSITIVE;
  const lightness = ground === 'light' ? 0.972 - 0.352 * size : 0.225 + 0.515 * size;
  return oklchToRgb(lightness, chroma * size ** 0.9, hue);
}

function table(colorAt: (index: number) => [number, number, number]): Uint8Array {
  const bytes = new Uint8Array(ENTRIES * 4);
  for (let i = 0; i < ENTRIES; i++) bytes.set([...colorAt(i), 255], i * 4);
  return bytes;
}

/** 256 RGBA entries over -1..1. */
export const divergingTable = (ground: MapGround): Uint8Array => table((i) => divergingColor((2 * i) / (ENTRIES - 1) - 1, ground));

/** 256 RGBA entries over 0..1: the negative arm, so that "more" is flax blue. */
export const sequentialTable = (ground: MapGround): Uint8Array => table((i) => divergingColor(-i / (ENTRIES - 1), ground));

/** CSS colour of `value` in -1..1. */
export const divergingCss = (value: number, ground: MapGround): string => `rgb(${divergingColor(value, ground).join(' ')})`;
