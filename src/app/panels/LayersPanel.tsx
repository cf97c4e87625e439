import { INITIALIZERS, type InitializerName } from '#linnet/core';
import { change, useExperiment } from '../state/experiment';
import { RANGES } from '../state/experimentFields';
import { Check } from '../ui/Check';
import { Pane } from '../ui/Pane';
import { SelectField } from '../ui/SelectField';
import { SliderField } from '../ui/SliderField';

const LABELS: Record<InitializerName, string> = {
  lecunNormal: 'LeCun normal',
  heNormal: 'He normal',
  glorotNormal: 'Glorot normal',
  glorotUniform: 'Glorot uniform',
  orthogonal: 'Orthogonal',
  zeros: 'Zeros',
};

const OPTIONS = INITIALIZERS.map((name) => [name, LABELS[name]] as const);

/** What holds for every hidden layer: how weights begin, dropout, bias, batch normalisation. */
export function LayersPanel() {
  const model = useExperiment((state) => state.draft.model);
  return (
    <Pane title="Layers" className="layers-panel">
      <div className="fields">
        <SelectField
          label="Begin with"
          value={model.initializer}
          options={OPTIONS}
          onChange={(initializer) => change('model', { initializer })}
        />
        <SliderField
          label="Dropout"
          value={model.dropout}
          min={0}
          max={0.9}
          step={0.05}
          typed={RANGES.dropout}
          format={(v) => v.toFixed(2)}
          onChange={(dropout) => change('model', { dropout })}
        />
        <div className="row checks">
          <Check label="Bias" checked={model.useBias} onChange={(useBias) => change('model', { useBias })} />
          <Check label="Batch norm" checked={model.batchNorm} onChange={(batchNorm) => change('model', { batchNorm })} />
        </div>
      </div>
    </Pane>
  );
}
