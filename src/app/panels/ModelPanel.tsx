import { Plus } from 'lucide-react';
import { useEffect, useState } from 'react';
import { ModelTree } from '../display/ModelTree';
import { addLayer } from '../network/ColumnHeads';
import { NetworkPicture } from '../network/NetworkPicture';
import { ParameterSpreads } from '../network/ParameterSpreads';
import { sayError } from '../state/messages';
import { sandbox } from '../state/sandbox';
import { useSession } from '../state/session';
import { setView, useView } from '../state/view';
import { Code, CopyButton } from '../ui/Code';
import { stepText } from '../ui/numbers';
import { Pane } from '../ui/Pane';
import { Segments } from '../ui/Segments';
import { FirstVisit } from './FirstVisit';

const FORMS = [
  ['picture', 'Picture'],
  ['tree', 'Tree'],
  ['spread', 'Histograms'],
  ['code', 'NNX code'],
] as const;

function ModelCode() {
  const run = useSession((state) => state.session.run);
  const [code, setCode] = useState('');
  useEffect(() => {
    if (run === null) return;
    sandbox().modelCode().then(setCode).catch(sayError);
  }, [run]);
  return (
    <div className="model-code">
      <div className="row">
        <p className="quiet small grow">The model in the names of Flax NNX, as this tab builds it.</p>
        <CopyButton text={code} what="Model code" />
      </div>
      <Code text={code} label="Model code" />
    </div>
  );
}

/** The model: its picture with widths and activations to change, or the same as code. */
export function ModelPanel() {
  const run = useSession((state) => state.session.run);
  const modelAs = useView((state) => state.modelAs);
  const shape = run === null ? '' : [run.featureNames.length, ...run.layers.map(({ outputs }) => outputs)].join(' → ');
  const meta = run === null ? '' : `${shape}, ${stepText(run.parameterCount)} parameters`;
  const tools = (
    <>
      <Segments label="Model as" options={FORMS} value={modelAs} onChange={(form) => setView({ modelAs: form })} />
      <button type="button" className="button compact" onClick={addLayer}>
        <Plus className="icon" aria-hidden="true" />
        Layer
      </button>
    </>
  );
  return (
    <Pane title="Model" meta={meta} tools={tools} className="model-panel">
      {modelAs === 'code' && <ModelCode />}
      {modelAs === 'tree' && <ModelTree />}
      {modelAs === 'spread' && <ParameterSpreads />}
      {modelAs === 'picture' && (
        <>
          <FirstVisit />
          <NetworkPicture />
        </>
      )}
    </Pane>
  );
}
