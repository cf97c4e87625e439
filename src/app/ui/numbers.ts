const NBSP = '\u00a0';
const MINUS = '\u2212';

/** A count or step with thousands commas: `1,940`. */
export const stepText = (value: number): string => Math.round(value).toLocaleString('en');

/** A number of epochs with thousands commas and tenths: `1,900.0`. */
export const epochText = (value: number): string => value.toLocaleString('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** `1 row`, `2 rows`. */
export const countText = (count: number, noun: string): string => `${stepText(count)}${NBSP}${noun}${count === 1 ? '' : 's'}`;

/** Four significant digits at most, with a true minus; powers of ten where plain digits would not fit. */
export function numberText(value: number | null, digits = 4): string {
  if (value === null) return '–';
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : `${MINUS}∞`;
  const size = Math.abs(value);
  let text: string;
  if (size !== 0 && (size < 10 ** -digits || size >= 1e6))
    text = value
      .toExponential(2)
      .replace(/\.?0+e/, 'e')
      .replace('e+', 'e');
  else if (size >= 1000) text = Math.round(value).toLocaleString('en');
  else text = value.toFixed(Math.max(0, digits - (size >= 100 ? 2 : size >= 10 ? 1 : 0)));
  return text.replace('-', MINUS);
}

/** A loss as it stands above its chart: always the same width while it changes. */
export const lossText = (value: number | null): string => numberText(value, 4);

/** `97.5 %`. */
export const percentText = (share: number | null, digits = 1): string =>
  share === null || Number.isNaN(share) ? '–' : `${(share * 100).toFixed(digits)}${NBSP}%`;

/** `3.1 MB`, decimal units as files are counted. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  let size = bytes;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)}${NBSP}${units[unit]}`;
}

/** `12:04` today, `3 Nov, 12:04` earlier. */
export function timeText(ms: number): string {
  const date = new Date(ms);
  const today = new Date().toDateString() === date.toDateString();
  const time = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  return today ? time : `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })}, ${time}`;
}

/** A subscript for input names: `x1` becomes `x₁`, `x1^2` becomes `x₁²`. */
export const featureText = (name: string): string =>
  name.replaceAll('x1', 'x₁').replaceAll('x2', 'x₂').replaceAll('^2', '²').replaceAll('*', '').replace('sin(', 'sin ').replace(')', '');
