import type { DatasetName } from '#linnet/core';
import { perform } from '../actions/action';
import { drawPoints, pasteCsv } from '../actions/page';
import { pickUpload } from '../actions/upload';
import { datasetText, PICTURED, TABLES } from '../data/datasets';
import { change, trainOnOwnData, useExperiment } from '../state/experiment';
import { RANGES } from '../state/experimentFields';
import { Check } from '../ui/Check';
import { countText } from '../ui/numbers';
import { Pane } from '../ui/Pane';
import { SelectField } from '../ui/SelectField';
import { SliderField } from '../ui/SliderField';
import { DatasetPicture } from './DatasetPicture';

const PLANE_SETS: readonly DatasetName[] = ['spiral', 'moons', 'circles', 'xor', 'gauss', 'plane', 'regress-gauss'];
const isPlane = (name: DatasetName): boolean => PLANE_SETS.includes(name);

/** Chooses a set, with the scaling and batch that suit it when the kind of data changes. */
function choose(name: DatasetName): void {
  const { draft } = useExperiment.getState();
  const before = draft.data.name;
  change('data', { name, standardize: !isPlane(name) && name !== 'digits' });
  if (isPlane(before) !== isPlane(name)) change('training', { batchSize: isPlane(name) ? 32 : 64 });
}

function Picker() {
  const name = useExperiment((state) => state.draft.data.name);
  const table = TABLES.some((candidate) => candidate.name === name);
  return (
    // biome-ignore lint/a11y/useSemanticElements: buttons with pictures, named as a group
    <div className="dataset-grid" role="group" aria-label="Data set">
      {PICTURED.filter((dataset) => dataset.name !== 'regress-gauss').map((dataset) => (
        <button type="button" key={dataset.name} aria-pressed={name === dataset.name} onClick={() => choose(dataset.name)}>
          <DatasetPicture name={dataset.name} />
          {dataset.label}
        </button>
      ))}
      <button type="button" aria-pressed={table} onClick={() => choose(table ? name : 'iris')}>
        <DatasetPicture name="tables" />
        Tables
      </button>
    </div>
  );
}

function OwnDataButtons() {
  const kept = useExperiment((state) => state.kept);
  const name = useExperiment((state) => state.draft.data.name);
  return (
    <>
      <div className="own-data">
        <button type="button" onClick={() => void perform(pasteCsv)}>
          Paste CSV
        </button>
        <button type="button" onClick={() => pickUpload('table')}>
          Open file
        </button>
        <button type="button" onClick={() => void perform(drawPoints)}>
          Draw
        </button>
      </div>
      {(['csv', 'points'] as const).map(
        (own) =>
          kept[own] !== null &&
          name !== own && (
            <button key={own} type="button" className="button compact ghost kept-data" onClick={() => trainOnOwnData(own, kept[own]!)}>
              Back to {kept[own].name}
            </button>
          ),
      )}
    </>
  );
}

const TABLE_OPTIONS = TABLES.map(({ name, label }) => [name, label] as const);
const REGRESSION_OPTIONS = [
  ['plane', 'Plane'],
  ['regress-gauss', 'Hills'],
] as const;

function Fields() {
  const { data, training } = useExperiment((state) => state.draft);
  const { generated, about } = datasetText(data.name);
  return (
    <div className="fields">
      {TABLES.some(({ name }) => name === data.name) && (
        <SelectField label="Table" value={data.name} options={TABLE_OPTIONS} onChange={choose} />
      )}
      {(data.name === 'plane' || data.name === 'regress-gauss') && (
        <SelectField label="Shape" value={data.name} options={REGRESSION_OPTIONS} onChange={choose} />
      )}
      {about !== undefined && <p className="quiet small about">{about}</p>}
      {generated && (
        <>
          <SliderField
            label="Points"
            value={data.samples}
            min={50}
            max={2000}
            step={50}
            typed={RANGES.samples}
            onChange={(samples) => change('data', { samples: Math.round(samples) })}
          />
          <SliderField
            label="Noise"
            value={data.noise}
            min={0}
            max={0.5}
            step={0.01}
            typed={RANGES.noise}
            format={(v) => v.toFixed(2)}
            onChange={(noise) => change('data', { noise })}
          />
        </>
      )}
      <SliderField
        label="Train share"
        value={data.trainFraction}
        min={0.1}
        max={0.95}
        step={0.05}
        unit={100}
        format={(v) => `${Math.round(v * 100)}\u00a0%`}
        typed={RANGES.trainFraction}
        onChange={(trainFraction) => change('data', { trainFraction })}
      />
      <SliderField
        label="Batch"
        value={training.batchSize}
        min={1}
        max={512}
        step={1}
        scale="log"
        typed={RANGES.batchSize}
        onChange={(size) => change('training', { batchSize: Math.max(1, Math.round(size)) })}
      />
      {!isPlane(data.name) && (
        <Check
          label="Scale each column to mean 0, deviation 1"
          checked={data.standardize}
          onChange={(standardize) => change('data', { standardize })}
        />
      )}
    </div>
  );
}

/** What to train on: pictures of the sets, the person's own data, and how it is split. */
export function DataPanel() {
  const { data } = useExperiment((state) => state.draft);
  const ownRows = useExperiment(({ ownData }) => (ownData === null ? null : ownData.values.length / ownData.columns.length));
  const own = data.name === 'csv' || data.name === 'points';
  const text = datasetText(data.name);
  const meta = own ? (ownRows === null ? '' : countText(ownRows, 'row')) : text.generated ? countText(data.samples, 'point') : text.size;
  return (
    <Pane title="Data" meta={meta} className="data-panel">
      <Picker />
      <OwnDataButtons />
      <Fields />
    </Pane>
  );
}
