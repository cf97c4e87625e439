import { OPTIMIZERS, type OptimizerName, SCHEDULES, type ScheduleName } from '#linnet/core';
import { choosePatience } from '../actions/training';
import { changeOptimizer, useExperiment } from '../state/experiment';
import { RANGES } from '../state/experimentFields';
import { sayError } from '../state/messages';
import { useView } from '../state/view';
import { numberText } from '../ui/numbers';
import { Pane } from '../ui/Pane';
import { SelectField } from '../ui/SelectField';
import { SliderField } from '../ui/SliderField';
import { ScheduleCurve } from './ScheduleCurve';

const METHOD_LABELS: Record<OptimizerName, string> = {
  sgd: 'SGD',
  momentum: 'Momentum',
  nesterov: 'Nesterov',
  adam: 'Adam',
  adamw: 'AdamW',
  nadam: 'NAdam',
  rmsprop: 'RMSProp',
  adagrad: 'Adagrad',
  lion: 'Lion',
  lamb: 'LAMB',
};

const SCHEDULE_LABELS: Record<ScheduleName, string> = {
  constant: 'Constant',
  cosine: 'Cosine',
  warmupCosine: 'Warm-up, cosine',
  exponential: 'Exponential',
  linear: 'Linear',
};

const METHODS = OPTIMIZERS.map((name) => [name, METHOD_LABELS[name]] as const);
const SCHEDULE_OPTIONS = SCHEDULES.map((name) => [name, SCHEDULE_LABELS[name]] as const);
/** Steps without a better test loss after which training pauses. */
const PATIENCE = [
  ['0', 'off'],
  ['500', 'after 500 steps'],
  ['2000', 'after 2,000'],
  ['10000', 'after 10,000'],
] as const;
const short = (value: number): string => (value >= 0.001 ? numberText(value, 3) : value.toExponential().replace('e-', 'e\u2212'));

/** How the weights are changed. Rate, schedule, decay and clipping apply to the run as it goes; another method starts a new run. */
export function OptimizerPanel() {
  const optimizer = useExperiment((state) => state.draft.optimizer);
  const patience = useView((state) => state.patience);
  return (
    <Pane title="Optimiser" className="optimizer-panel">
      <div className="fields">
        <SelectField label="Method" value={optimizer.name} options={METHODS} onChange={(name) => changeOptimizer({ name })} />
        <SliderField
          label="Learning rate"
          value={optimizer.learningRate}
          min={1e-5}
          max={10}
          step={1e-5}
          scale="log"
          typed={RANGES.learningRate}
          format={short}
          onChange={(learningRate) => changeOptimizer({ learningRate })}
        />
        <SelectField
          label="Schedule"
          value={optimizer.schedule}
          options={SCHEDULE_OPTIONS}
          onChange={(schedule) => changeOptimizer({ schedule })}
        />
        {optimizer.schedule !== 'constant' && (
          <>
            <ScheduleCurve schedule={optimizer.schedule} />
            <SliderField
              label="Over steps"
              value={optimizer.scheduleSteps}
              min={100}
              max={100_000}
              step={100}
              scale="log"
              typed={RANGES.scheduleSteps}
              onChange={(steps) => changeOptimizer({ scheduleSteps: Math.max(1, Math.round(steps)) })}
            />
          </>
        )}
        <SliderField
          label="Weight decay"
          value={optimizer.weightDecay}
          min={1e-6}
          max={1}
          step={1e-6}
          scale="log"
          zeroText="off"
          typed={RANGES.weightDecay}
          format={short}
          onChange={(weightDecay) => changeOptimizer({ weightDecay })}
        />
        <SliderField
          label="Clip norm"
          value={optimizer.clipNorm}
          min={0.01}
          max={100}
          step={0.01}
          scale="log"
          zeroText="off"
          typed={RANGES.clipNorm}
          format={(v) => numberText(v, 2)}
          onChange={(clipNorm) => changeOptimizer({ clipNorm })}
        />
        <SelectField
          label="Stop early"
          value={String(patience) as (typeof PATIENCE)[number][0]}
          options={PATIENCE}
          onChange={(steps) => void choosePatience(Number(steps)).catch(sayError)}
        />
      </div>
    </Pane>
  );
}
