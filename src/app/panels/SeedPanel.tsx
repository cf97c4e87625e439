import { Dices } from 'lucide-react';
import { useState } from 'react';
import { change, useExperiment } from '../state/experiment';
import { RANGES } from '../state/experimentFields';
import { Pane } from '../ui/Pane';
import { SelectField } from '../ui/SelectField';

const LAYOUTS = [
  ['partitionable', 'since JAX 0.5'],
  ['original', 'before JAX 0.5'],
] as const;

interface SeedInputProps {
  readonly label: string;
  readonly value: number;
  onChange(value: number): void;
}

function SeedInput({ label, value, onChange }: SeedInputProps) {
  const [text, setText] = useState<string | null>(null);
  const read = (typed: string) => (/^\d+$/.test(typed) && Number(typed) <= RANGES.seed[1] ? Number(typed) : null);
  const commit = () => {
    const seed = text === null ? null : read(text);
    setText(null);
    if (seed !== null && seed !== value) onChange(seed);
  };
  return (
    <div className="field seed-field">
      <span className="label">{label}</span>
      <input
        className="value seed-value"
        inputMode="numeric"
        aria-label={label}
        aria-invalid={text !== null && read(text) === null}
        value={text ?? String(value)}
        onChange={(event) => setText(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => event.key === 'Enter' && commit()}
      />
      <button
        type="button"
        className="button ghost compact square"
        aria-label={`${label}: another one`}
        onClick={() => onChange(Math.floor(Math.random() * 10_000))}
      >
        <Dices className="icon" aria-hidden="true" />
      </button>
    </div>
  );
}

/** Where the random numbers come from: the same seed and layout give the same weights as in JAX. */
export function SeedPanel() {
  const { data, training } = useExperiment((state) => state.draft);
  return (
    <Pane title="Seed" meta="numbers as in JAX" className="seed-panel">
      <div className="fields">
        <SeedInput label="Model" value={training.seed} onChange={(seed) => change('training', { seed })} />
        <SeedInput label="Data" value={data.seed} onChange={(seed) => change('data', { seed })} />
        <SelectField label="Counters" value={training.prng} options={LAYOUTS} onChange={(prng) => change('training', { prng })} />
      </div>
    </Pane>
  );
}
