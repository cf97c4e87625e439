import { ChevronDown } from 'lucide-react';
import { useId } from 'react';

interface SelectFieldProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly (readonly [T, string])[];
  readonly hideLabel?: boolean;
  onChange(value: T): void;
}

/** The platform's own list of choices: right on every device, by key and by touch. */
export function SelectField<T extends string>({ label, value, options, hideLabel = false, onChange }: SelectFieldProps<T>) {
  const id = useId();
  const select = (
    <span className="select">
      <select id={id} value={value} aria-label={hideLabel ? label : undefined} onChange={(event) => onChange(event.target.value as T)}>
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
      <ChevronDown className="icon" aria-hidden="true" />
    </span>
  );
  if (hideLabel) return select;
  return (
    <div className="field wide">
      <label htmlFor={id}>{label}</label>
      {select}
    </div>
  );
}
