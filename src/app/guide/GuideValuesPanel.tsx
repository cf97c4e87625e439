import { Play, Square } from 'lucide-react';
import { changeGuide, closeGuide, openGuide, runGuide, useGuide } from '../state/guide';
import { Check } from '../ui/Check';
import { Segments } from '../ui/Segments';
import { SECTION_TEXTS } from './sectionTexts';

const LAYOUTS = [
  ['new', 'partitionable'],
  ['old', 'original'],
] as const;

const MOST_DIM = 256;
const MOST_SEED = 2 ** 31 - 1;

function WholeNumber({
  label,
  value,
  most,
  least,
  onChange,
}: {
  readonly label: string;
  readonly value: number;
  readonly least: number;
  readonly most: number;
  onChange(value: number): void;
}) {
  return (
    <label className="guide-value">
      {label}
      <input
        type="number"
        className="text-input"
        min={least}
        max={most}
        step={1}
        value={value}
        onChange={({ target }) => {
          const next = Math.round(target.valueAsNumber);
          if (Number.isFinite(next)) onChange(Math.min(most, Math.max(least, next)));
        }}
      />
    </label>
  );
}

/** The values that every section runs with, and the button that runs them all. */
export function GuideValuesPanel() {
  const { values, running } = useGuide();
  const stop = () => {
    closeGuide();
    void openGuide();
  };
  return (
    <section className="guide-values" aria-label="Values of the guide">
      <WholeNumber label="Dimension" value={values.dim} least={1} most={MOST_DIM} onChange={(dim) => changeGuide({ dim })} />
      <WholeNumber label="Seed" value={values.seed} least={0} most={MOST_SEED} onChange={(seed) => changeGuide({ seed })} />
      <label className="guide-value">
        Name
        <input
          className="text-input guide-name"
          maxLength={60}
          value={values.name}
          onChange={({ target }) => changeGuide({ name: target.value })}
        />
      </label>
      <span className="guide-value">
        Layout
        <Segments
          label="Counter layout"
          options={LAYOUTS}
          value={values.partitionable ? 'new' : 'old'}
          onChange={(layout) => changeGuide({ partitionable: layout === 'new' })}
        />
      </span>
      <Check label="With biases" checked={values.useBias} onChange={(useBias) => changeGuide({ useBias })} />
      <span className="grow" />
      {running === null ? (
        <button type="button" className="button primary" onClick={() => void runGuide(SECTION_TEXTS.length - 1)}>
          <Play className="icon" aria-hidden="true" />
          Run all
        </button>
      ) : (
        <button type="button" className="button" onClick={stop}>
          <Square className="icon" aria-hidden="true" />
          Stop
        </button>
      )}
    </section>
  );
}
