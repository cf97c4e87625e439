import { type KeyboardEvent, useId, useState } from 'react';

interface SliderFieldProps {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** Smallest change by arrow key in the number; on a log scale, the factor is a tenth of a decade instead. */
  readonly step: number;
  readonly scale?: 'linear' | 'log';
  /** On a log scale: the far left means 0. */
  readonly zeroText?: string;
  readonly format?: (value: number) => string;
  /** Factor between the number as written and the value: 100 for a percentage. */
  readonly unit?: number;
  /** Limits of what may be typed; the slider's own where not given. */
  readonly typed?: readonly [number, number];
  onChange(value: number): void;
}

const POSITIONS = 200;
const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
const tidy = (value: number) => Number(value.toPrecision(6));
/** On a log scale: the nearest 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 of its decade. */
const LOG_STOPS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

function nearestStop(value: number): number {
  const decade = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const near = LOG_STOPS.reduce((best, stop) =>
    Math.abs(Math.log((stop * decade) / value)) < Math.abs(Math.log((best * decade) / value)) ? stop : best,
  );
  return tidy(near * decade);
}

/** Label, slider and value in a row. The value is an input of its own: type it, or change it with the arrow keys (Shift: tenfold). */
export function SliderField(props: SliderFieldProps) {
  const { label, value, min, max, step, scale = 'linear', zeroText, format = String, unit = 1, typed = [min, max], onChange } = props;
  const id = useId();
  const [text, setText] = useState<string | null>(null);
  const log = scale === 'log';
  const toPosition = (v: number) => {
    if (!log) return ((v - min) / (max - min)) * POSITIONS;
    return v <= 0 ? 0 : clamp(Math.log(v / min) / Math.log(max / min), 0, 1) * (POSITIONS - 1) + 1;
  };
  const fromPosition = (position: number) => {
    if (!log) return tidy(clamp(Math.round((min + (position / POSITIONS) * (max - min)) / step) * step, min, max));
    if (position < 1 && zeroText !== undefined) return 0;
    return nearestStop(min * (max / min) ** ((Math.max(1, position) - 1) / (POSITIONS - 1)));
  };
  const shown = value === 0 && zeroText !== undefined ? zeroText : format(value);
  const readTyped = (typedText: string): number | null => {
    if (zeroText !== undefined && typedText.trim().toLowerCase() === zeroText) return 0;
    const number = Number(typedText.replace(/[%\s,]/g, '').replace('\u2212', '-')) / unit;
    const allowed = Number.isFinite(number) && ((number >= typed[0] && number <= typed[1]) || (zeroText !== undefined && number === 0));
    return typedText.trim() !== '' && allowed ? tidy(number) : null;
  };
  const commit = () => {
    const next = text === null ? null : readTyped(text);
    setText(null);
    if (next !== null && next !== value) onChange(next);
  };
  const nudge = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Enter') commit();
    if (event.key === 'Escape') setText(null);
    const direction = event.key === 'ArrowUp' ? 1 : event.key === 'ArrowDown' ? -1 : 0;
    if (direction === 0) return;
    event.preventDefault();
    const factor = event.shiftKey ? 10 : 1;
    const next = log ? nearestStop((value || min) * 10 ** (direction * 0.1 * factor)) : value + direction * step * factor;
    setText(null);
    onChange(tidy(clamp(next, typed[0], typed[1])));
  };
  const position = toPosition(value);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="range"
        min={0}
        max={POSITIONS}
        step={log ? 1 : (step / (max - min)) * POSITIONS}
        value={position}
        aria-valuetext={shown}
        style={{ '--filled': `${(position / POSITIONS) * 100}%` } as React.CSSProperties}
        onChange={(event) => onChange(fromPosition(event.target.valueAsNumber))}
      />
      <input
        className="value"
        inputMode="decimal"
        aria-label={`${label}, value`}
        aria-invalid={text !== null && readTyped(text) === null}
        value={text ?? shown}
        onFocus={(event) => event.target.select()}
        onChange={(event) => setText(event.target.value)}
        onBlur={commit}
        onKeyDown={nudge}
      />
    </div>
  );
}
