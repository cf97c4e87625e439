import { Minus, Plus, X } from 'lucide-react';
import { ACTIVATIONS, type ActivationName } from '#linnet/core';
import { change, useExperiment } from '../state/experiment';
import { RANGES } from '../state/experimentFields';
import type { NetworkPlan } from './useNetworkPlan';

function setLayer(index: number, patch: Partial<{ width: number; activation: ActivationName }>): void {
  const { hidden } = useExperiment.getState().draft.model;
  change('model', { hidden: hidden.map((layer, i) => (i === index ? { ...layer, ...patch } : layer)) });
}

function removeLayer(index: number): void {
  const { hidden } = useExperiment.getState().draft.model;
  change('model', { hidden: hidden.filter((_, i) => i !== index) });
}

/** Adds a hidden layer like the last one. */
export function addLayer(): void {
  const { hidden } = useExperiment.getState().draft.model;
  if (hidden.length >= RANGES.layers[1]) return;
  change('model', { hidden: [...hidden, hidden.at(-1) ?? { width: 8, activation: 'tanh' }] });
}

function HiddenHead({ index }: { readonly index: number }) {
  const layer = useExperiment((state) => state.draft.model.hidden[index]);
  if (layer === undefined) return null;
  const name = `linear${index + 1}`;
  const { width, activation } = layer;
  return (
    <>
      <div className="row head-name">
        <b>{name}</b>
        <button type="button" className="remove-layer" aria-label={`Remove ${name}`} onClick={() => removeLayer(index)}>
          <X className="icon" aria-hidden="true" />
        </button>
      </div>
      <div className="row head-controls">
        {/* biome-ignore lint/a11y/useSemanticElements: two buttons and a number, named as a group */}
        <div className="stepper" role="group" aria-label={`Units of ${name}`}>
          <button
            type="button"
            aria-label="Fewer"
            disabled={width <= 1}
            onClick={() => setLayer(index, { width: width - (width > 16 ? 8 : 1) })}
          >
            <Minus className="icon" aria-hidden="true" />
          </button>
          <output>{width}</output>
          <button
            type="button"
            aria-label="More"
            disabled={width >= RANGES.width[1]}
            onClick={() => setLayer(index, { width: width + (width >= 16 ? 8 : 1) })}
          >
            <Plus className="icon" aria-hidden="true" />
          </button>
        </div>
        <select
          className="bare-select"
          aria-label={`Activation of ${name}`}
          value={activation}
          onChange={(event) => setLayer(index, { activation: event.target.value as ActivationName })}
        >
          {ACTIVATIONS.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      </div>
    </>
  );
}

/** Name, width and activation above each column. */
export function ColumnHeads({ plan }: { readonly plan: NetworkPlan }) {
  const { run, geometry, features } = plan;
  const last = run.layers.length;
  return (
    <>
      {geometry.columnX.map((x, c) => (
        <div key={run.layers[c - 1]?.name ?? 'inputs'} className="column-head" style={{ left: x }}>
          {c === 0 && (
            <>
              <b className="plain">inputs</b>
              <span className="quiet small">
                {features.length > 0 ? `${run.featureNames.length} of ${features.length} on` : run.featureNames.length}
              </span>
            </>
          )}
          {c > 0 && c < last && <HiddenHead index={c - 1} />}
          {c === last && (
            <>
              <b>{run.layers[last - 1]!.name}</b>
              <span className="quiet small">{run.classNames.length > 0 ? 'softmax' : 'value'}</span>
            </>
          )}
        </div>
      ))}
    </>
  );
}
