import { PRESETS } from '../data/presets';
import { adoptExperiment } from '../state/experiment';
import { Pane } from '../ui/Pane';
import { DatasetPicture } from './DatasetPicture';

/** Known-good experiments, each with the sentence that makes it worth trying. */
export function PresetList() {
  return (
    <ul className="presets">
      {PRESETS.map(({ name, sentence, experiment }) => (
        <li key={name}>
          <button type="button" onClick={() => void adoptExperiment(experiment)}>
            <DatasetPicture name={experiment.data.name} />
            <span>
              <strong>{name}</strong>
              <span className="quiet small">{sentence}</span>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

export function PresetsPanel() {
  return (
    <Pane title="Presets" className="presets-panel">
      <PresetList />
    </Pane>
  );
}
